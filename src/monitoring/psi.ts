import { ToolkitError } from '../core/errors.ts'
import { log } from '../math/index.ts'

/**
 * Population stability index between two histograms over the same bins:
 * Σ (qᵢ − pᵢ) · ln(qᵢ / pᵢ), in nats; 0 means identical, and the usual reading
 * is < 0.1 stable, 0.1–0.25 watch, > 0.25 shifted. [Siddiqi 2006, §5]
 *
 * An empty bin would make the sum infinite, so each share is floored at
 * `1 / (10 · total)`: below one tenth of an observation.
 *
 * @param reference - counts per bin, shape [bins]
 * @param current - counts per bin, shape [bins]
 * @returns NaN when either side has no observation at all.
 * @throws {ToolkitError} `SHAPE_MISMATCH` when the lengths differ.
 *
 * @example
 * ```ts
 * import { populationStabilityIndex } from 'ml-pipeline-toolkit'
 * populationStabilityIndex(Float64Array.of(50, 50), Float64Array.of(50, 50)) // => 0
 * ```
 */
export function populationStabilityIndex(reference: Float64Array, current: Float64Array): number {
  if (reference.length !== current.length) {
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `the reference has ${reference.length} bins and the current data ${current.length}`,
      { hint: 'bin both with the edges of the reference' },
    )
  }
  const p = toShares(reference)
  const q = toShares(current)
  let sum = 0
  for (let i = 0; i < p.length; i++) sum += (q[i]! - p[i]!) * log(q[i]! / p[i]!)
  return sum
}

function toShares(counts: Float64Array): Float64Array {
  let total = 0
  for (const count of counts) total += count
  const floor = 1 / (10 * total)
  return counts.map((count) => Math.max(count / total, floor))
}
