/** Levels and bins by which the rows of windows are told apart; the reference decides which there are. */

import type { CategoryDistribution } from '../../data/profile/distribution.ts'
import type { ColumnDistribution } from '../../data/profile/read-distributions.ts'
import { quoteName, quoteText } from '../../data/duckdb-store.ts'
import { quantileOf } from '../histogram.ts'

/** By each value, by so many bins of about as many reference rows, or by edges. */
export type SegmentSpec = 'levels' | number | readonly number[]

/** One segment. */
export interface Segment {
  /** `SEX=1`, `30<=AGE<40`. */
  readonly name: string
  readonly column: string
  /** From here, inclusive; a level has both ends in one. */
  readonly from?: number
  /** Up to here, exclusive. */
  readonly to?: number
  readonly level?: number | string
}

/** More levels than these say nothing. */
export const mostLevels = 50

/**
 * The segments of one column, none where it has no values: of more than 50 levels the first 50, of texts the most
 * frequent. Texts have levels only.
 */
export function listSegments(
  column: string,
  spec: SegmentSpec,
  reference: ColumnDistribution | undefined,
): readonly Segment[] {
  const distribution = reference?.distribution
  if (distribution?.kind === 'categories' && spec === 'levels') {
    return segmentsOf(column, listFrequent(distribution))
  }
  if (Array.isArray(spec)) return binsBetween(column, spec)
  if (distribution?.kind !== 'numbers') return []
  if (spec === 'levels') {
    return segmentsOf(column, distribution.values.slice(0, mostLevels))
  }
  const bins = Number(spec)
  const edges = Array.from({ length: bins - 1 }, (_, i) => quantileOf(distribution, (i + 1) / bins))
  const least = distribution.values[0] ?? NaN
  return binsBetween(
    column,
    [...new Set(edges)].filter((edge) => edge > least),
  )
}

function segmentsOf(column: string, levels: Iterable<number | string>): readonly Segment[] {
  return Array.from(levels, (level) => ({ name: `${column}=${level}`, column, level }))
}

/** SQL ends at a NUL. */
function listFrequent({ counts }: CategoryDistribution): readonly string[] {
  return [...counts]
    .filter(([text]) => !text.includes('\0'))
    .toSorted(([a, n], [b, m]) => m - n || (a < b ? -1 : 1))
    .slice(0, mostLevels)
    .map(([text]) => text)
}

function binsBetween(column: string, edges: readonly number[]): readonly Segment[] {
  const [first, last] = [edges[0], edges.at(-1)]
  if (first === undefined || last === undefined) return []
  const between = edges.slice(1).map((to, i) => {
    const from = edges[i]!
    return { name: `${from}<=${column}<${to}`, column, from, to }
  })
  return [
    { name: `${column}<${first}`, column, to: first },
    ...between,
    { name: `${column}>=${last}`, column, from: last },
  ]
}

/** The condition that a row is in the segment. @param nameInTable - what the column is called there */
export function segmentSql({ level, from, to }: Segment, nameInTable: string): string {
  if (typeof level === 'string')
    return `CAST(${quoteName(nameInTable)} AS VARCHAR) = ${quoteText(level)}`
  const value = `CAST(${quoteName(nameInTable)} AS DOUBLE)`
  if (level !== undefined) return `${value} = ${level}::DOUBLE`
  const parts = [
    `NOT isnan(${value})`,
    ...(from === undefined ? [] : [`${value} >= ${from}::DOUBLE`]),
    ...(to === undefined ? [] : [`${value} < ${to}::DOUBLE`]),
  ]
  return parts.join(' AND ')
}
