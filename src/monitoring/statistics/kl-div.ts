import { log } from '../../math/index.ts'
import { isAtLeast } from './decision.ts'
import type { Statistic } from './statistic.ts'
import { pairShares } from './sturges.ts'
import { fillZeros } from './zero-shares.ts'

/**
 * Kullback and Leibler's divergence of the reference from the current data, Σ p·ln(p / q) in nats, over
 * Evidently's bins or values, an empty one taken as a ten-thousandth.
 */
export const klDiv: Statistic = {
  name: 'kl_div',
  kind: 'distance',
  compares: ['categories', 'numbers'],
  defaultThreshold: 0.1,
  compare: (reference, current) => {
    const shares = pairShares(reference, current)
    const ps = toUnitSum(fillZeros(shares.reference))
    const qs = toUnitSum(fillZeros(shares.current))
    let sum = 0
    for (let i = 0; i < ps.length; i++) sum += ps[i]! * log(ps[i]! / qs[i]!)
    return { score: sum, statistic: sum }
  },
  isDrift: isAtLeast,
}

function toUnitSum(shares: Float64Array): Float64Array {
  const sum = shares.reduce((total, share) => total + share, 0)
  return shares.map((share) => share / sum)
}
