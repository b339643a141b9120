/** Loads rows of JSON into a typed table: the way in for JSON files, and for all that can be written as JSON. */

import { ToolkitError } from '../../core/errors.ts'
import { ownMember } from '../../core/own-member.ts'
import { quoteName, quotePath, quoteText, type Database } from '../duckdb-store.ts'
import { freeName, type Table } from '../table/column.ts'
import { describeTable } from '../table/describe-table.ts'
import { noteUntyped } from '../table/untyped-columns.ts'
import {
  castJson,
  cellClasses,
  classOfJson,
  decideColumn,
  isMarkerJson,
  isMissingJson,
  textOfJson,
  type CellDecision,
  type ClassCount,
} from './json-cells.ts'
import type { JsonFile } from './json-faults-file.ts'
import { checkNames, unionOfKeys } from './json-keys.ts'
import { checkTypes, type ColumnType, type ReadOptions } from './read-options.ts'
import type { ColumnReading, MissingMarker } from './reading.ts'

/** A JSON file, and how a person finds its rows. */
export interface JsonRows extends JsonFile {
  /** The file as messages name it. */
  readonly label: string
  /** The keys of every object, where they are known; else they are gathered. */
  readonly names?: readonly string[]
  /** Where the row, from 0, stands, such as 'people.jsonl:17'. */
  readonly placeOf: (row: number) => Promise<string>
}

/** A table that is loaded until it is disposed. */
export interface LoadedRows extends AsyncDisposable {
  readonly table: Table
  readonly columns: readonly ColumnReading[]
  readonly missing: readonly MissingMarker[]
  readonly warnings: readonly string[]
  readonly placesOf: (rows: readonly number[]) => Promise<readonly string[]>
}

type LoadOptions = Pick<ReadOptions, 'types' | 'allText' | 'missing'>

/** @throws {ToolkitError} `DATA_FILE_INVALID`, `DATA_COLUMN_MISSING`, `DATA_CELL_INVALID` */
export async function loadJsonRows(
  database: Database,
  rows: JsonRows,
  { types = {}, allText = false, missing: markers = [] }: LoadOptions,
): Promise<LoadedRows> {
  const { names, warnings } =
    rows.names === undefined
      ? await gatherNames(database, rows)
      : { names: rows.names, warnings: [] }
  checkNames(names, rows.label)
  checkTypes(names, types)
  const name = `json_rows_${await nextNumber(database)}`
  const cells = quoteName(`${name}_cells`)
  const keys = names.map((key) => `${quoteText(key)}: 'JSON'`).join(', ')
  const number = quoteName(freeName(names, 'row'))
  await database.run(
    `CREATE TABLE ${cells} AS SELECT *, row_number() OVER () - 1 AS ${number}
     FROM read_json(${source(rows)}, columns = {${keys}})`,
  )
  const inferred = allText ? [] : names.filter((column) => ownMember(types, column) === undefined)
  const counts = await countClasses(database, { cells, number, names: inferred, markers })
  const columns: (CellDecision & { readonly name: string })[] = []
  for (const column of names) {
    const wanted = ownMember(types, column) ?? (allText ? 'text' : undefined)
    const decision =
      wanted === undefined
        ? decideColumn(column, counts.get(column) ?? [])
        : await castColumn(database, {
            cells,
            number,
            column,
            markers,
            wanted,
            placeOf: rows.placeOf,
          })
    columns.push({ ...decision, name: column })
    if (decision.warning === undefined) continue
    warnings.push(`${decision.warning.words}: ${await rows.placeOf(decision.warning.row)}`)
  }
  const missing = await countMarkers(database, { cells, names, markers })
  const table = quoteName(name)
  await database.run(
    `CREATE TABLE ${table} AS SELECT ${columns.map((column) => select(column, markers)).join(', ')} FROM ${cells}`,
  )
  await database.run(`DROP TABLE ${cells}`)
  const described = await describeTable(database, table)
  return {
    table: noteUntyped(described, columns),
    columns: described.columns.map((column, i) => ({
      name: column.name,
      type: column.type,
      reason: columns[i]!.reason,
    })),
    missing,
    warnings,
    placesOf: (wanted) => Promise.all(wanted.map(rows.placeOf)),
    [Symbol.asyncDispose]: () => database.run(`DROP TABLE IF EXISTS ${table}`),
  }
}

/** The first arguments of DuckDB's reader. */
function source({ path, layout, compression }: JsonFile): string {
  const format = layout === 'lines' ? 'newline_delimited' : 'array'
  const packing = compression === 'none' ? 'uncompressed' : 'gzip'
  return `${quotePath(path)}, format = '${format}', compression = '${packing}'`
}

/** A number that no table of this database has had. */
async function nextNumber(database: Database): Promise<number> {
  await database.run('CREATE SEQUENCE IF NOT EXISTS json_rows_numbers')
  const [row] = await database.query("SELECT nextval('json_rows_numbers') AS number")
  return Number(row?.['number'])
}

