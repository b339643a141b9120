/** The reading side of a prediction log: all its rows, with the labels that have come. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { openDatabase, quoteName, quoteText, type Database } from '../../data/duckdb-store.ts'
import {
  beginOfDay,
  dateOfFolder,
  dayMs,
  modelLogFolder,
  openPrefix,
  sealedPrefix,
  type LogKind,
} from './log-folder.ts'
import { checkLogThere } from './logged-models-store.ts'
import { listSpools, namesIn, settleSpools } from './settle-spools-store.ts'
import { labelColumns, rowColumns, selectSpool } from './spool-table-store.ts'

/** A log that is open for reading. */
export interface PredictionLog extends Disposable {
  /**
   * Has the view `predictions`: the rows in any order, as docs/prediction-log.md lists their columns, with `label`
   * (NULL while unknown) and `label_time`.
   */
  readonly database: Database
  readonly columns: readonly string[]
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
    await database.run(
      `CREATE TABLE labels AS SELECT id, last(label ORDER BY time, label) AS label, max(time) AS label_time FROM (${labels.select}) WHERE label IS NOT NULL GROUP BY id`,
    )
    const range = [
      ...(since > -Infinity ? [`time >= ${toInteger(since)}`] : []),
      ...(until < Infinity ? [`time < ${toInteger(until)}`] : []),
    ]
    const where = range.length === 0 ? '' : ` WHERE ${range.join(' AND ')}`
    await database.run(
      `CREATE VIEW predictions AS SELECT p.*, label, label_time FROM (SELECT * FROM (${rows.select})${where}) AS p LEFT JOIN labels USING (id)`,
    )
    const columns = await listColumns(database)
    return {
      database,
      columns,
      fields: columns.flatMap((name) => /^input\.([^]*)$/.exec(name)?.[1] ?? []),
      tornLines: rows.tornLines + labels.tornLines,
      countUnknownLabels: () => countUnknown(database),
      [Symbol.dispose]: () => database[Symbol.dispose](),
    }
  } catch (error) {
    database[Symbol.dispose]()
    throw error
  }
}

interface KindToRead {
  readonly folder: string
  readonly kind: LogKind
  readonly now: number
  readonly dates?: { readonly since: number; readonly until: number }
}

/** @returns a query for everything of one kind */
async function readKind(database: Database, asked: KindToRead) {
  const { kind } = asked
  const settled = await settleIfPossible(database, asked)
  // Spools first: what becomes Parquet meanwhile is then found among the Parquet files, and not before.
  const spools = await readSpools(database, asked)
  const files = await listParquet(asked, spools.names)
  const parts = [`SELECT * FROM ${emptyTable(kind)}`, ...spools.selects]
  if (files.length > 0) {
    const paths = files.map((path) => quoteText(path)).join(', ')
    parts.push(
      `SELECT * FROM read_parquet([${paths}], union_by_name = true, hive_partitioning = false)`,
    )
  }
  return {
    select: parts.join(' UNION ALL BY NAME '),
    tornLines: settled + spools.tornLines,
  }
}

function emptyTable(kind: LogKind): string {
  const columns = Object.entries(kind === 'predictions' ? rowColumns : labelColumns)
  const nulls = columns.map(([name, type]) => `NULL::${type} AS ${name}`)
  return `(SELECT ${nulls.join(', ')} WHERE false)`
}

/** Whoever may only read does not settle: the spools are then read each time. */
async function settleIfPossible(
  database: Database,
  { folder, kind, now }: KindToRead,
): Promise<number> {
  try {
    return (await settleSpools(database, folder, { kind, now })).tornLines
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'FILE_WRITE_FAILED') return 0
    if (isRefused(error)) return 0
    throw error
  }
}

function isRefused(error: unknown): boolean {
  return (
    error instanceof Error &&
    'code' in error &&
    ['EACCES', 'EPERM', 'EROFS'].includes(String(error.code))
  )
}

/** Loads what is in no Parquet file yet: spools that are being written, or cannot be settled. */
async function readSpools(database: Database, { folder, kind }: KindToRead) {
  const names = new Set<string>()
  const selects: string[] = []
  let tornLines = 0
  for (const { name } of await listSpools(folder)) {
    // One that is sealed in this moment has its other name; one that is settled is Parquet.
    for (const prefix of [openPrefix, sealedPrefix]) {
      const table = quoteName(`${kind}-${name}`)
      const torn = await loadSpool(database, {
        path: join(folder, `${prefix}${name}.jsonl`),
        kind,
        table,
      })
      if (torn === undefined) continue
      names.add(name)
      selects.push(`SELECT * FROM ${table}`)
      tornLines += prefix === sealedPrefix ? torn : 0
      break
    }
  }
  return { names, selects, tornLines }
}

/** @returns lines that are not whole, `undefined` when the file is not there any more */
async function loadSpool(
  database: Database,
  { path, kind, table }: { readonly path: string; readonly kind: LogKind; readonly table: string },
): Promise<number | undefined> {
  try {
    const { select, tornLines } = await selectSpool(database, path, kind)
    await database.run(`CREATE TABLE ${table} AS ${select}`)
    return tornLines
  } catch (error) {
    if (!existsSync(path)) return undefined
    throw error
  }
}

/** Days that the range of time touches, without the files of spools that were read. */
async function listParquet(
  { folder, dates }: KindToRead,
  read: ReadonlySet<string>,
): Promise<readonly string[]> {
  const files: string[] = []
  for (const day of (await namesIn(folder)).toSorted()) {
    const date = dateOfFolder(day)
    if (date === undefined || (dates !== undefined && !touches(date, dates))) continue
    for (const file of (await namesIn(join(folder, day))).toSorted()) {
      const [, name] = /^([^.].*)\.parquet$/.exec(file) ?? []
      if (name !== undefined && !read.has(name)) files.push(join(folder, day, file))
    }
  }
  return files
}

function touches(
  date: string,
  { since, until }: { readonly since: number; readonly until: number },
): boolean {
  const begin = beginOfDay(date)
  return begin + dayMs > since && begin < until
}

/** For SQL: whole milliseconds. */
function toInteger(time: number): string {
  return String(BigInt(Math.ceil(time)))
}

async function listColumns(database: Database): Promise<readonly string[]> {
  const columns = await database.query('SELECT column_name AS name FROM (DESCRIBE predictions)')
  return columns.map(({ name }) => String(name))
}

async function countUnknown(database: Database): Promise<number> {
  const [row] = await database.query(
    'SELECT count(*) AS labels FROM labels ANTI JOIN predictions USING (id)',
  )
  return Number(row?.['labels'] ?? 0)
}
