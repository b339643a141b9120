import type { SparseRows } from './sparse-rows.ts'

/**
 * From where down a slope is flat, for each column and the intercept: `flatSlope`, and less for a column
 * whose largest value is below 1. Its slopes are small by its unit alone, and nanometres given as
 * metres would be called fitted before the first step. Shape [columns + 1].
 */
export function flatSlopesOf(
  { columns, columnOf, values }: SparseRows,
  flatSlope: number,
): Float64Array {
  const largest = new Float64Array(columns)
  for (let k = 0; k < values.length; k++) {
    const column = columnOf[k]!
    largest[column] = Math.max(largest[column]!, Math.abs(values[k]!))
  }
  const flat = new Float64Array(columns + 1).fill(flatSlope)
  largest.forEach((value, column) => (flat[column]! *= value === 0 ? 1 : Math.min(1, value)))
  return flat
}
