import { chiSquareTail, log } from '../../math/index.ts'
import { isBelow } from './decision.ts'
import { pairCounts } from './paired-counts.ts'
import type { Statistic } from './statistic.ts'

/**
 * The likelihood-ratio test of the current counts against the reference's shares; the statistic is
 * G = 2·Σ observed·ln(observed / expected).
 *
 * Evidently refuses sides of different sizes, since it does not scale the expected counts; we do.
 * A value that the reference does not have makes G infinite and p 0.
 */
export const gTest: Statistic = {
  name: 'g_test',
  kind: 'p-value',
  compares: ['categories', 'numbers'],
  defaultThreshold: 0.1,
  compare: (reference, current) => {
    const pair = pairCounts(reference, current)
    const scale = pair.currentTotal / pair.referenceTotal
    let sum = 0
    for (let i = 0; i < pair.current.length; i++) {
      const observed = pair.current[i]!
      if (observed > 0) sum += observed * log(observed / (pair.reference[i]! * scale))
    }
    const statistic = Math.max(0, 2 * sum)
    return { score: chiSquareTail(statistic, pair.current.length - 1), statistic }
  },
  isDrift: isBelow,
}
