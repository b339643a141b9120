import { isAbove } from './decision.ts'
import { pairNumbers } from './paired-counts.ts'
import type { Statistic } from './statistic.ts'

/**
 * The energy distance √(2·∫(F − G)²), as scipy computes it, in the root of the column's unit: whoever
 * measures in cents instead of euros finds ten times the distance.
 */
export const ed: Statistic = {
  name: 'ed',
  kind: 'distance',
  compares: ['numbers'],
  defaultThreshold: 0.1,
  compare: (reference, current) => {
    const pair = pairNumbers(reference, current)
    let below = 0
    let belowCurrent = 0
    let area = 0
    for (let i = 0; i + 1 < pair.values.length; i++) {
      below += pair.reference[i]!
      belowCurrent += pair.current[i]!
      const difference = below / pair.referenceTotal - belowCurrent / pair.currentTotal
      area += difference * difference * (pair.values[i + 1]! - pair.values[i]!)
    }
    const distance = Math.sqrt(2 * area) * Math.sqrt(pair.unit)
    return { score: distance, statistic: distance }
  },
  isDrift: isAbove,
}
