/** What one pass over a table learns of it; suites, drift and reports read it instead of the rows. */

import type { ColumnFamily } from '../table/column.ts'

/** Plain JSON: it is stored beside the hash of its data. */
export interface Profile {
  readonly format: 'mlpt.profile/1'
  readonly rows: number
  /** In the table's order. */
  readonly columns: readonly ColumnProfile[]
}

/** What a column holds. */
export interface ColumnProfile {
  readonly name: string
  /** DuckDB's name of the type, such as 'BIGINT'. */
  readonly type: string
  readonly family: ColumnFamily
  /** Rows without a value. */
  readonly nulls: number
  /** Rows with NaN, which is missing too. */
  readonly nans: number
  readonly positiveInfinities: number
  readonly negativeInfinities: number
  /** Different values that are there; where it is not exact, at least so many are. */
  readonly distinct: { readonly count: number; readonly isExact: boolean }
  /** The most frequent values as text, at most 20: by count, then by value. */
  readonly top: readonly ValueCount[]
  /** For numbers, booleans (0 and 1) and times (microseconds since 1970); over finite values, absent without any. */
  readonly numbers?: NumberProfile
  /** For texts; absent without any. */
  readonly texts?: TextProfile
  readonly distribution: StoredDistribution
}

export interface ValueCount {
  readonly value: string
  readonly count: number
}

export interface NumberProfile {
  readonly count: number
  readonly min: number
  readonly max: number
  readonly mean: number
  /** Sum of squared deviations from the mean; the sample's variance is this over count − 1. At most the largest double. */
  readonly squaredDeviations: number
  readonly zeros: number
  readonly negatives: number
  /** Whether every value is whole. */
  readonly isWhole: boolean
  readonly histogram: {
    /** One more than counts, ascending; the last bin is closed. */
    readonly edges: readonly number[]
    readonly counts: readonly number[]
  }
  /** At 1, 5, 25, 50, 75, 95 and 99 %, ascending; absent in profiles that were stored before there were any. */
  readonly quantiles?: readonly Quantile[]
}

/** The least value at or below which lies this share of all values. */
export interface Quantile {
  /** Between 0 and 1. */
  readonly share: number
  readonly value: number
}

export interface TextProfile {
  /** Lengths in code points. */
  readonly lengths: { readonly min: number; readonly max: number; readonly mean: number }
  /** How many values are of each class that occurs, such as 'integer', 'date', 'email', 'uuid', 'blank'. */
  readonly classes: readonly ValueCount[]
}

/** How often which value occurs: exactly while there are few, else to a stated resolution. */
export type StoredDistribution =
  | {
      readonly kind: 'numbers'
      /** Ascending, distinct, finite. */
      readonly values: readonly number[]
      readonly counts: readonly number[]
      /** Greatest error of a cumulative share that is read off `values`; 0 when exact. */
      readonly resolution: number
    }
  | {
      readonly kind: 'categories'
      readonly counts: readonly ValueCount[]
      /** Rows whose value is not listed; 0 when exact. */
      readonly others: number
    }
  /** Nested values and columns without any value. */
  | { readonly kind: 'none' }
