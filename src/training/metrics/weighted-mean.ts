/** The mean of values in which value i counts `weights[i]` times; once each when absent. */
export function weightedMean(values: ArrayLike<number>, weights?: ArrayLike<number>): number {
  let sum = 0
  let total = 0
  for (let row = 0; row < values.length; row++) {
    const weight = weights === undefined ? 1 : weights[row]!
    sum += weight * values[row]!
    total += weight
  }
  return sum / total
}
