/** Numbers counted between edges. */

import type { NumberDistribution } from './distribution.ts'

/**
 * Edges of bins of one width from the least to the greatest number, both of
 * them edges; a range without width is one bin.
 */
export function divideRange(low: number, high: number, bins: number): number[] {
  // Parts of both ends: the whole may be wider than any number.
  const width = high / bins - low / bins
  if (!(width > 0)) return [low, high]
  // Rounding must not carry an edge beyond the last one.
  return Array.from({ length: bins + 1 }, (_, i) =>
    i === bins ? high : Math.min(high, low + i * width),
  )
}

/**
 * Rows in each bin, from an edge up to but without the next; what lies outside
 * of the edges counts in the outermost bins.
 *
 * @param edges - ascending, at least two
 */
export function countBetween(
  { values, counts }: Pick<NumberDistribution, 'values' | 'counts'>,
  edges: readonly number[],
): number[] {
  const found = Array.from({ length: edges.length - 1 }, () => 0)
  let bin = 0
  for (let i = 0; i < values.length; i++) {
    while (bin < found.length - 1 && values[i]! >= edges[bin + 1]!) bin++
    found[bin]! += counts[i]!
  }
  return found
}
