/** The Parquet files and spools of which a log consists. */

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { isForbidden } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { quoteName, quotePath, quoteText, type Database } from '../../data/duckdb-store.ts'
import {
  beginOfDay,
  dateOfFolder,
  dayMs,
  openPrefix,
  sealedPrefix,
  type LogKind,
} from './log-folder.ts'
import { listSpools, namesIn, settleSpools } from './settle-spools-store.ts'
import { labelColumns, rowColumns, selectSpool } from './spool-table-store.ts'

/** Parts of one kind. */
export interface LogParts {
  /** Parquet files; what is in one does not change. */
  readonly paths: readonly string[]
  readonly spools: readonly LogSpool[]
  /** Lines that were not whole and are left out. */
  readonly tornLines: number
}

/** What is in no Parquet file yet, loaded. */
export interface LogSpool {
  readonly name: string
  /** Of the database. */
  readonly table: string
}

/** Which part of which log is read. */
export interface KindToRead {
  readonly folder: string
  readonly kind: LogKind
  readonly now: number
  /** Only days that this range of time touches, milliseconds since 1970. */
  readonly dates?: { readonly since: number; readonly until: number }
}

/**
 * All that a log has of one kind: what servers have sealed, or left when they were killed, is turned into Parquet on the
 * way; what they still write is loaded as it is.
 */
export async function listParts(database: Database, asked: KindToRead): Promise<LogParts> {
  const settled = await settleIfPossible(database, asked)
  // Spools first: what becomes Parquet meanwhile is then found among the Parquet files, and not before.
  const { spools, tornLines } = await readSpools(database, asked)
  const paths = await listParquet(asked, new Set(spools.map(({ name }) => name)))
  return { paths, spools, tornLines: settled + tornLines }
}

/** Which part a row is from, where it was asked for: a path, or the table of a spool. */
export const partColumn = 'filename'

/** A query for the rows of parts of one kind, in any order. */
export function selectParts(
  kind: LogKind,
  {
    paths,
    tables,
    isPartTold = false,
  }: {
    readonly paths: readonly string[]
    readonly tables: readonly string[]
    readonly isPartTold?: boolean
  },
): string {
  const partOf = (table: string): string =>
    isPartTold ? `, ${quoteText(table)} AS ${partColumn}` : ''
  const parts = [
    `SELECT *${partOf('')} FROM ${emptyTable(kind)}`,
    ...tables.map((table) => `SELECT *${partOf(table)} FROM ${quoteName(table)}`),
  ]
  if (paths.length > 0) {
    const list = paths.map(quotePath).join(', ')
    parts.push(
      `SELECT * FROM read_parquet([${list}], union_by_name = true, hive_partitioning = false, filename = ${isPartTold})`,
    )
  }
  return parts.join(' UNION ALL BY NAME ')
}

/** A query for the label of each id: of several the latest. @param feedback - a query for rows of labels */
export function selectLabels(feedback: string): string {
  return `SELECT id, last(label ORDER BY time, label) AS label, max(time) AS label_time FROM (${feedback}) WHERE label IS NOT NULL GROUP BY id`
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
    if (isForbidden(error)) return 0
    throw error
  }
}

/** Loads what is in no Parquet file yet: spools that are being written, or cannot be settled. */
async function readSpools(database: Database, { folder, kind }: KindToRead) {
  const spools: LogSpool[] = []
  let tornLines = 0
  for (const { name } of await listSpools(folder)) {
    // One that is sealed in this moment has its other name; one that is settled is Parquet.
    for (const prefix of [openPrefix, sealedPrefix]) {
      const table = `${kind}-${name}`
      const torn = await loadSpool(database, {
        path: join(folder, `${prefix}${name}.jsonl`),
        kind,
        table,
      })
      if (torn === undefined) continue
      spools.push({ name, table })
      tornLines += prefix === sealedPrefix ? torn : 0
      break
    }
  }
  return { spools, tornLines }
}

/** @returns lines that are not whole, `undefined` when the file is not there any more */
async function loadSpool(
  database: Database,
  { path, kind, table }: { readonly path: string; readonly kind: LogKind; readonly table: string },
): Promise<number | undefined> {
  try {
    const { select, tornLines } = await selectSpool(database, path, kind)
    await database.run(`CREATE TABLE ${quoteName(table)} AS ${select}`)
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
