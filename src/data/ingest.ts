import { pluralize } from '../core/format-number.ts'
import { createHash } from 'node:crypto'
import { ToolkitError } from '../core/errors.ts'
import { nameHint } from '../core/nearest.ts'
import { isTimeField, type Field, type Schema } from '../core/schema.ts'
import { quoteName, type Database } from './duckdb-store.ts'
import { numberTextSql, timeTextSql } from './reading/marked-cells.ts'
import { openTable } from './reading/open-table-file.ts'
import { formsOf, type CellForms } from './reading/read-options.ts'
import type { OpenedTable } from './reading/reading.ts'
import { formatCanonicalCell } from './schema/canonical-cell.ts'
import { checkMisfits, type SchemaPolicy } from './schema/check-misfits.ts'
import { findMisfits, type Misfits } from './schema/find-misfits.ts'
import {
  holdsNumbers,
  isBlankSql,
  storageType,
  truthSql,
  valueType,
} from './schema/violation-sql.ts'
import type { SourceReading } from './source.ts'
import { valueOf, type Column, type Table } from './table/column.ts'
import { batchColumns } from './profile/column-batches.ts'

/** What `ingest` found: enough to know the very table again. */
export interface IngestedTable {
  readonly rows: number
  /** Hexadecimal sha256 of the canonical CSV text: the schema's columns, cells as `formatCanonicalCell` writes them, LF. */
  readonly sha256: string
  /** The cells that do not fit the schema, which the policy 'warn' let through. */
  readonly warning: string | undefined
}

/** The file to ingest. */
interface TableFile {
  readonly path: string
  /** Its name in messages. */
  readonly place: string
  readonly read?: SourceReading
}

/**
 * Reads a table file of any format into a typed Parquet file with the schema's columns, in the
 * schema's order; rows keep theirs. However the numbers are spelled in the
 * text (`200000`, `2e+05`), the same table gives the same bytes.
 *
 * @param file - and `output`: where DuckDB writes Parquet
 * @param options - `sha256`: of the canonical text, `undefined` accepts any content; `policy`: for cells that do not fit the schema
 * @throws {ToolkitError} `DATA_FILE_INVALID`, `DATA_COLUMN_MISSING`, `DATA_CELL_INVALID` with
 *   all bad cells up to 20, `DATA_HASH_MISMATCH`
 */
export async function ingestTable(
  database: Database,
  file: TableFile & { readonly output: string },
  schema: Schema,
  options: { readonly sha256: string | undefined; readonly policy: SchemaPolicy },
): Promise<IngestedTable> {
  await using opened = await openAsText(database, file)
  const { table: text } = opened
  await loadText(database, text)
  const header = await addRowNumber(
    database,
    text.columns.map(({ name }) => name),
    file.read?.rowNumber,
  )
  const columns = matchColumns(Object.keys(schema.fields), header, file.place)
  const texts: TextColumns = { schema, columns, forms: formsOf(file.read ?? {}) }
  const misfits = await findBadCells(database, texts, opened)
  const warning = checkMisfits(misfits, options.policy)
  await createTypedTable(database, texts)
  const table = await hashTable(database, schema)
  if (table.rows === 0) {
    throw new ToolkitError('DATA_FILE_INVALID', `${file.place} has a header but no rows`, {
      hint: 'replace the file by the one of the data set',
    })
  }
  checkHash(table, options.sha256, file.place)
  await database.writeParquet('SELECT * FROM typed ORDER BY rowid', file.output)
  return { ...table, warning }
}

/** Opens the file with every cell as text; messages name it by its place. */
async function openAsText(
  database: Database,
  { path, place, read }: TableFile,
): Promise<OpenedTable> {
  const { rowNumber: _, ...reading } = read ?? {}
  const options = { missing: [], ...reading, allText: true }
  const named = (text: string) => text.replaceAll(path, place)
  try {
    const opened = await openTable(database, path, options)
    return { ...opened, placesOf: async (rows) => (await opened.placesOf(rows)).map(named) }
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    const { code, message, hint, details } = error
    throw new ToolkitError(code, named(message), { hint, details, cause: error })
  }
}

/** Loads every cell as text into the table `source`. */
async function loadText(database: Database, { columns, relation }: Table): Promise<void> {
  await database.run(
    `CREATE OR REPLACE TEMP TABLE source AS SELECT ${columns.map(textSql).join(', ')} FROM ${relation}`,
  )
}

/** Adds the column that counts the rows, where one is wanted and not there; gives all names. */
async function addRowNumber(
  database: Database,
  header: readonly string[],
  name: string | undefined,
): Promise<readonly string[]> {
  if (name === undefined || header.includes(name)) return header
  await database.run(`ALTER TABLE source ADD COLUMN ${quoteName(name)} VARCHAR`)
  await database.run(`UPDATE source SET ${quoteName(name)} = CAST(rowid + 1 AS VARCHAR)`)
  return [...header, name]
}

/** A column as text; of typed files, false and true are the 0 and 1 of a boolean field, and NaN is missing. */
function textSql(stored: Column): string {
  const column = quoteName(stored.name)
  const value = stored.family === 'boolean' ? `CAST(${column} AS INTEGER)` : valueOf(stored)
  return `CAST(${value} AS VARCHAR) AS ${column}`
}

/**
 * Finds each wanted column in the header, also where only punctuation differs
 * ('default payment next month' for 'default.payment.next.month').
 */
