import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { type Database, quoteName } from '../duckdb-store.ts'
import type { Column, Table } from '../table/column.ts'
import type { NumberDistribution } from './distribution.ts'
import { describeNumbers, listTop } from './number-profile.ts'
import type { ColumnProfile, Profile } from './profile.ts'
import { profileTexts } from './profile-texts.ts'
import { readDistributions } from './read-distributions.ts'
import { storeNumbers } from './store-distribution.ts'

/**
 * What a table's columns hold: counts, limits, moments and how often which
 * value occurs. The same table gives the same profile.
 *
 * Counts are exact; a distribution of more than 1,000 different values is
 * kept to a stated resolution. Numbers beyond 2⁵³ are rounded to the nearest
 * double, but counted as the different values that they are.
 *
 * @param options.columns - names to describe, in the table's order; all when absent
 * @throws {ToolkitError} `DATA_COLUMN_MISSING` naming all columns that the table lacks
 */
export async function profileTable(
  database: Database,
  table: Table,
  options: { readonly columns?: readonly string[] | undefined } = {},
): Promise<Profile> {
  const wanted = selectColumns(table.columns, options.columns)
  const [counted] = await database.query(`SELECT count(*) AS n FROM ${table.relation}`)
  const rows = Number(counted?.['n'] ?? 0)
  const columns: ColumnProfile[] = []
  // One after the other: of each only the profile is kept.
  for (const column of wanted) {
    columns.push(await describeColumn(database, { relation: table.relation, rows }, column))
  }
  return { format: 'mlpt.profile/1', rows, columns }
}

function selectColumns(
  columns: readonly Column[],
  names: readonly string[] | undefined,
): readonly Column[] {
  if (names === undefined) return columns
  const known = columns.map(({ name }) => name)
  const unknown = names.filter((name) => !known.includes(name))
  if (unknown.length === 0) return columns.filter(({ name }) => names.includes(name))
  const listed = unknown.map((name) => `'${name}'`).join(', ')
  throw new ToolkitError('DATA_COLUMN_MISSING', `the table has no column ${listed}`, {
    hint: nameHint(unknown[0]!, known, 'columns'),
  })
}

interface Rows {
  readonly relation: string
  readonly rows: number
}

async function describeColumn(
  database: Database,
  rows: Rows,
  column: Column,
): Promise<ColumnProfile> {
  const { name, type, family } = column
  if (family !== 'text') return describeNumeric(database, rows.relation, column)
  const { nulls, ...described } = await profileTexts(database, rows, name)
  const missing = { nulls, nans: 0, positiveInfinities: 0, negativeInfinities: 0 }
  return { name, type, family, ...missing, ...described }
}

/** Numbers, booleans and times; of nested values only what is missing. */
async function describeNumeric(
  database: Database,
  relation: string,
  column: Column,
): Promise<ColumnProfile> {
  const { columns } = await readDistributions(database, { relation, columns: [column] })
  const { name, type, family, nulls, nans, infinities, distribution } = columns.get(column.name)!
  const numbers = distribution?.kind === 'numbers' ? distribution : undefined
  const exact = await countExactly(database, relation, { column, infinities, numbers })
  return {
    name,
    type,
    family,
    nulls,
    nans,
    positiveInfinities: exact.positive,
    negativeInfinities: infinities - exact.positive,
    distinct: { count: exact.different, isExact: true },
    top: numbers === undefined ? [] : listTop(numbers, family),
    ...(numbers !== undefined && { numbers: describeNumbers(numbers) }),
    distribution: numbers === undefined ? { kind: 'none' } : storeNumbers(numbers),
  }
}

/** What the numbers as doubles do not say, asked only when it may be otherwise. */
async function countExactly(
  database: Database,
  relation: string,
  {
    column,
    infinities,
    numbers,
  }: {
    readonly column: Column
    readonly infinities: number
    readonly numbers: NumberDistribution | undefined
  },
): Promise<{ readonly different: number; readonly positive: number }> {
  const counted = { different: numbers?.values.length ?? 0, positive: infinities }
  const isRounded = isBeyondDoubles(numbers)
  const isSigned = infinities > 0 && column.family === 'number'
  if (!isRounded && !isSigned) return counted
  const name = quoteName(column.name)
  const [exact] = await database.query(
    `SELECT count(DISTINCT ${name}) FILTER (isfinite(CAST(${name} AS DOUBLE))) AS different,
       count(*) FILTER (CAST(${name} AS DOUBLE) = 'infinity'::DOUBLE) AS positive FROM ${relation}`,
  )
  return {
    different: isRounded ? Number(exact?.['different']) : counted.different,
    positive: isSigned ? Number(exact?.['positive']) : counted.positive,
  }
}

function isBeyondDoubles(distribution: NumberDistribution | undefined): boolean {
  if (distribution?.areIntegers !== true) return false
  const { values } = distribution
  const largest = Math.max(Math.abs(values[0] ?? 0), Math.abs(values.at(-1) ?? 0))
  return largest > Number.MAX_SAFE_INTEGER
}
