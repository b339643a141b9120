import type { Distribution } from '../../data/profile/distribution.ts'
import { log } from '../../math/index.ts'
import { isAtLeast } from './decision.ts'
import { pairCounts, type PairedCounts } from './paired-counts.ts'
import type { Statistic } from './statistic.ts'
import { pairShares } from './sturges.ts'
import { fillZeros } from './zero-shares.ts'

/**
 * The population stability index as Evidently computes it: Σ (p − q)·ln(p / q) over its bins or values,
 * an empty one taken as a ten-thousandth. [Siddiqi 2006, §5]
 *
 * It grows as samples shrink; `correctedStabilityIndex` of our own preset does not.
 */
export const psi: Statistic = {
  name: 'psi',
  kind: 'distance',
  compares: ['categories', 'numbers'],
  defaultThreshold: 0.1,
  compare: (reference, current) => {
    const shares = pairShares(reference, current)
    const ps = fillZeros(shares.reference)
    const qs = fillZeros(shares.current)
    let sum = 0
    for (let i = 0; i < ps.length; i++) sum += (ps[i]! - qs[i]!) * log(ps[i]! / qs[i]!)
    return { score: sum, statistic: sum }
  },
  isDrift: isAtLeast,
}

/**
 * The population stability index that is left when what chance alone brings is taken away:
 * Σ (p − q)·ln(p / q) − (k − 1)·(1/n + 1/m), not below 0. [Yurdakul & Naranjo 2020]
 *
 * Numbers of more than 20 distinct values are compared in ten bins that both sides together fill
 * evenly, everything else by value. Half an observation is added to each count, so that no bin is empty.
 *
 * @throws {ToolkitError} `DATA_INCOMPARABLE` for different kinds, or a side without a value.
 */
export function correctedStabilityIndex(reference: Distribution, current: Distribution): number {
  const pair = pairCounts(reference, current)
  const counts = reference.kind === 'numbers' && pair.reference.length > 20 ? toTenths(pair) : pair
  const bins = counts.reference.length
  let sum = 0
  for (let i = 0; i < bins; i++) {
    const p = (counts.reference[i]! + 0.5) / (pair.referenceTotal + bins / 2)
    const q = (counts.current[i]! + 0.5) / (pair.currentTotal + bins / 2)
    sum += (p - q) * log(p / q)
  }
  return Math.max(0, sum - (bins - 1) * (1 / pair.referenceTotal + 1 / pair.currentTotal))
}

/** Counts in up to ten bins: each value is where the middle of its rows falls. */
function toTenths(pair: PairedCounts): Pick<PairedCounts, 'reference' | 'current'> {
  const reference: number[] = []
  const current: number[] = []
  const total = pair.referenceTotal + pair.currentTotal
  let below = 0
  let last = -1
  for (let i = 0; i < pair.reference.length; i++) {
    const count = pair.reference[i]! + pair.current[i]!
    const tenth = Math.floor((10 * (below + count / 2)) / total)
    if (tenth !== last) {
      reference.push(0)
      current.push(0)
    }
    last = tenth
    reference[reference.length - 1]! += pair.reference[i]!
    current[current.length - 1]! += pair.current[i]!
    below += count
  }
  return { reference: Float64Array.from(reference), current: Float64Array.from(current) }
}
