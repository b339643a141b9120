/** The one door to DuckDB, which reads and writes every CSV and Parquet file. Loaded on demand: it is large. */

import type { DuckDBConnection, DuckDBInstance, DuckDBVector } from '@duckdb/node-api'
import { asWriteError } from '../core/atomic-file.ts'
import { ToolkitError } from '../core/errors.ts'
import { asParquetFault } from './parquet-fault.ts'
import { registerRowFunction, type RowFunction } from './row-function-store.ts'
import { openSpillFolder, type SpillFolder } from './spill-folder-file.ts'

/** A value as it goes into a statement and comes out of a query. */
export type Cell = number | bigint | string | boolean | null

/** A whole column. */
export interface NumberColumn {
  /** NaN where missing. */
  readonly cells: Float64Array
  /** Cells that are NULL. */
  readonly nulls: number
}

/** An open database. */
export interface Database extends Disposable {
  /** Runs one statement; `?` takes the values in order. */
  run(sql: string, values?: readonly Cell[]): Promise<void>
  /**
   * Writes the rows of a query as a Parquet file, compressed with zstd. Whole numbers of 128 bits become decimals of 38 digits: Parquet has
   * no such type, and DuckDB would make doubles of them.
   * @throws {ToolkitError} `FILE_WRITE_FAILED`
   */
  writeParquet(select: string, path: string): Promise<void>
  /**
   * Writes the rows of a query as a CSV file with a header; a missing value is an empty cell.
   * @throws {ToolkitError} `FILE_WRITE_FAILED`
   */
  writeCsv(select: string, path: string): Promise<void>
  /**
   * The same as JSON, one object a line; a missing value is null.
   * @throws {ToolkitError} `FILE_WRITE_FAILED`
   */
  writeJsonLines(select: string, path: string): Promise<void>
  /** Makes a function known to SQL; `onError` is told what it threw, of which SQL says only that it did. */
  defineRowFunction(definition: RowFunction, onError: (error: unknown) => void): Promise<void>
  /** Rows as objects; integers beyond 2⁵³ arrive as bigint, timestamps and nested values as text. */
  query(sql: string, values?: readonly Cell[]): Promise<Record<string, Cell>[]>
  /** The same in batches, for results of any length. Another statement before the end ends it. */
  queryBatches(sql: string): AsyncIterable<Record<string, Cell>[]>
  /** Whole columns as numbers, NaN where missing; for numeric and boolean columns. */
  queryNumbers(sql: string, values?: readonly Cell[]): Promise<Map<string, Float64Array>>
  /** As `queryNumbers`, and how many of the NaN are NULL. */
  queryColumns(sql: string): Promise<Map<string, NumberColumn>>
}

/**
 * Opens an in-memory database with one thread, so that row order and files are the same on every machine.
 * What does not fit into memory lies in a folder among the temporary files while the database is open.
 */
export async function openDatabase(): Promise<Database> {
  const { DuckDBInstance: Instance } = await import('@duckdb/node-api')
  const spill = openSpillFolder()
  const instance = await Instance.create(':memory:', {
    threads: '1',
    temp_directory: spill?.path ?? '',
    // What it can read is built in. Of a path like 'http://…' it would else download native code, and then the address.
    autoinstall_known_extensions: 'false',
    autoload_known_extensions: 'false',
    allow_community_extensions: 'false',
  })
  const connection = await instance.connect()
  // The day of an instant, and what a time without a zone is compared with, would else follow the machine's clock.
  await connection.run("SET TimeZone = 'UTC'")
  return createDatabase({ instance, connection, spill })
}

interface Opened {
  readonly instance: DuckDBInstance
  readonly connection: DuckDBConnection
  readonly spill: SpillFolder | undefined
}

function createDatabase({ instance, connection, spill }: Opened): Database {
  return {
    run: async (sql, values = []) => {
      await reading(sql, connection.run(sql, [...values]))
    },
    writeParquet: async (select, path) =>
      copyTo(connection, {
        select: await withoutHugeNumbers(connection, select),
        path,
        format: 'FORMAT parquet, COMPRESSION zstd',
      }),
    writeCsv: (select, path) => copyTo(connection, { select, path, format: 'FORMAT csv, HEADER' }),
    writeJsonLines: (select, path) => copyTo(connection, { select, path, format: 'FORMAT json' }),
    defineRowFunction: (definition, onError) =>
      registerRowFunction(connection, definition, onError),
    query: async (sql, values = []) => {
      const reader = await reading(sql, connection.runAndReadAll(sql, [...values]))
      return toRecords(reader.columnNames(), reader.getRowsJS())
    },
    queryBatches: (sql) => queryBatches(connection, sql),
    queryNumbers: async (sql, values = []) => {
      const columns = await queryColumns(connection, sql, values)
      return new Map([...columns].map(([name, { cells }]) => [name, cells]))
    },
    queryColumns: (sql) => queryColumns(connection, sql),
    [Symbol.dispose]: () => {
      connection.closeSync()
      instance.closeSync()
      spill?.[Symbol.dispose]()
    },
  }
}

