import { log } from '../../math/index.ts'
import { isAtLeast } from './decision.ts'
import type { Statistic } from './statistic.ts'
import { pairShares } from './sturges.ts'

/**
 * Jensen and Shannon's distance: the root of the mean divergence of either side from the mean of both,
 * in nats; from 0 to √ln 2 = 0.8326.
 */
export const jensenshannon: Statistic = {
  name: 'jensenshannon',
  kind: 'distance',
  compares: ['categories', 'numbers'],
  defaultThreshold: 0.1,
  compare: (reference, current) => {
    const shares = pairShares(reference, current)
    let sum = 0
    for (let i = 0; i < shares.reference.length; i++) {
      const p = shares.reference[i]!
      const q = shares.current[i]!
      const mean = (p + q) / 2
      sum += (p === 0 ? 0 : p * log(p / mean)) + (q === 0 ? 0 : q * log(q / mean))
    }
    const distance = Math.sqrt(Math.max(0, sum / 2))
    return { score: distance, statistic: distance }
  },
  isDrift: isAtLeast,
}