async function gatherNames(
  database: Database,
  rows: JsonRows,
): Promise<{ names: readonly string[]; warnings: string[] }> {
  const found = await database.query(
    `SELECT CAST(to_json(keys) AS VARCHAR) AS keys, count(*) AS count, min(number) AS first, any_value(kind) AS kind
     FROM (SELECT json_keys(json) AS keys, json_type(json) AS kind, row_number() OVER () - 1 AS number
           FROM read_json_objects(${source(rows)}))
     GROUP BY keys, kind ORDER BY first`,
  )
  // The caller looks for what is wrong, and knows the line of it.
  if (found.some((row) => row['kind'] !== 'OBJECT')) throw new Error('not every row is an object')
  const lists = found.map((row) => ({
    keys: parseKeys(row['keys']),
    count: Number(row['count']),
    first: Number(row['first']),
  }))
  for (const { keys, first } of lists) {
    const twice = keys.find((key, i) => keys.indexOf(key) !== i)
    if (twice === undefined) continue
    throw new ToolkitError(
      'DATA_FILE_INVALID',
      `${await rows.placeOf(first)}: the key '${twice}' is there twice`,
      { hint: 'give each value of an object its own key' },
    )
  }
  const { names, warning } = unionOfKeys(lists)
  if (names.length === 0) {
    throw new ToolkitError('DATA_FILE_INVALID', `${rows.label}: no object has a key`, {
      hint: 'write the values of a row as an object, such as {"age": 31}',
    })
  }
  return { names, warnings: warning === undefined ? [] : [warning] }
}

function parseKeys(json: unknown): readonly string[] {
  const keys: unknown = JSON.parse(String(json))
  return Array.isArray(keys) ? keys.map(String) : []
}

interface CellsOfColumn {
  /** Quoted name of the table with the raw cells. */
  readonly cells: string
  /** Quoted name of its column with the number of the row: 'rowid' may be a column of the file. */
  readonly number: string
  readonly column: string
  readonly markers: readonly string[]
}

interface CellsOfColumns {
  readonly cells: string
  readonly number: string
  readonly names: readonly string[]
  readonly markers: readonly string[]
}

/** Columns in one statement: one for each costs as much in a wide table as reading it. */
const columnsAtOnce = 100

async function countClasses(
  database: Database,
  { cells, number, names, markers }: CellsOfColumns,
): Promise<ReadonlyMap<string, readonly ClassCount[]>> {
  const counts = new Map<string, ClassCount[]>(names.map((name) => [name, []]))
  for (let start = 0; start < names.length; start += columnsAtOnce) {
    const chunk = names.slice(start, start + columnsAtOnce)
    const list = `[${chunk.map((name) => quoteName(name)).join(', ')}]`
    const found = await database.query(
      `SELECT place, ${classOfJson('cell', markers)} AS class, count(*) AS count, min(number) AS first
       FROM (SELECT ${number} AS number, generate_subscripts(${list}, 1) AS place, unnest(${list}) AS cell FROM ${cells})
       GROUP BY place, class ORDER BY place, first`,
    )
    for (const row of found) {
      const known = cellClasses.find((name) => name === row['class'])
      const name = chunk[Number(row['place']) - 1]
      if (known === undefined || name === undefined) continue
      const count = { class: known, count: Number(row['count']), first: Number(row['first']) }
      counts.get(name)?.push(count)
    }
  }
  return counts
}

async function castColumn(
  database: Database,
  {
    cells,
    number,
    column,
    markers,
    wanted,
    placeOf,
  }: CellsOfColumn & Pick<JsonRows, 'placeOf'> & { readonly wanted: ColumnType },
): Promise<CellDecision> {
  const cast = castJson(column, wanted)
  const isWrong = `NOT ${isMissingJson(column, markers)} AND ${cast} IS NULL`
  const wrong = await database.query(
    `SELECT ${number} AS row, ${textOfJson(column)} AS text, count(*) OVER () AS count
     FROM ${cells} WHERE ${isWrong} ORDER BY ${number} LIMIT 20`,
  )
  if (wrong.length === 0) {
    const isShort = wanted === 'integer' && (await fitsBigint(database, { cells, cast }))
    return { sql: isShort ? `CAST(${cast} AS BIGINT)` : cast, reason: 'as asked for' }
  }
  const lines: string[] = []
  for (const { row, text } of wrong) {
    lines.push(`${await placeOf(Number(row))}: '${column}' is '${String(text)}', no ${wanted}`)
  }
  const all = Number(wrong[0]!['count'])
  if (all > lines.length) lines.push(`and ${all - lines.length} more`)
  throw new ToolkitError('DATA_CELL_INVALID', lines.join('\n'), {
    hint: `mend the cells, name them with --missing, or read '${column}' as text`,
  })
}

async function fitsBigint(
  database: Database,
  { cells, cast }: { readonly cells: string; readonly cast: string },
): Promise<boolean> {
  const [row] = await database.query(
    `SELECT count(${cast}) = count(TRY_CAST(${cast} AS BIGINT)) AS fits FROM ${cells}`,
  )
  return row?.['fits'] === true
}

function select(
  { name, sql }: { readonly name: string; readonly sql: string },
  markers: readonly string[],
): string {
  const value =
    markers.length === 0 ? sql : `CASE WHEN NOT ${isMissingJson(name, markers)} THEN ${sql} END`
  return `${value} AS ${quoteName(name)}`
}

/** How often each marker was taken as missing, over all columns. */
async function countMarkers(
  database: Database,
  { cells, names, markers }: Omit<CellsOfColumns, 'number'>,
): Promise<readonly MissingMarker[]> {
  if (markers.length === 0) return []
  const counts = new Map<string, number>()
  for (let start = 0; start < names.length; start += columnsAtOnce) {
    const chunk = names.slice(start, start + columnsAtOnce)
    const list = `[${chunk.map((name) => quoteName(name)).join(', ')}]`
    const found = await database.query(
      `SELECT ${textOfJson('cell')} AS text, count(*) AS count
       FROM (SELECT unnest(${list}) AS cell FROM ${cells})
       WHERE ${isMarkerJson('cell', markers)} GROUP BY text`,
    )
    for (const row of found) {
      const text = String(row['text'])
      counts.set(text, (counts.get(text) ?? 0) + Number(row['count']))
    }
  }
  return [...counts]
    .map(([text, count]) => ({ text, count }))
    .toSorted((a, b) => b.count - a.count || (a.text < b.text ? -1 : 1))
}
