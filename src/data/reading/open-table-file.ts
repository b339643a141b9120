import { ToolkitError } from '../../core/errors.ts'
import { quotePath, type Database } from '../duckdb-store.ts'
import { describeNonCsv, findSignature } from '../sniff.ts'
import type { Table } from '../table/column.ts'
import { describeTable } from '../table/describe-table.ts'
import { readHead } from './read-head-file.ts'
import type { ColumnType, ReadOptions } from './read-options.ts'
import type { OpenedTable } from './reading.ts'

/**
 * Opens a table file of any format for SQL. What it is is told by its first bytes, not by its name. Each
 * format's reader is loaded when a file has it.
 *
 * @throws {ToolkitError} `FILE_MISSING`, `FILE_READ_FAILED`, `DATA_FILE_INVALID` naming lines, and for text
 *   `DATA_CELL_INVALID`, `DATA_COLUMN_MISSING`, `CLI_USAGE`
 */
export async function openTable(
  database: Database,
  path: string,
  options: ReadOptions = {},
): Promise<OpenedTable> {
  const head = await readHead(path, headBytes)
  const format = findSignature(head)?.format
  if (format === undefined || format === 'gzip') {
    return openText(database, path, { head, compression: format ?? 'none', options })
  }
  if (options.format !== undefined && options.format !== format) {
    throw unfitFormat(path, format, options)
  }
  if (format === 'parquet') return openParquet(database, path, options)
  if (format === 'sqlite') {
    const { openSqliteTable } = await import('./sqlite-table-file.ts')
    return openSqliteTable(database, path, options)
  }
  const { openExcelTable } = await import('./excel-table-file.ts')
  return openExcelTable(database, path, options)
}

function unfitFormat(path: string, format: string, options: ReadOptions): ToolkitError {
  return new ToolkitError('DATA_FILE_INVALID', `${path} is ${format}, not ${options.format}`, {
    hint: 'leave out --format, or name another file',
  })
}

async function openText(
  database: Database,
  path: string,
  {
    head,
    compression,
    options,
  }: {
    readonly head: Buffer
    readonly compression: 'gzip' | 'none'
    readonly options: ReadOptions
  },
): Promise<OpenedTable> {
  const plain = compression === 'gzip' ? await unpackHead(head, path) : head
  const encoding = encodingOf(plain, options)
  if (!encoding.startsWith('utf-16')) refuseOther(plain, path)
  const { format = looksLikeJson(plain) ? 'json' : 'csv' } = options
  if (format === 'json') {
    const { openJsonTable } = await import('./json-table-file.ts')
    return openJsonTable(database, path, options)
  }
  if (format !== 'csv') throw unfitFormat(path, 'text', options)
  const { openTextTable } = await import('./text-table-file.ts')
  return openTextTable(database, path, { form: { compression, encoding }, options })
}

/** A byte order mark knows better than who speaks of the tables of a project in general. */
function encodingOf(head: Uint8Array, { encoding, assumed }: ReadOptions): string {
  if (encoding !== undefined) return nameEncoding(encoding)
  const marked = byteOrderMarks.find(({ start }) => startsWith(head, start))
  return marked?.encoding ?? nameEncoding(assumed?.encoding ?? 'utf-8')
}

const headBytes = 65_536
const byteOrderMarks = [
  { encoding: 'utf-8', start: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', start: [0xff, 0xfe] },
  { encoding: 'utf-16be', start: [0xfe, 0xff] },
]

function startsWith(bytes: Uint8Array, start: readonly number[]): boolean {
  return start.every((byte, i) => bytes[i] === byte)
}

/** As much of the text as the head holds: a file that is cut off is found when it is read. */
async function unpackHead(head: Uint8Array, path: string): Promise<Buffer> {
  const { constants, gunzipSync } = await import('node:zlib')
  try {
    return gunzipSync(head, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: 2 ** 27 })
  } catch (error) {
    throw new ToolkitError('DATA_FILE_INVALID', `${path} is a damaged gzip file`, {
      hint: 'get the file again',
      cause: error,
    })
  }
}

function nameEncoding(label: string): string {
  try {
    return new TextDecoder(label).encoding
  } catch (error) {
    throw new ToolkitError('CLI_USAGE', `there is no encoding '${label}'`, {
      hint: "give a name such as 'utf-8', 'utf-16le' or 'windows-1252'",
      cause: error,
    })
  }
}

function refuseOther(head: Uint8Array, path: string): void {
  const other = describeNonCsv(head)
  if (other === undefined) return
  throw new ToolkitError('DATA_FILE_INVALID', `${path} is ${other}`, {
    hint: 'give a table as CSV, JSON or Parquet',
  })
}

function looksLikeJson(head: Buffer): boolean {
  return /^\uFEFF?\s*(\{\s*("|\}|$)|\[\s*[{\]])/.test(head.toString('utf8', 0, 4096))
}

/** Whether there is nothing to do for a column to be read as text: it is stored as one, or is not there. */
function isStoredAs({ columns }: Table, [name, asked]: readonly [string, ColumnType]): boolean {
  const column = columns.find((one) => one.name === name)
  return asked === 'text' && (column === undefined || column.type === 'VARCHAR')
}

async function openParquet(
  database: Database,
  path: string,
  options: ReadOptions,
): Promise<OpenedTable> {
  const { missing = [], types = {}, ...others } = options
  const { format: _, allText: __, asWritten: ___, ...more } = others
  const { assumed: ____, whenInDoubt: _____, ...given } = more
  const table = await describeTable(database, `read_parquet(${quotePath(path)})`)
  const unfit = [
    ...(missing.length > 0 ? ['missing'] : []),
    ...(Object.entries(types).every((asked) => isStoredAs(table, asked)) ? [] : ['types']),
    ...Object.keys(given),
  ]
  if (unfit[0] !== undefined) {
    throw new ToolkitError('CLI_USAGE', `${path} is Parquet, which has no use for '${unfit[0]}'`, {
      hint: 'leave the option out',
    })
  }
  return {
    table,
    reading: {
      format: 'parquet',
      compression: 'none',
      columns: table.columns.map(({ name, type }) => ({ name, type, reason: 'as stored' })),
      missing: [],
    },
    warnings: [],
    placesOf: (rows) => Promise.resolve(rows.map((row) => `${path}: row ${row + 1}`)),
    [Symbol.asyncDispose]: async () => {},
  }
}
