/**
 * The p-quantile of numbers in ascending order, interpolated linearly between
 * the two nearest (type 7 of Hyndman & Fan 1996, numpy's default).
 *
 * @param sorted - ascending, without NaN
 * @param p - from 0 (the smallest) to 1 (the largest)
 * @returns NaN when there are no numbers or p is outside [0, 1].
 */
export function quantile(sorted: ArrayLike<number>, p: number): number {
  if (!(p >= 0 && p <= 1) || sorted.length === 0) return NaN
  const position = p * (sorted.length - 1)
  const below = Math.floor(position)
  const low = sorted[below]!
  const share = position - below
  // Not low + share · (high − low) when it is exact: an infinite neighbour would make it NaN.
  return share === 0 ? low : low + share * (sorted[below + 1]! - low)
}
