/** How often which value occurs in each column of a table, exactly. */

import { type Database, type NumberColumn, quoteName } from '../duckdb-store.ts'
import { type Column, type ColumnFamily, isIntegerType, type Table } from '../table/column.ts'
import { batchColumns } from './column-batches.ts'
import { countTexts } from './count-texts-store.ts'
import { countValues } from './count-values.ts'
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
  const named = options.columns && new Set(options.columns)
  const wanted = table.columns.filter(({ name }) => named === undefined || named.has(name))
  const [first] = await database.query(`SELECT count(*) AS n FROM ${table.relation}`)
  const rows = Number(first?.['n'] ?? 0)
  const counted = new Map([
    ...(await readNumbers(database, table.relation, { columns: wanted, rows })),
    ...(await readTexts(database, table.relation, { columns: wanted, rows })),
    ...(await readOthers(database, table.relation, { columns: wanted, rows })),
  ])
  const columns = wanted.map(({ name, type, family }) => {
    return [name, { name, type, family, rows, ...counted.get(name)! }] as const
  })
  return { rows, columns: new Map(columns) }
}

/** Columns to read, and the rows of the table. */
interface Wanted {
  readonly columns: readonly Column[]
  readonly rows: number
}

/** Of nested values only what is missing. */
async function readOthers(
  database: Database,
  relation: string,
  { columns, rows }: Wanted,
): Promise<ReadonlyMap<string, Counted>> {
  const left = columns.filter(({ family }) => family === 'other')
  const counted = new Map<string, Counted>()
  for (const batch of batchColumns(left, rows)) {
    const counts = batch.map(({ name }, i) => `count(*) - count(${quoteName(name)}) AS n${i}`)
    const [first] = await database.query(`SELECT ${counts.join(', ')} FROM ${relation}`)
    for (const [i, { name }] of batch.entries()) {
      counted.set(name, { nulls: Number(first?.[`n${i}`] ?? 0), nans: 0, infinities: 0 })
    }
  }
  return counted
}

/** So many numbers are in memory at once: 64 MB. */
const cellsAtOnce = 8_000_000

/** Whole columns, several a statement; their counts take the place of their cells at once. */
async function readNumbers(
  database: Database,
  relation: string,
  { columns, rows }: Wanted,
): Promise<ReadonlyMap<string, Counted>> {
  const left = columns.filter(({ family }) => family !== 'text' && family !== 'other')
  const atOnce = Math.max(1, Math.floor(cellsAtOnce / Math.max(rows, 1)))
  const counted = new Map<string, Counted>()
  for (let start = 0; start < left.length; start += atOnce) {
    const some = left.slice(start, start + atOnce)
    const values = some.map((column, i) => `${asDouble(column)} AS "${i}"`)
    const cells = await database.queryColumns(`SELECT ${values.join(', ')} FROM ${relation}`)
    for (const [i, column] of some.entries()) {
      counted.set(column.name, toNumbers(column, cells.get(String(i))!))
    }
  }
  return counted
}

type Counted = Pick<ColumnDistribution, 'nulls' | 'nans' | 'infinities' | 'distribution' | 'range'>

async function readTexts(
  database: Database,
  relation: string,
  { columns, rows }: Wanted,
): Promise<ReadonlyMap<string, Counted>> {
  const left = columns.filter(({ family }) => family === 'text')
  const counted = new Map<string, Counted>()
  for (const batch of batchColumns(left, rows)) {
    const names = batch.map(({ name }) => name)
    const found = await countTexts(database, { relation, names }, (texts) =>
      database.query(`SELECT c, v, n FROM ${texts} ORDER BY c, v`),
    )
    const counts = names.map(() => new Map<string, number>())
    for (const { c, v, n } of found) {
      const known = counts[Number(c)]!
      // Texts that differ only by a byte order mark at their start come as the same.
      known.set(String(v), (known.get(String(v)) ?? 0) + Number(n))
    }
    for (const [i, name] of names.entries()) counted.set(name, toCategory(counts[i]!, rows))
  }
  return counted
}

function toCategory(counts: ReadonlyMap<string, number>, rows: number): Counted {
  const total = counts.values().reduce((sum, count) => sum + count, 0)
  const missing = { nulls: rows - total, nans: 0, infinities: 0 }
  if (total === 0) return missing
  return { ...missing, distribution: { kind: 'categories', counts, total, others: 0 } }
}

function toNumbers(column: Column, { cells, nulls }: NumberColumn): Counted {
  const { values, counts, nans, infinities } = countValues(cells)
  const missing = { nulls, nans: nans - nulls, infinities }
  if (values.length === 0) return missing
  const distribution: NumberDistribution = {
    kind: 'numbers',
    values,
    counts,
    total: counts.reduce((sum, count) => sum + count, 0),
    resolution: 0,
    areIntegers: isIntegerType(column.type),
  }
  return { ...missing, distribution, range: [values[0]!, values.at(-1)!] }
}

function asDouble({ name, family }: Column): string {
  const value = quoteName(name)
  if (family !== 'time') return `CAST(${value} AS DOUBLE)`
  return `CASE WHEN isfinite(${value}) THEN CAST(epoch_us(${value}) AS DOUBLE)
    WHEN ${value} IS NOT NULL THEN 'infinity'::DOUBLE END`
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
export function toDistribution(column: ColumnProfile): Distribution | undefined {
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
