import { ToolkitError } from '../../core/errors.ts'
import { isBelow } from './decision.ts'
import { fisherChance } from './fisher-chance.ts'
import { pairCounts } from './paired-counts.ts'
import type { Statistic } from './statistic.ts'

/**
 * Fisher's exact test, two-sided, of two values; the statistic is the odds ratio, infinite or 0 where a count is 0.
 *
 * It throws `DATA_INCOMPARABLE` for more than two values. Evidently refuses sides of different sizes; we do not.
 */
export const fisherExact: Statistic = {
  name: 'fisher_exact',
  kind: 'p-value',
  compares: ['categories', 'numbers'],
  defaultThreshold: 0.1,
  compare: (reference, current) => {
    const pair = pairCounts(reference, current)
    if (pair.reference.length > 2) {
      throw new ToolkitError(
        'DATA_INCOMPARABLE',
        `'fisher_exact' compares two values, and there are ${pair.reference.length}`,
        { hint: `take 'chisquare' or 'g_test'` },
      )
    }
    if (pair.reference.length < 2) return { score: 1, statistic: NaN }
    const before = { count: pair.reference[0]!, of: pair.referenceTotal }
    const after = { count: pair.current[0]!, of: pair.currentTotal }
    const statistic = (before.count * pair.current[1]!) / (pair.reference[1]! * after.count)
    return { score: fisherChance(before, after), statistic }
  },
  isDrift: isBelow,
}
