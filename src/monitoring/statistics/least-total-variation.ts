import type { Distribution } from '../../data/profile/distribution.ts'
import { log } from '../../math/index.ts'
import { pairCounts } from './paired-counts.ts'

/**
 * By how much the shares differ at least, but for a chance of `level`: a lower bound of the total variation
 * ½·Σ|p − q| of the two populations, from 0 to 1. The sample's own total variation is no such thing, as chance
 * alone makes it great where there are many values or few rows.
 *
 * The sample's, less what chance brings on average, ½·Σ √(p·(1 − p)·(1/n + 1/m)) at the pooled shares p, less
 * √(ln(1/level)/2·(1/n + 1/m)). [McDiarmid 1989]
 *
 * @param options.level - from 0 to 1; 0.05 by default
 * @throws {ToolkitError} `DATA_INCOMPARABLE` for different kinds, or a side without a value.
 */
export function leastTotalVariation(
  reference: Distribution,
  current: Distribution,
  { level = 0.05 }: { readonly level?: number } = {},
): number {
  const pair = pairCounts(reference, current)
  const { referenceTotal: n, currentTotal: m } = pair
  const perRow = 1 / n + 1 / m
  let observed = 0
  let byChance = 0
  for (let i = 0; i < pair.reference.length; i++) {
    const pooled = (pair.reference[i]! + pair.current[i]!) / (n + m)
    observed += Math.abs(pair.reference[i]! / n - pair.current[i]! / m) / 2
    byChance += Math.sqrt(pooled * (1 - pooled) * perRow) / 2
  }
  const deviation = Math.sqrt((log(1 / level) / 2) * perRow)
  return Math.min(1, Math.max(0, observed - byChance - deviation))
}
