/** A column as statistics see it: from a table exactly, from a stored profile to its resolution. */

export type Distribution = NumberDistribution | CategoryDistribution

export interface NumberDistribution {
  readonly kind: 'numbers'
  /** Ascending, distinct, finite. */
  readonly values: Float64Array
  /** How often each occurs, above 0; same length as values. */
  readonly counts: Float64Array
  /** Sum of counts. */
  readonly total: number
  /** Greatest error of a cumulative share; 0 when exact. */
  readonly resolution: number
  /** Whether the column's type is one of integers; where it is not said, whether all values are whole decides. */
  readonly areIntegers?: boolean | undefined
}

export interface CategoryDistribution {
  readonly kind: 'categories'
  /** By value as text; numbers without a trailing '.0'. */
  readonly counts: ReadonlyMap<string, number>
  /** Sum of counts and others. */
  readonly total: number
  /** Rows whose value is not listed; 0 when exact. */
  readonly others: number
}

/** Different values that are known. */
export function countDistinct(distribution: Distribution | undefined): number {
  if (distribution === undefined) return 0
  return distribution.kind === 'numbers' ? distribution.values.length : distribution.counts.size
}
