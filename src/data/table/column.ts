/** The columns of the table under test, and the SQL that names their values. */

import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { quoteName } from '../duckdb-store.ts'

export interface Column {
  readonly name: string
  /** DuckDB's name of the type, such as 'BIGINT' or 'DECIMAL(10,2)'. */
  readonly type: string
  readonly family: ColumnFamily
  /** Of a format without types, and no row has a value: `type` is as good as any other. */
  readonly isUntyped?: boolean
}

/** The table under test. */
export interface Table {
  /** What stands after FROM. */
  readonly relation: string
  readonly columns: readonly Column[]
  /** Of Parquet, where the footer tells; counting the rows of a text would read all of it. */
  readonly rows?: number
}

/**
 * A name that no column has, whatever the case of its letters, as DuckDB compares them.
 *
 * @param start - lower case; underscores are added until nothing is called so
 */
export function freeName(names: Iterable<string>, start: string): string {
  const taken = new Set(Array.from(names, (name) => name.toLowerCase()))
  let name = start
  while (taken.has(name)) name += '_'
  return name
}

/** Which values can be compared with each other. */
export type ColumnFamily = 'number' | 'boolean' | 'text' | 'time' | 'other'

export function familyOf(type: string): ColumnFamily {
  if (type === 'BOOLEAN') return 'boolean'
  if (type === 'VARCHAR' || type.startsWith('ENUM(')) return 'text'
  if (type === 'DATE' || (type.startsWith('TIMESTAMP') && !type.endsWith(']'))) return 'time'
  if (/^DECIMAL\([\d,]+\)$/.test(type) || numberTypes.has(type)) return 'number'
  return 'other'
}

/** Whether a type holds whole numbers only. */
export function isIntegerType(type: string): boolean {
  return /^U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?$/.test(type)
}

const numberTypes: ReadonlySet<string> = new Set([
  'TINYINT',
  'SMALLINT',
  'INTEGER',
  'BIGINT',
  'HUGEINT',
  'UTINYINT',
  'USMALLINT',
  'UINTEGER',
  'UBIGINT',
  'UHUGEINT',
  'FLOAT',
  'DOUBLE',
])

/** A column found by name; `warning` says when only the case of letters fits. */
export interface FoundColumn {
  readonly column: Column
  readonly warnings: readonly string[]
}

/** @throws {ToolkitError} `DATA_COLUMN_MISSING`, which becomes the `exception_info` of one result. */
export function findColumn({ columns }: Table, name: string): FoundColumn {
  const exact = columns.find((column) => column.name === name)
  if (exact !== undefined) return { column: exact, warnings: [] }
  const lower = name.toLowerCase()
  const alike = columns.filter((column) => column.name.toLowerCase() === lower)
  if (alike.length === 1) {
    const [column] = alike
    return { column: column!, warnings: [`'${name}' is spelled '${column!.name}' in the table`] }
  }
  const names = columns.map((column) => column.name)
  throw new ToolkitError(
    'DATA_COLUMN_MISSING',
    `there is no column '${name}'; ${nameHint(name, names, 'columns')}`,
  )
}

/**
 * The value, NULL also for NaN: both are missing. NaN is asked for by its function: the least and the greatest value that Arrow and Polars write
 * into Parquet know of none, and from these DuckDB concludes that nothing is equal to NaN.
 */
export function valueOf(column: Column): string {
  const name = quoteName(column.name)
  return isFloat(column) ? `CASE WHEN NOT isnan(${name}) THEN ${name} END` : name
}

/** Whether {@link numberOf} has a number for it: numbers, and booleans as 0 and 1. */
export function isNumeric(column: Column): boolean {
  return column.family === 'number' || column.family === 'boolean'
}

function isFloat(column: Column): boolean {
  return column.type === 'DOUBLE' || column.type === 'FLOAT'
}

/** The value as a number, booleans as 0 and 1. @throws {ToolkitError} `DATA_CHECK_FAILED` for other types. */
export function numberOf(column: Column): string {
  if (column.family === 'boolean') return `CAST(${valueOf(column)} AS BIGINT)`
  if (column.family === 'number') return valueOf(column)
  throw unfitColumn(column, 'numbers')
}

/** The value as Python writes it, for regular expressions. */
export function textOf(column: Column): string {
  if (column.family !== 'boolean') return `CAST(${valueOf(column)} AS VARCHAR)`
  return `CASE WHEN ${valueOf(column)} THEN 'True' WHEN NOT ${valueOf(column)} THEN 'False' END`
}

/** A date or time in UTC to the microsecond: midnight of a date, the instant of a time with a zone. */
export function momentOf(column: Column): string {
  const value = quoteName(column.name)
  if (column.type !== 'TIMESTAMP WITH TIME ZONE') return `CAST(${value} AS TIMESTAMP)`
  return `CASE WHEN isfinite(${value}) THEN make_timestamp(epoch_us(${value})) ELSE CAST(CAST(${value} AS VARCHAR) AS TIMESTAMP) END`
}

/** The value as results show it: numbers, booleans and texts as they are, times as ISO 8601. */
export function shownValueOf(column: Column): string {
  return showValue(column, valueOf(column))
}

/** `sql` has a value of the column's type. */
export function showValue(column: Column, sql: string): string {
  if (column.type === 'DATE') return `CAST(${sql} AS VARCHAR)`
  if (column.family === 'time') return `strftime(${sql}, '%Y-%m-%dT%H:%M:%S.%f')`
  return column.family === 'other' ? `CAST(${sql} AS VARCHAR)` : sql
}

/** The error of an expectation that makes no sense for the column's type. */
export function unfitColumn(column: Column, needed: string): ToolkitError {
  return new ToolkitError(
    'DATA_CHECK_FAILED',
    `'${column.name}' is ${column.type}, and this expectation needs ${needed}`,
  )
}
