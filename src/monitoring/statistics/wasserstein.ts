import { isAtLeast } from './decision.ts'
import { momentsOf } from './moments.ts'
import { pairNumbers, type PairedNumbers } from './paired-counts.ts'
import type { Statistic } from './statistic.ts'

/**
 * The mean distance that values must travel to turn one distribution into the other, in standard
 * deviations of the reference: ∫|F − G| / max(σ, 0.001), as Evidently norms it.
 */
export const wasserstein: Statistic = {
  name: 'wasserstein',
  kind: 'distance',
  compares: ['numbers'],
  defaultThreshold: 0.1,
  compare: (reference, current) => {
    const pair = pairNumbers(reference, current)
    const deviation = Math.sqrt(momentsOf(pair.values, pair.reference).variance)
    const distance = areaBetween(pair) / Math.max(deviation, 0.001 / pair.unit)
    return { score: distance, statistic: distance }
  },
  isDrift: isAtLeast,
}

function areaBetween({
  values,
  reference,
  current,
  referenceTotal,
  currentTotal,
}: PairedNumbers): number {
  let below = 0
  let belowCurrent = 0
  let area = 0
  for (let i = 0; i + 1 < values.length; i++) {
    below += reference[i]!
    belowCurrent += current[i]!
    const difference = Math.abs(below / referenceTotal - belowCurrent / currentTotal)
    area += difference * (values[i + 1]! - values[i]!)
  }
  return area
}
