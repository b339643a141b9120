import { weightedMean } from './weighted-mean.ts'

/**
 * Mean squared distance from the mean, and exactly 0 where all values that count are equal: the mean of many
 * times 0.1 is not 0.1, and a share of what was left would be any number.
 *
 * @param weights - how much each counts, shape [rows]; once each when absent
 */
export function weightedVariance(
  values: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
): number {
  if (areEqual(values, weights)) return 0
  const mean = weightedMean(values, weights)
  return weightedMean(
    Float64Array.from(values, (value) => (value - mean) ** 2),
    weights,
  )
}

function areEqual(values: ArrayLike<number>, weights: ArrayLike<number> | undefined): boolean {
  let first: number | undefined
  for (let row = 0; row < values.length; row++) {
    if (weights !== undefined && weights[row] === 0) continue
    first ??= values[row]!
    if (values[row] !== first) return false
  }
  return true
}
