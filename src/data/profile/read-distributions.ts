/** How often which value occurs in each column of a table, exactly. */

import { type Database, quoteName } from '../duckdb-store.ts'
import type { Column, ColumnFamily, Table } from '../table/column.ts'
import type { CategoryDistribution, Distribution, NumberDistribution } from './distribution.ts'
import type { ColumnProfile, Profile } from './profile.ts'

/** What is known of a table's columns without its rows. */
export interface TableDistributions {
  readonly rows: number
  /** By name, in the table's order. */
  readonly columns: ReadonlyMap<string, ColumnDistribution>
}

export interface ColumnDistribution {
  readonly name: string
  /** DuckDB's name of the type. */
  readonly type: string
  readonly family: ColumnFamily
  readonly rows: number
  readonly nulls: number
  readonly nans: number
  /** Rows with an infinity of either sign. */
  readonly infinities: number
  /** Of the finite values; absent for nested values and columns without any. */
  readonly distribution?: Distribution
  /** Least and greatest finite number, for numbers. */
  readonly range?: readonly [number, number]
}

/**
 * Numbers, booleans (0 and 1) and times (microseconds since 1970) as numbers, texts as categories, nested values
 * not at all. Numbers beyond 2⁵³ are rounded to the nearest double.
 *
 * @param options.columns - names to read; all when absent, and names that the table lacks are passed over
 */
export async function readDistributions(
  database: Database,
  table: Table,
  options: { readonly columns?: readonly string[] | undefined } = {},
): Promise<TableDistributions> {
  const [first] = await database.query(`SELECT count(*) AS n FROM ${table.relation}`)
  const rows = Number(first?.['n'] ?? 0)
  const columns = new Map<string, ColumnDistribution>()
  for (const column of table.columns) {
    if (options.columns !== undefined && !options.columns.includes(column.name)) continue
    columns.set(column.name, await readColumn(database, table.relation, { column, rows }))
  }
  return { rows, columns }
}

interface WantedColumn {
  readonly column: Column
  readonly rows: number
}

async function readColumn(
  database: Database,
  relation: string,
  { column, rows }: WantedColumn,
): Promise<ColumnDistribution> {
  const { name, type, family } = column
  const seen = { name, type, family, rows }
  if (family === 'other') {
    const [first] = await database.query(
      `SELECT count(*) - count(${quoteName(name)}) AS n FROM ${relation}`,
    )
    return { ...seen, nulls: Number(first?.['n'] ?? 0), nans: 0, infinities: 0 }
  }
  const counted = family === 'text' ? countTexts : countNumbers
  return { ...seen, ...(await counted(database, relation, column)) }
}

type Counted = Pick<ColumnDistribution, 'nulls' | 'nans' | 'infinities' | 'distribution' | 'range'>

async function countTexts(database: Database, relation: string, column: Column): Promise<Counted> {
  const found = await database.query(
    `SELECT CAST(${quoteName(column.name)} AS VARCHAR) AS v, count(*) AS n
     FROM ${relation} GROUP BY 1 ORDER BY 1`,
  )
  const counts = new Map<string, number>()
  let [nulls, total] = [0, 0]
  for (const { v, n } of found) {
    if (v === null || v === undefined) nulls = Number(n)
    else {
      counts.set(String(v), Number(n))
      total += Number(n)
    }
  }
  const missing = { nulls, nans: 0, infinities: 0 }
  if (total === 0) return missing
  return { ...missing, distribution: { kind: 'categories', counts, total, others: 0 } }
}

async function countNumbers(
  database: Database,
  relation: string,
  column: Column,
): Promise<Counted> {
  const found = await database.queryNumbers(
    `SELECT ${asDouble(column)} AS v, count(*) AS n, count(${quoteName(column.name)}) AS present
     FROM ${relation} GROUP BY 1 ORDER BY 1`,
  )
  const [all, counts, present] = ['v', 'n', 'present'].map((key) => found.get(key)!)
  const finite = all!.map((value, i) => (Number.isFinite(value) ? i : -1)).filter((i) => i >= 0)
  let [nulls, nans, infinities] = [0, 0, 0]
  for (const [i, value] of all!.entries()) {
    if (Number.isFinite(value)) continue
    if (present![i] === 0) nulls += counts![i]!
    else if (Number.isNaN(value)) nans += counts![i]!
    else infinities += counts![i]!
  }
  if (finite.length === 0) return { nulls, nans, infinities }
  const values = finite.map((i) => all![i]!)
  const distribution: NumberDistribution = {
    kind: 'numbers',
    values,
    counts: finite.map((i) => counts![i]!),
    total: finite.reduce((sum, i) => sum + counts![i]!, 0),
    resolution: 0,
    areIntegers: isIntegerType(column.type),
  }
  return { nulls, nans, infinities, distribution, range: [values[0]!, values.at(-1)!] }
}

function asDouble({ name, family }: Column): string {
  const value = quoteName(name)
  if (family !== 'time') return `CAST(${value} AS DOUBLE)`
  return `CASE WHEN isfinite(${value}) THEN CAST(epoch_us(${value}) AS DOUBLE)
    WHEN ${value} IS NOT NULL THEN 'infinity'::DOUBLE END`
}

function isIntegerType(type: string): boolean {
  return /^U?(?:TINY|SMALL|BIG|HUGE)?INT(?:EGER)?$/.test(type)
}

/** What a stored profile knows of its table, to the resolution of each column. */
export function toDistributions({ rows, columns }: Profile): TableDistributions {
  return {
    rows,
    columns: new Map(columns.map((column) => [column.name, toColumn(column, rows)])),
  }
}

function toColumn(column: ColumnProfile, rows: number): ColumnDistribution {
  const { name, type, family, nulls, nans, numbers } = column
  const infinities = column.positiveInfinities + column.negativeInfinities
  const distribution = toDistribution(column)
  return {
    name,
    type,
    family,
    rows,
    nulls,
    nans,
    infinities,
    ...(distribution !== undefined && { distribution }),
    ...(numbers !== undefined && { range: [numbers.min, numbers.max] as const }),
  }
}

/** The distribution of a stored profile; undefined for nested values and columns without any. */
function toDistribution(column: ColumnProfile): Distribution | undefined {
  const stored = column.distribution
  if (stored.kind === 'none') return undefined
  if (stored.kind === 'categories') {
    const counts = new Map(stored.counts.map(({ value, count }) => [value, count]))
    const listed = stored.counts.reduce((sum, { count }) => sum + count, 0)
    return { kind: 'categories', counts, total: listed + stored.others, others: stored.others }
  }
  return {
    kind: 'numbers',
    values: Float64Array.from(stored.values),
    counts: Float64Array.from(stored.counts),
    total: stored.counts.reduce((sum, count) => sum + count, 0),
    resolution: stored.resolution,
    areIntegers: isIntegerType(column.type),
  }
}

/** Numbers as categories: each value is its own label, whole ones without '.0'. */
export function toCategories({ values, counts, total }: NumberDistribution): CategoryDistribution {
  const labels = new Map<string, number>()
  for (const [i, value] of values.entries()) labels.set(String(value), counts[i]!)
  return { kind: 'categories', counts: labels, total, others: 0 }
}
