import { chiSquareTail } from '../../math/index.ts'
import { isBelow } from './decision.ts'
import { pairCounts } from './paired-counts.ts'
import type { Statistic } from './statistic.ts'

/**
 * Pearson's χ² test of the current counts against the reference's shares, as if these were
 * known and not a sample; the statistic is χ².
 *
 * As in Evidently, a value that the reference does not have makes χ² infinite and p 0, however
 * rare it is; `compareCategories` of our own preset does not.
 */
export const chisquare: Statistic = {
  name: 'chisquare',
  kind: 'p-value',
  compares: ['categories', 'numbers'],
  defaultThreshold: 0.05,
  compare: (reference, current) => {
    const pair = pairCounts(reference, current)
    const scale = pair.currentTotal / pair.referenceTotal
    let sum = 0
    for (let i = 0; i < pair.current.length; i++) {
      const expected = pair.reference[i]! * scale
      const difference = pair.current[i]! - expected
      if (difference !== 0) sum += (difference * difference) / expected
    }
    return { score: chiSquareTail(sum, pair.current.length - 1), statistic: sum }
  },
  isDrift: isBelow,
}
