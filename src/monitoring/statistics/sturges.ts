import type { Distribution, NumberDistribution } from '../../data/profile/distribution.ts'
import { log } from '../../math/index.ts'
import { pairCounts, pairNumbers } from './paired-counts.ts'

/** Shares of the rows of either side, in bins or by value. */
export interface PairedShares {
  readonly reference: Float64Array
  /** Same length as `reference`. */
  readonly current: Float64Array
}

/**
 * The shares that Evidently compares: numbers of more than 20 distinct values in the reference in
 * Sturges' bins of both sides together, everything else by value.
 *
 * @throws {ToolkitError} `DATA_INCOMPARABLE` for different kinds, or a side without a value.
 */
export function pairShares(reference: Distribution, current: Distribution): PairedShares {
  if (reference.kind === 'numbers' && current.kind === 'numbers' && reference.values.length > 20) {
    return binShares(reference, current, reference.total + current.total)
  }
  const pair = pairCounts(reference, current)
  return {
    reference: pair.reference.map((count) => count / pair.referenceTotal),
    current: pair.current.map((count) => count / pair.currentTotal),
  }
}

/**
 * Shares in bins of one width over both sides, as many as numpy's rule 'sturges' makes for so many observations.
 *
 * @param size - how many observations; by default how many distinct values
 */
export function binShares(
  reference: NumberDistribution,
  current: NumberDistribution,
  size?: number,
): PairedShares {
  const pair = pairNumbers(reference, current)
  const edges = sturgesEdges([pair.values[0]!, pair.values.at(-1)!], {
    size: size ?? pair.values.length,
    areIntegers: pair.unit === 1 && holdsIntegers(reference) && holdsIntegers(current),
  })
  return {
    reference: countShares(pair.values, pair.reference, edges),
    current: countShares(pair.values, pair.current, edges),
  }
}

/**
 * Edges of bins of one width, as numpy's rule 'sturges': the range over log₂ n + 1, the number of bins
 * rounded up. Integers have bins of at least 1.
 *
 * @returns bins + 1 edges, ascending
 */
function sturgesEdges(
  [least, greatest]: readonly [number, number],
  { size, areIntegers }: { readonly size: number; readonly areIntegers: boolean },
): Float64Array {
  const range = greatest - least
  if (range === 0) return Float64Array.of(least - 0.5, greatest + 0.5)
  const width = range / (log2(size) + 1)
  // Of neighbours around 0 the width is rounded to nothing.
  if (width === 0) return Float64Array.of(least, greatest)
  const bins = Math.ceil(range / (areIntegers ? Math.max(1, width) : width))
  const step = range / bins
  const edges = Float64Array.from({ length: bins + 1 }, (_, index) => index * step + least)
  edges[bins] = greatest
  return edges
}

/** Shares of the values in bins that are closed below; the last one above, too. */
function countShares(
  values: Float64Array,
  counts: Float64Array,
  edges: Float64Array,
): Float64Array {
  const shares = new Float64Array(edges.length - 1)
  let total = 0
  let bin = 0
  for (let i = 0; i < values.length; i++) {
    while (bin < shares.length - 1 && values[i]! >= edges[bin + 1]!) bin++
    shares[bin]! += counts[i]!
    total += counts[i]!
  }
  return shares.map((count) => count / total)
}

/** Whether the column's type is that of integers; by its values where the type is not known. */
function holdsIntegers({ values, areIntegers }: NumberDistribution): boolean {
  return areIntegers ?? values.every((value) => Number.isInteger(value))
}

/** Exact for powers of two, which decide how many bins there are. */
function log2(size: number): number {
  let exponent = 0
  let rest = size
  for (; rest >= 2; rest /= 2) exponent++
  return exponent + log(rest) / Math.LN2
}
