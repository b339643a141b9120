import { normalTail } from '../../math/index.ts'
import { isBelow } from './decision.ts'
import { pairCounts } from './paired-counts.ts'
import type { Statistic } from './statistic.ts'

/**
 * The z test of two proportions, with the pooled proportion: of the values other than the
 * smallest one of both sides. The statistic is z, above 0 when the reference has more of them.
 *
 * It is meant for two values; of more it sees only the smallest against the rest.
 */
export const z: Statistic = {
  name: 'z',
  kind: 'p-value',
  compares: ['categories', 'numbers'],
  defaultThreshold: 0.05,
  compare: (reference, current) => {
    const pair = pairCounts(reference, current)
    const n = pair.referenceTotal
    const m = pair.currentTotal
    const smallest = [pair.reference[0]!, pair.current[0]!] as const
    const pooled = (smallest[0] + smallest[1]) / (n + m)
    if (pooled === 1) return { score: 1, statistic: 0 }
    const difference = smallest[1] / m - smallest[0] / n
    const statistic = difference / Math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    return { score: 2 * normalTail(Math.abs(statistic)), statistic }
  },
  isDrift: isBelow,
}
