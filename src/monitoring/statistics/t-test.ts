import { studentTails } from '../../math/index.ts'
import { isBelow } from './decision.ts'
import { momentsOf } from './moments.ts'
import { pairNumbers } from './paired-counts.ts'
import type { Statistic } from './statistic.ts'

/**
 * Student's t test of two means, two-sided, with one variance for both sides; the statistic is t, above 0
 * when the reference's mean is greater. Two samples of one and the same value have p = 1.
 */
export const tTest: Statistic = {
  name: 't_test',
  kind: 'p-value',
  compares: ['numbers'],
  defaultThreshold: 0.05,
  compare: (reference, current) => {
    const pair = pairNumbers(reference, current)
    // Near 0 the difference of the means keeps its digits.
    const centre = pair.values[Math.floor(pair.values.length / 2)]!
    const values = pair.values.map((value) => value - centre)
    const before = momentsOf(values, pair.reference)
    const after = momentsOf(values, pair.current)
    const degrees = before.total + after.total - 2
    const squares = before.total * before.variance + after.total * after.variance
    const difference = before.mean - after.mean
    if (difference === 0 || degrees <= 0) return { score: 1, statistic: 0 }
    const error = Math.sqrt((squares / degrees) * (1 / before.total + 1 / after.total))
    const statistic = difference / error
    return { score: studentTails(statistic, degrees), statistic }
  },
  isDrift: isBelow,
}
