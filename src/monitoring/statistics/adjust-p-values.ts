/**
 * Benjamini and Hochberg's adjustment: who takes those up to α as discoveries has, on average, at most a
 * share α of false ones among them. [Benjamini & Hochberg 1995]
 *
 * The i-th smallest of k becomes the least of k·p/j over its rank j = i and all greater ones.
 *
 * @param pValues - in any order; NaN is no test: it is not counted and stays NaN
 * @returns in the order of the input, each from its own p to 1
 *
 * @example
 * ```ts
 * import { adjustPValues } from 'ml-pipeline-toolkit'
 * adjustPValues(Float64Array.of(0.02, 0.5, 0.01)) // => Float64Array.of(0.03, 0.5, 0.03)
 * ```
 */
export function adjustPValues(pValues: Float64Array): Float64Array {
  const order = [...pValues.keys()]
    .filter((index) => !Number.isNaN(pValues[index]!))
    .sort((a, b) => pValues[b]! - pValues[a]!)
  const adjusted = Float64Array.from(pValues)
  let least = 1
  for (const [position, index] of order.entries()) {
    const p = pValues[index]!
    // Rounding must not bring it below its own p.
    least = Math.min(least, Math.max(p, (p * order.length) / (order.length - position)))
    adjusted[index] = least
  }
  return adjusted
}
