export interface Moments {
  /** Sum of the counts. */
  readonly total: number
  readonly mean: number
  /** Mean squared distance to the mean: divided by n, not n − 1. */
  readonly variance: number
}

/** Mean and variance of values that occur `counts` times, in two passes. */
export function momentsOf(values: Float64Array, counts: Float64Array): Moments {
  let total = 0
  let sum = 0
  for (let i = 0; i < values.length; i++) {
    total += counts[i]!
    sum += counts[i]! * values[i]!
  }
  const mean = sum / total
  let squares = 0
  let rest = 0
  for (let i = 0; i < values.length; i++) {
    const difference = values[i]! - mean
    squares += counts[i]! * difference * difference
    rest += counts[i]! * difference
  }
  // The mean was rounded: what is left of the sum of differences corrects the squares.
  return { total, mean, variance: Math.max(0, (squares - (rest * rest) / total) / total) }
}
