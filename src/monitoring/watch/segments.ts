/** Levels and bins by which the rows of windows are told apart; the reference decides which there are. */

import type { ColumnDistribution } from '../../data/profile/read-distributions.ts'
import { quoteName } from '../../data/duckdb-store.ts'
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
  readonly level?: number
}

/** More levels than these say nothing. */
export const mostLevels = 50

/** The segments of one column; none for a column without numbers, and of more than 50 levels the first 50. */
export function listSegments(
  column: string,
  spec: SegmentSpec,
  reference: ColumnDistribution | undefined,
): readonly Segment[] {
  const distribution = reference?.distribution
  if (Array.isArray(spec)) return binsBetween(column, spec)
  if (distribution?.kind !== 'numbers') return []
  if (spec === 'levels') {
    return Array.from(distribution.values.slice(0, mostLevels), (level) => ({
      name: `${column}=${level}`,
      column,
      level,
    }))
  }
  const bins = Number(spec)
  const edges = Array.from({ length: bins - 1 }, (_, i) => quantileOf(distribution, (i + 1) / bins))
  const least = distribution.values[0] ?? NaN
  return binsBetween(
    column,
    [...new Set(edges)].filter((edge) => edge > least),
  )
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
  const value = `CAST(${quoteName(nameInTable)} AS DOUBLE)`
  if (level !== undefined) return `${value} = ${level}::DOUBLE`
  const parts = [
    `NOT isnan(${value})`,
    ...(from === undefined ? [] : [`${value} >= ${from}::DOUBLE`]),
    ...(to === undefined ? [] : [`${value} < ${to}::DOUBLE`]),
  ]
  return parts.join(' AND ')
}
