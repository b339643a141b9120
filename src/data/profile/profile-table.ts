import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { type Database, quoteName } from '../duckdb-store.ts'
import type { Column, Table } from '../table/column.ts'
import { batchColumns } from './column-batches.ts'
import type { NumberDistribution } from './distribution.ts'
import { describeNumbers, listTop } from './number-profile.ts'
import type { ColumnProfile, Profile } from './profile.ts'
import { profileTexts } from './profile-texts.ts'
import { type ColumnDistribution, readDistributions } from './read-distributions.ts'
import { storeNumbers } from './store-distribution.ts'
import { countDistinctWhere, countWhere } from '../count-where.ts'

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
  const profiles = new Map<string, ColumnProfile>()
  const kinds = [
    { columns: wanted.filter(({ family }) => family === 'text'), describe: describeTexts },
    { columns: wanted.filter(({ family }) => family !== 'text'), describe: describeNumeric },
  ]
  for (const { columns, describe } of kinds) {
    // One batch after the other: of each only the profiles are kept.
    for (const batch of batchColumns(columns, rows)) {
      const described = await describe(database, { relation: table.relation, rows }, batch)
      for (const profile of described) profiles.set(profile.name, profile)
    }
  }
  const columns = wanted.map(({ name }) => profiles.get(name)!)
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

async function describeTexts(
  database: Database,
  rows: Rows,
  columns: readonly Column[],
): Promise<ColumnProfile[]> {
  const names = columns.map(({ name }) => name)
  const described = await profileTexts(database, { ...rows, names })
  return columns.map(({ name, type, family }, i) => {
    const { nulls, ...rest } = described[i]!
    const missing = { nulls, nans: 0, positiveInfinities: 0, negativeInfinities: 0 }
    return { name, type, family, ...missing, ...rest }
  })
}

/** Numbers, booleans and times; of nested values only what is missing. */
async function describeNumeric(
  database: Database,
  { relation }: Rows,
  columns: readonly Column[],
): Promise<ColumnProfile[]> {
  const read = await readDistributions(database, { relation, columns })
  const found = columns.map(({ name }) => read.columns.get(name)!)
  const exact = await countExactly(database, relation, found)
  return found.map((column) => describeColumn(column, exact.get(column.name)))
}

function describeColumn(column: ColumnDistribution, exact: ExactCounts | undefined): ColumnProfile {
  const { name, type, family, nulls, nans, infinities } = column
  const numbers = numbersOf(column)
  const positive = exact?.positive ?? infinities
  return {
    name,
    type,
    family,
    nulls,
    nans,
    positiveInfinities: positive,
    negativeInfinities: infinities - positive,
    distinct: { count: exact?.different ?? numbers?.values.length ?? 0, isExact: true },
    top: numbers === undefined ? [] : listTop(numbers, family),
    ...(numbers !== undefined && { numbers: describeNumbers(numbers) }),
    distribution: numbers === undefined ? { kind: 'none' } : storeNumbers(numbers),
  }
}

function numbersOf({ distribution }: ColumnDistribution): NumberDistribution | undefined {
  return distribution?.kind === 'numbers' ? distribution : undefined
}

/** What the numbers as doubles do not say; undefined where they do. */
interface ExactCounts {
  readonly different: number | undefined
  readonly positive: number | undefined
}

/** Asked only of columns where it may be otherwise than the doubles say. */
async function countExactly(
  database: Database,
  relation: string,
  columns: readonly ColumnDistribution[],
): Promise<ReadonlyMap<string, ExactCounts>> {
  const asked = columns.filter((column) => isRounded(column) || isSigned(column))
  if (asked.length === 0) return new Map()
  const counts = asked.map(({ name }, i) => {
    const value = `CAST(${quoteName(name)} AS DOUBLE)`
    return `${countDistinctWhere(quoteName(name), `isfinite(${value})`)} AS different${i},
      ${countWhere(`${value} = 'infinity'::DOUBLE`)} AS positive${i}`
  })
  const [exact] = await database.query(`SELECT ${counts.join(', ')} FROM ${relation}`)
  return new Map(
    asked.map((column, i) => {
      const different = isRounded(column) ? Number(exact?.[`different${i}`]) : undefined
      const positive = isSigned(column) ? Number(exact?.[`positive${i}`]) : undefined
      return [column.name, { different, positive }]
    }),
  )
}

function isSigned({ infinities, family }: ColumnDistribution): boolean {
  return infinities > 0 && family === 'number'
}

/** Whether integers lie beyond those that a double holds. */
function isRounded(column: ColumnDistribution): boolean {
  const distribution = numbersOf(column)
  if (distribution?.areIntegers !== true) return false
  const { values } = distribution
  const largest = Math.max(Math.abs(values[0] ?? 0), Math.abs(values.at(-1) ?? 0))
  return largest > Number.MAX_SAFE_INTEGER
}
