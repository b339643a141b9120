import { type Database, quoteName } from '../duckdb-store.ts'
import type { Column, Table } from '../table/column.ts'
import { countDistinct, type Distribution, type NumberDistribution } from './distribution.ts'
import { countBetween, divideRange } from './bins.ts'
import type { ColumnProfile, NumberProfile, Profile, ValueCount } from './profile.ts'
import { type ColumnDistribution, readDistributions } from './read-distributions.ts'
import { storeDistribution } from './store-distribution.ts'
import { describeTexts } from './text-profile.ts'

/**
 * What a table's columns hold: counts, limits, moments and how often which
 * value occurs. The same table gives the same profile.
 *
 * Counts are exact; a distribution of more than 1,000 different values is
 * kept to a stated resolution. Numbers beyond 2⁵³ are rounded to the nearest
 * double, but counted as the different values that they are.
 */
export async function profileTable(database: Database, table: Table): Promise<Profile> {
  const { rows, columns } = await readDistributions(database, table)
  const profiles: ColumnProfile[] = []
  for (const column of table.columns) {
    const read = columns.get(column.name)
    if (read !== undefined) profiles.push(await describeColumn(database, table, { column, read }))
  }
  return { format: 'mlpt.profile/1', rows, columns: profiles }
}

async function describeColumn(
  database: Database,
  { relation }: Table,
  { column, read }: { readonly column: Column; readonly read: ColumnDistribution },
): Promise<ColumnProfile> {
  const { name, type, family, nulls, nans, infinities, distribution } = read
  const quoted = quoteName(name)
  const isRounded = isBeyondDoubles(distribution)
  const [exact] =
    infinities > 0 || isRounded
      ? await database.query(
          `SELECT count(DISTINCT ${quoted}) FILTER (isfinite(CAST(${quoted} AS DOUBLE))) AS different,
             count(*) FILTER (CAST(${quoted} AS DOUBLE) = 'infinity'::DOUBLE) AS positive FROM ${relation}`,
        )
      : []
  const positive = family === 'number' && infinities > 0 ? Number(exact?.['positive']) : infinities
  return {
    name,
    type,
    family,
    nulls,
    nans,
    positiveInfinities: positive,
    negativeInfinities: infinities - positive,
    distinct: {
      count: isRounded ? Number(exact?.['different']) : countDistinct(distribution),
      isExact: true,
    },
    top: listTop(distribution, column),
    ...(distribution?.kind === 'numbers' && { numbers: describeNumbers(distribution) }),
    ...(distribution?.kind === 'categories' && { texts: describeTexts(distribution.counts) }),
    distribution: storeDistribution(distribution),
  }
}

function isBeyondDoubles(distribution: Distribution | undefined): boolean {
  if (distribution?.kind !== 'numbers' || distribution.areIntegers !== true) return false
  const { values } = distribution
  const largest = Math.max(Math.abs(values[0] ?? 0), Math.abs(values.at(-1) ?? 0))
  return largest > Number.MAX_SAFE_INTEGER
}

const topValues = 20

/** The most frequent values; of equally frequent ones the lower. */
function listTop(distribution: Distribution | undefined, column: Column): ValueCount[] {
  if (distribution === undefined) return []
  if (distribution.kind === 'categories') {
    return [...distribution.counts]
      .map(([value, count]) => ({ value, count }))
      .sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1))
      .slice(0, topValues)
  }
  const { values, counts } = distribution
  return Array.from(values.keys())
    .sort((a, b) => counts[b]! - counts[a]! || a - b)
    .slice(0, topValues)
    .map((i) => ({ value: showNumber(values[i]!, column), count: counts[i]! }))
}

function showNumber(value: number, { family }: Column): string {
  if (family === 'boolean') return value === 1 ? 'true' : 'false'
  if (family !== 'time') return String(value)
  const date = new Date(value / 1000)
  return Number.isNaN(date.getTime()) ? String(value) : date.toISOString()
}

function describeNumbers({ values, counts, total }: NumberDistribution): NumberProfile {
  const [min, max] = [values[0]!, values.at(-1)!]
  let sum = 0
  for (const [i, value] of values.entries()) sum += (value / total) * counts[i]!
  const mean = sum
  let [squares, zeros, negatives, isWhole] = [0, 0, 0, true]
  for (const [i, value] of values.entries()) {
    squares += counts[i]! * (value - mean) * (value - mean)
    if (value === 0) zeros += counts[i]!
    if (value < 0) negatives += counts[i]!
    isWhole &&= Number.isInteger(value)
  }
  return {
    count: total,
    min,
    max,
    mean,
    squaredDeviations: Math.min(squares, Number.MAX_VALUE),
    zeros,
    negatives,
    isWhole,
    histogram: countBins({ values, counts }, [min, max]),
  }
}

const bins = 20

/** Equally wide bins from the least to the greatest value; one bin for a single value. */
function countBins(
  numbers: Pick<NumberDistribution, 'values' | 'counts'>,
  [min, max]: readonly [number, number],
): NumberProfile['histogram'] {
  const edges = divideRange(min, max, bins)
  return { edges, counts: countBetween(numbers, edges) }
}
