import { quantile } from '../../math/quantile.ts'

/**
 * The p-quantile of numbers that count by weight: linear between the middles
 * of the stretches that the numbers, in ascending order, take of the total
 * weight. With equal weights it is {@link quantile}; a factor on all weights
 * and the order of the numbers change nothing.
 *
 * @param weights - not negative; numbers of weight 0 are left out
 * @param p - in (0, 1)
 * @returns 0 when nothing has a weight.
 */
export function weightedQuantile(
  values: Float64Array,
  weights: Float64Array | undefined,
  p: number,
): number {
  if (weights === undefined) return quantile(values.slice().sort(), p)
  const order = [...values.keys()]
    .filter((i) => weights[i]! > 0)
    .sort((a, b) => values[a]! - values[b]! || weights[a]! - weights[b]!)
  const middles = middlesOf(order.map((i) => weights[i]!))
  if (middles.length === 0) return 0
  const wanted = middles[0]! + p * (middles.at(-1)! - middles[0]!)
  const above = middles.findIndex((middle) => middle >= wanted)
  const high = values[order[above]!]!
  if (above === 0) return high
  const low = values[order[above - 1]!]!
  const share = (wanted - middles[above - 1]!) / (middles[above]! - middles[above - 1]!)
  return low + share * (high - low)
}

/** Where the middle of each stretch lies. */
function middlesOf(lengths: readonly number[]): number[] {
  let end = 0
  return lengths.map((length) => {
    end += length
    return end - length / 2
  })
}
