/** A training set as a file: the rows with their features, and beside it what they were made of. */

import { stat } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFileWith } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { type Database, quoteName } from '../duckdb-store.ts'
import { hashFile } from '../hash-file.ts'
import type { Table } from '../table/column.ts'
import { isBeyondYears } from './moment-sql.ts'
import { type JoinOptions, pointInTimeJoin, type WantedView } from './point-in-time-join.ts'
import { hashManifest } from './view-manifest.ts'
import { readJoined } from './view-store.ts'
import { writeJson } from '../../core/json-file.ts'

/** Where a training set came from: equal records mean equal files. Plain JSON, beside the file as `….json`. */
export interface TrainingSet {
  readonly format: 'mlpt.training-set/1'
  readonly rows: number
  readonly sizeBytes: number
  readonly md5: string
  readonly options: JoinOptions
  readonly views: readonly {
    readonly name: string
    readonly features: NonNullable<WantedView['features']>
    readonly monthsBefore: number
    /** Null for ever. */
    readonly ttl: string | null
    /** Of the hashes of the view's files. */
    readonly md5: string
  }[]
}

/**
 * Joins features to rows, point in time, and writes them as Parquet with their origin beside them.
 *
 * @param paths - `store`: the folder with one folder a view; `output`: the file to write
 * @throws {ToolkitError} as {@link pointInTimeJoin}, and `DATA_CELL_INVALID`, `DATA_FILE_INVALID`, `FILE_MISSING`, `FILE_WRITE_FAILED`
 */
export async function saveTrainingSet(
  database: Database,
  rows: Table,
  {
    views,
    paths,
    options,
  }: {
    readonly views: readonly WantedView[]
    readonly paths: { readonly store: string; readonly output: string }
    readonly options: JoinOptions
  },
): Promise<TrainingSet> {
  const found: Awaited<ReturnType<typeof readJoined>>[] = []
  for (const wanted of views) {
    const { view } = wanted
    found.push(await readJoined(wanted, { folder: join(paths.store, view.name), view }))
  }
  const select = pointInTimeJoin(rows, found, options)
  await checkMoments(database, rows, options)
  await replaceFileWith(paths.output, (temporaryPath) =>
    database.writeParquet(select, temporaryPath),
  )
  const training: TrainingSet = {
    format: 'mlpt.training-set/1',
    rows: await countRows(database, rows),
    sizeBytes: (await stat(paths.output)).size,
    md5: await hashFile(paths.output),
    options,
    views: found.map(({ view, features, monthsBefore, manifest }) => ({
      name: view.name,
      features: features ?? Object.keys(view.features),
      monthsBefore: monthsBefore ?? 0,
      ttl: view.ttl ?? null,
      md5: hashManifest(manifest),
    })),
  }
  await writeJson(`${paths.output}.json`, training)
  return training
}

/** Rows of no moment find nothing; of one that no calendar has, what they would find is anybody's guess. */
async function checkMoments(
  database: Database,
  { relation, columns }: Table,
  { timestamp }: JoinOptions,
): Promise<void> {
  const moment = columns.find(({ name }) => name === timestamp)!
  const value = quoteName(timestamp)
  const [found] = await database.query(
    `SELECT count(*) AS n, CAST(min(${value}) AS VARCHAR) AS example FROM ${relation} WHERE ${isBeyondYears(moment)}`,
  )
  const count = Number(found?.['n'] ?? 0)
  if (count === 0) return
  const text = count === 1 ? '1 value that is' : `${count} values that are`
  throw new ToolkitError(
    'DATA_CELL_INVALID',
    `'${timestamp}' has ${text} beyond the years 1 to 9999, such as ${found?.['example']}`,
    { hint: 'give the rows the moments at which their features are wanted' },
  )
}

async function countRows(database: Database, rows: Table): Promise<number> {
  const [found] = await database.query(`SELECT count(*) AS n FROM ${rows.relation}`)
  return Number(found?.['n'] ?? 0)
}
