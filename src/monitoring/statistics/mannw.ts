import { normalTail } from '../../math/index.ts'
import { isBelow } from './decision.ts'
import { pairNumbers, type PairedNumbers } from './paired-counts.ts'
import type { Statistic } from './statistic.ts'

/**
 * Mann and Whitney's test, as Evidently asks it: one-sided, whether the reference's values are less. It does
 * not see the current values becoming less. The statistic is U, the pairs in which the reference's value is
 * greater, ties as halves.
 *
 * As scipy, p is exact where a side has at most 8 values and none ties, else normal, with the correction for
 * ties and continuity. The exact one is left out where it would take more than 20 million steps.
 */
export const mannw: Statistic = {
  name: 'mannw',
  kind: 'p-value',
  compares: ['numbers'],
  defaultThreshold: 0.05,
  compare: (reference, current) => {
    const pair = pairNumbers(reference, current)
    const { u, ties } = rank(pair)
    return { score: chanceOf(u, ties, pair), statistic: u }
  },
  isDrift: isBelow,
}

function rank({ reference, current }: PairedNumbers): { u: number; ties: number } {
  let belowCurrent = 0
  let u = 0
  let ties = 0
  for (let i = 0; i < reference.length; i++) {
    u += reference[i]! * (belowCurrent + current[i]! / 2)
    belowCurrent += current[i]!
    const count = reference[i]! + current[i]!
    ties += count * count * count - count
  }
  return { u, ties }
}

/** The chance that U is u or less. */
function chanceOf(u: number, ties: number, pair: PairedNumbers): number {
  const n = pair.referenceTotal
  const m = pair.currentTotal
  const few = Math.min(n, m)
  if (few <= 8 && ties === 0 && few * n * m <= 2e7) return exactChance(u, n, m)
  const total = n + m
  const variance = ((n * m) / 12) * (total + 1 - ties / (total * (total - 1)))
  if (!(variance > 0)) return 1
  return normalTail((n * m - u - (n * m) / 2 - 0.5) / Math.sqrt(variance))
}

/** Sums the counts of orders with U up to u: the coefficients of the Gaussian binomial. */
function exactChance(u: number, n: number, m: number): number {
  const last = n * m
  if (u > last / 2) return 1 - exactChance(last - u - 1, n, m)
  if (u < 0) return 0
  const few = Math.min(n, m)
  const many = Math.max(n, m)
  const counts = new Float64Array(u + 1)
  counts[0] = 1
  let all = 1
  for (let i = 1; i <= few; i++) {
    // First by 1/(1 − qⁱ), which only adds, then by 1 − q^(many + i).
    for (let k = i; k <= u; k++) counts[k]! += counts[k - i]!
    for (let k = u; k >= many + i; k--) counts[k]! -= counts[k - many - i]!
    all *= (many + i) / i
  }
  return Math.min(1, counts.reduce((sum, count) => sum + count, 0) / all)
}
