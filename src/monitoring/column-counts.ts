/** How much of a column is there. */

import type { ColumnDistribution } from '../data/profile/read-distributions.ts'

/** Rows that are there and finite. */
export function countValues(column: ColumnDistribution): number {
  return column.distribution?.total ?? 0
}

/** Rows without a value: null or NaN. */
export function countMissing(column: ColumnDistribution): number {
  return column.nulls + column.nans
}
