/** The reading side of a prediction log: all its rows, with the labels that have come. */

import { join } from 'node:path'
import { openDatabase, type Database } from '../../data/duckdb-store.ts'
import { modelLogFolder } from './log-folder.ts'
import { checkLogThere } from './logged-models-store.ts'
import { listParts, selectLabels, selectParts, type KindToRead } from './log-parts-store.ts'

/** A log that is open for reading. */
export interface PredictionLog extends Disposable {
  /**
   * Has the view `predictions`: the rows in any order, as docs/prediction-log.md lists their columns, with `label`
   * (NULL while unknown) and `label_time`.
   */
  readonly database: Database
  /** The fields of all models in it, in the order of the columns `input.<field>`. */
  readonly fields: readonly string[]
  /** Lines that were not whole and are left out; only of spools that were read just now. */
  readonly tornLines: number
  /** Labels of predictions that the log does not have, or not yet; within the range of time. */
  countUnknownLabels(): Promise<number>
}

export interface ReadLogOptions {
  readonly model: string
  /** Milliseconds since 1970, included. */
  readonly since?: number | undefined
  /** Excluded. */
  readonly until?: number | undefined
  /** This moment. */
  readonly now: number
}

/**
 * Opens a model's log with all that has been written until now: what servers have sealed, or left when they were
 * killed, is turned into Parquet on the way; what they still write is read as it is.
 *
 * @param root - of all logs
 * @throws {ToolkitError} `FILE_MISSING` when there is no log of this model
 */
export async function openPredictionLog(
  root: string,
  { model, since = -Infinity, until = Infinity, now }: ReadLogOptions,
): Promise<PredictionLog> {
  const folder = modelLogFolder(root, model)
  await checkLogThere(root, model)
  const database = await openDatabase()
  try {
    const rows = await readKind(database, {
      folder: join(folder, 'predictions'),
      kind: 'predictions',
      now,
      dates: { since, until },
    })
    const labels = await readKind(database, {
      folder: join(folder, 'feedback'),
      kind: 'feedback',
      now,
    })
    await database.run(`CREATE TABLE labels AS ${selectLabels(labels.select)}`)
    const range = [
      ...(since > -Infinity ? [`time >= ${toInteger(since)}`] : []),
      ...(until < Infinity ? [`time < ${toInteger(until)}`] : []),
    ]
    const where = range.length === 0 ? '' : ` WHERE ${range.join(' AND ')}`
    await database.run(
      `CREATE VIEW predictions AS SELECT p.*, label, label_time FROM (SELECT * FROM (${rows.select})${where}) AS p LEFT JOIN labels USING (id)`,
    )
    return {
      database,
      fields: await listFields(database),
      tornLines: rows.tornLines + labels.tornLines,
      countUnknownLabels: () => countUnknown(database),
      [Symbol.dispose]: () => database[Symbol.dispose](),
    }
  } catch (error) {
    database[Symbol.dispose]()
    throw error
  }
}

/** @returns a query for everything of one kind */
async function readKind(database: Database, asked: KindToRead) {
  const { paths, spools, tornLines } = await listParts(database, asked)
  const tables = spools.map(({ table }) => table)
  return { select: selectParts(asked.kind, { paths, tables }), tornLines }
}

/** For SQL: whole milliseconds. */
function toInteger(time: number): string {
  return String(BigInt(Math.ceil(time)))
}

async function listFields(database: Database): Promise<readonly string[]> {
  const columns = await database.query('SELECT column_name AS name FROM (DESCRIBE predictions)')
  return columns.flatMap(({ name }) => /^input\.([^]*)$/.exec(String(name))?.[1] ?? [])
}

async function countUnknown(database: Database): Promise<number> {
  const [row] = await database.query(
    'SELECT count(*) AS labels FROM labels ANTI JOIN predictions USING (id)',
  )
  return Number(row?.['labels'] ?? 0)
}
