/** Arithmetic mean; NaN of no values. */
export function meanOf(values: readonly number[] | Float64Array): number {
  let sum = 0
  for (const value of values) sum += value
  return sum / values.length
}