function matchColumns(
  wanted: readonly string[],
  header: readonly string[],
  place: string,
): ReadonlyMap<string, string> {
  const [names, fields] = [new Set(header), new Set(wanted)]
  const found = new Map(wanted.filter((name) => names.has(name)).map((name) => [name, name]))
  // What is like two is none of them, and a column that is a field by its very name is no other field's, too.
  const free = Map.groupBy(
    header.filter((name) => !fields.has(name)),
    plainSpelling,
  )
  const lacking = Map.groupBy(
    wanted.filter((name) => !names.has(name)),
    plainSpelling,
  )
  for (const [spelling, [name, another]] of lacking) {
    const [column, other] = free.get(spelling) ?? []
    if (name === undefined || another !== undefined || column === undefined || other !== undefined)
      continue
    found.set(name, column)
  }
  const missing = wanted.filter((name) => !found.has(name))
  if (missing.length > 0) {
    throw new ToolkitError(
      'DATA_COLUMN_MISSING',
      `${place}:1: the header lacks ${missing.map((name) => `'${name}'`).join(', ')}`,
      { hint: [...new Set(missing.map((name) => nameHint(name, header, 'columns')))].join('; ') },
    )
  }
  return found
}

/** The letters and digits of a name; a name without any is only like itself. */
function plainSpelling(name: string): string {
  const plain = name.toLowerCase().replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, '.')
  return plain === '.' ? name : plain
}

/** The cell's value as SQL, of the field's `valueType`; null where it is none. */
function valueSql(field: Field, column: string, forms: CellForms): string {
  if (field.type === 'text') {
    return `CASE WHEN NOT ${isBlankSql(quoteName(column))} THEN ${quoteName(column)} END`
  }
  const text = quoteName(column)
  if (isTimeField(field)) return timeTextSql(field, text, forms)
  const number = `TRY_CAST(${numberTextSql(text, forms)} AS ${valueType(field)})`
  return field.type === 'boolean' ? `coalesce(${truthSql(text)}, ${number})` : number
}

/** The columns of text in which each field stands, and how their numbers and days are written. */
interface TextColumns {
  readonly schema: Schema
  readonly columns: ReadonlyMap<string, string>
  readonly forms: CellForms
}

async function findBadCells(
  database: Database,
  { schema, columns, forms }: TextColumns,
  { placesOf }: OpenedTable,
): Promise<Misfits> {
  return findMisfits(database, {
    relation: 'source',
    row: 'rowid',
    placesOf,
    columns: Object.entries(schema.fields).map(([name, field]) => ({
      name,
      field,
      text: quoteName(columns.get(name)!),
      value: valueSql(field, columns.get(name)!, forms),
      isModelInput: false,
    })),
  })
}

async function createTypedTable(
  database: Database,
  { schema, columns, forms }: TextColumns,
): Promise<void> {
  const casts = Object.entries(schema.fields).map(
    ([name, field]) =>
      `CAST(${valueSql(field, columns.get(name)!, forms)} AS ${storageType(field)}) AS ${quoteName(name)}`,
  )
  // What DuckDB plans for one list of expressions grows with the square of its length.
  const parts = batchColumns(casts, 1).map(
    (part, i) => `(SELECT ${part.join(', ')} FROM source ORDER BY rowid) p${i}`,
  )
  await database.run(
    `CREATE OR REPLACE TEMP TABLE typed AS SELECT * FROM ${parts.join(' POSITIONAL JOIN ')}`,
  )
}

type Content = Pick<IngestedTable, 'rows' | 'sha256'>

async function hashTable(database: Database, schema: Schema): Promise<Content> {
  const names = Object.keys(schema.fields)
  const columns = new Map<string, Float64Array | readonly string[]>([
    ...(await readNumbers(database, schema)),
    ...(await readTexts(database, schema)),
  ])
  const cells = names.map((name) => columns.get(name)!)
  const rows = cells[0]?.length ?? 0
  const hash = createHash('sha256').update(`${names.join(',')}\n`)
  for (let r = 0; r < rows; r++) {
    hash.update(`${cells.map((column) => formatCanonicalCell(column[r]!)).join(',')}\n`)
  }
  return { rows, sha256: hash.digest('hex') }
}

async function readNumbers(
  database: Database,
  { fields }: Schema,
): Promise<ReadonlyMap<string, Float64Array>> {
  const names = Object.keys(fields).filter((name) => holdsNumbers(fields[name]!))
  if (names.length === 0) return new Map()
  return database.queryNumbers(
    `SELECT ${names.map(quoteName).join(', ')} FROM typed ORDER BY rowid`,
  )
}

/** Columns of text, of dates and of moments, as text; '' where a cell is missing. */
async function readTexts(
  database: Database,
  { fields }: Schema,
): Promise<ReadonlyMap<string, readonly string[]>> {
  const names = Object.keys(fields).filter((name) => !holdsNumbers(fields[name]!))
  if (names.length === 0) return new Map()
  const cells = names.map((name) => `CAST(${quoteName(name)} AS VARCHAR) AS ${quoteName(name)}`)
  const rows = await database.query(`SELECT ${cells.join(', ')} FROM typed ORDER BY rowid`)
  return new Map(names.map((name) => [name, rows.map((row) => String(row[name] ?? ''))]))
}

function checkHash(table: Content, expected: string | undefined, place: string): void {
  if (expected === undefined || expected === table.sha256) return
  throw new ToolkitError(
    'DATA_HASH_MISMATCH',
    `${place} has the content ${table.sha256} (${table.rows} ${pluralize(table.rows, 'row')}), but params.yaml pins ${expected}`,
    {
      hint: `if this is the data you mean, set ingest.sha256 to ${table.sha256} in params.yaml`,
      details: { actual: table.sha256, expected },
    },
  )
}