async function* queryBatches(
  connection: DuckDBConnection,
  sql: string,
): AsyncGenerator<Record<string, Cell>[]> {
  try {
    const result = await connection.stream(sql)
    const names = result.columnNames()
    for await (const rows of result.yieldRowsJs()) yield toRecords(names, rows)
  } catch (error) {
    throw asParquetFault(error, sql)
  }
}

function toRecords(
  names: readonly string[],
  rows: readonly (readonly unknown[])[],
): Record<string, Cell>[] {
  return rows.map((row) => Object.fromEntries(names.map((name, i) => [name, toCell(row[i])])))
}

/** Read vector by vector: a list of JavaScript values on the way would cost more than the query. */
async function queryColumns(
  connection: DuckDBConnection,
  sql: string,
  values: readonly Cell[] = [],
): Promise<Map<string, NumberColumn>> {
  const result = await reading(sql, connection.run(sql, [...values]))
  const chunks = await reading(sql, result.fetchAllChunks())
  const rows = chunks.reduce((sum, chunk) => sum + chunk.rowCount, 0)
  return new Map(
    result.columnNames().map((name, i) => {
      const cells = new Float64Array(rows)
      let [start, nulls] = [0, 0]
      for (const chunk of chunks) {
        const { rowCount } = chunk
        nulls += fillCells(cells.subarray(start, start + rowCount), chunk.getColumnVector(i))
        start += rowCount
      }
      return [name, { cells, nulls }]
    }),
  )
}

/** @returns how many cells are NULL */
function fillCells(into: Float64Array, vector: DuckDBVector): number {
  let nulls = 0
  for (let row = 0; row < into.length; row++) {
    const cell = vector.getItem(row)
    if (cell === null) nulls++
    into[row] = cell === null ? NaN : Number(cell)
  }
  return nulls
}

async function withoutHugeNumbers(connection: DuckDBConnection, select: string): Promise<string> {
  const described = await reading(select, connection.runAndReadAll(`DESCRIBE ${select}`))
  const [names = [], types = []] = described.getColumnsJS()
  const huge = names.filter((name, i): name is string => {
    const isHuge = types[i] === 'HUGEINT' || types[i] === 'UHUGEINT'
    return isHuge && typeof name === 'string'
  })
  if (huge.length === 0) return select
  const replaced = huge.map((name) => {
    const column = quoteName(name)
    return `CAST(${column} AS DECIMAL(38, 0)) AS ${column}`
  })
  return `SELECT * REPLACE (${replaced.join(', ')}) FROM (${select})`
}

async function copyTo(
  connection: DuckDBConnection,
  { select, path, format }: { select: string; path: string; format: string },
): Promise<void> {
  try {
    await connection.run(`COPY (${select}) TO ${quoteText(path)} (${format})`)
  } catch (error) {
    const isOfTarget = error instanceof Error && error.message.includes(path)
    const fault = isOfTarget ? error : asParquetFault(error, select)
    throw fault instanceof ToolkitError ? fault : asWriteError(path, withSystemCode(error))
  }
}

/** @throws {ToolkitError} `DATA_FILE_INVALID`, `FILE_MISSING` when a Parquet file was the reason */
async function reading<T>(sql: string, result: Promise<T>): Promise<T> {
  try {
    return await result
  } catch (error) {
    throw asParquetFault(error, sql)
  }
}

/** What DuckDB says of a file it cannot write, as the codes of the operating system. */
const systemMessages: Readonly<Record<string, string>> = {
  'No space left on device': 'ENOSPC',
  'Permission denied': 'EACCES',
  'Read-only file system': 'EROFS',
  'Disk quota exceeded': 'EDQUOT',
  'File too large': 'EFBIG',
}

function withSystemCode(error: unknown): unknown {
  if (!(error instanceof Error) || !error.message.includes('IO Error')) return error
  const known = Object.entries(systemMessages).find(([text]) => error.message.includes(text))
  return Object.assign(error, { code: known?.[1] ?? 'EIO' })
}

function toCell(value: unknown): Cell {
  if (value === null || value === undefined) return null
  if (typeof value === 'bigint') return Number.isSafeInteger(Number(value)) ? Number(value) : value
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'boolean') {
    return value
  }
  return value instanceof Date ? value.toISOString() : JSON.stringify(value)
}

/** An identifier for SQL: quoted, so that any column name is safe. */
export function quoteName(name: string): string {
  return `"${name.replaceAll('"', '""')}"`
}

/** A text for SQL, for the places that take no parameter: a literal, unless it holds a NUL, at which a statement would end. */
export function quoteText(text: string): string {
  const literals = text.split('\0').map((part) => `'${part.replaceAll("'", "''")}'`)
  return literals.length === 1 ? literals[0]! : `(${literals.join(' || chr(0) || ')})`
}

/** The path of one file for functions such as `read_parquet`, which take a path for a pattern: `x*.parquet` would be all that fit. */
export function quotePath(path: string): string {
  return quoteText(path.replaceAll(/[*?[]/g, '[$&]'))
}
