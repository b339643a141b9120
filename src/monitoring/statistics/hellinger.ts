import type { Distribution } from '../../data/profile/distribution.ts'
import { isAtLeast } from './decision.ts'
import type { Statistic } from './statistic.ts'
import { binShares, pairShares, type PairedShares } from './sturges.ts'

/**
 * Hellinger's distance √(1 − Σ √(p·q)), from 0 to 1: of categories by value, of numbers in Sturges' bins of
 * their distinct values, as Evidently does.
 */
export const hellinger: Statistic = {
  name: 'hellinger',
  kind: 'distance',
  compares: ['categories', 'numbers'],
  defaultThreshold: 0.1,
  compare: (reference, current) => {
    const shares = toShares(reference, current)
    let overlap = 0
    for (let i = 0; i < shares.reference.length; i++) {
      overlap += Math.sqrt(shares.reference[i]! * shares.current[i]!)
    }
    const distance = Math.sqrt(1 - Math.min(1, overlap))
    return { score: distance, statistic: distance }
  },
  isDrift: isAtLeast,
}

function toShares(reference: Distribution, current: Distribution): PairedShares {
  if (reference.kind !== 'numbers' || current.kind !== 'numbers') {
    return pairShares(reference, current)
  }
  return binShares(reference, current)
}
