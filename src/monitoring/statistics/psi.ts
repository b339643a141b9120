import { log } from '../../math/index.ts'
import { isAtLeast } from './decision.ts'
import type { Statistic } from './statistic.ts'
import { pairShares } from './sturges.ts'
import { fillZeros } from './zero-shares.ts'

/**
 * The population stability index as Evidently computes it: Σ (p − q)·ln(p / q) over its bins or values,
 * an empty one taken as a ten-thousandth. [Siddiqi 2006, §5]
 *
 * It grows as samples shrink; `correctStabilityIndex` of our own preset does not.
 */
export const psi: Statistic = {
  name: 'psi',
  kind: 'distance',
  compares: ['categories', 'numbers'],
  defaultThreshold: 0.1,
  compare: (reference, current) => {
    const shares = pairShares(reference, current)
    const ps = fillZeros(shares.reference)
    const qs = fillZeros(shares.current)
    let sum = 0
    for (let i = 0; i < ps.length; i++) sum += (ps[i]! - qs[i]!) * log(ps[i]! / qs[i]!)
    return { score: sum, statistic: sum }
  },
  isDrift: isAtLeast,
}
