import { greatestDivisor, kolmogorovTail } from '../../math/index.ts'
import { isAtMost } from './decision.ts'
import { pairNumbers, type PairedNumbers } from './paired-counts.ts'
import type { Statistic } from './statistic.ts'

/**
 * Kolmogorov and Smirnov's two-sided test of two samples; the statistic is D, the greatest
 * distance between the two cumulative shares.
 *
 * As scipy, p is exact while neither side has more than 10,000 values, else that of one sample
 * of n·m/(n + m) values. The exact one is left out, too, where it would take more than 20
 * million steps; there p is below 10⁻⁴⁰. It is on the safe side where values tie.
 */
export const ks: Statistic = {
  name: 'ks',
  kind: 'p-value',
  compares: ['numbers'],
  defaultThreshold: 0.05,
  compare: (reference, current) => {
    const pair = pairNumbers(reference, current)
    const distance = greatestDistance(pair)
    return { score: chanceOf(distance, pair), statistic: distance }
  },
  isDrift: isAtMost,
}

function greatestDistance({
  reference,
  current,
  referenceTotal,
  currentTotal,
}: PairedNumbers): number {
  let below = 0
  let belowCurrent = 0
  let greatest = 0
  for (let i = 0; i < reference.length; i++) {
    below += reference[i]!
    belowCurrent += current[i]!
    greatest = Math.max(greatest, Math.abs(below / referenceTotal - belowCurrent / currentTotal))
  }
  return greatest
}

function chanceOf(distance: number, pair: PairedNumbers): number {
  const m = Math.max(pair.referenceTotal, pair.currentTotal)
  const n = Math.min(pair.referenceTotal, pair.currentTotal)
  if (m <= 10_000 && Number.isInteger(m) && Number.isInteger(n)) {
    const divisor = greatestDivisor(m, n)
    const steps = Math.round(distance * (m / divisor) * n)
    if (steps === 0) return 1
    if (m === n) return leavingSquare(n, steps)
    if (2 * steps * divisor <= mostSteps) return leavingBand({ m, n, divisor, steps })
  }
  const size = Math.max(1, roundHalfToEven((m * n) / (m + n)))
  return kolmogorovTail(size, distance)
}

const mostSteps = 2e7

/**
 * The share of all lattice paths from (0, 0) to (n, n) that touch |x − y| = steps, by reflection:
 * 2·(C(2n, n − s) − C(2n, n − 2s) + …) / C(2n, n), from the inside out so that nothing cancels.
 */
function leavingSquare(n: number, steps: number): number {
  let share = 0
  for (let k = Math.floor(n / steps) - 1; k >= 0; k--) {
    let ratio = 1
    for (let j = 0; j < steps; j++) {
      ratio *= (n - k * steps - j) / (n + k * steps + j + 1)
    }
    share = ratio * (1 - share)
  }
  return Math.min(1, Math.max(0, 2 * share))
}

/**
 * The share of all lattice paths from (0, 0) to (m, n) that touch |x/m − y/n| ≥ steps / lcm(m, n):
 * at (x, y) inside it is (x·share(x − 1, y) + y·share(x, y − 1)) / (x + y), outside 1. [Hodges 1958]
 */
function leavingBand({
  m,
  n,
  divisor,
  steps,
}: {
  readonly m: number
  readonly n: number
  readonly divisor: number
  readonly steps: number
}): number {
  const [wide, high] = [m / divisor, n / divisor]
  const shares = new Float64Array(n + 1).fill(1)
  shares.fill(0, 0, Math.min(n + 1, Math.ceil(steps / wide)))
  for (let x = 1; x <= m; x++) {
    const first = Math.max(0, Math.floor((high * x - steps) / wide) + 1)
    const last = Math.min(n, Math.ceil((high * x + steps) / wide) - 1)
    if (last < first) return 1
    if (first > 0) shares[first - 1] = 1
    let share = first > 0 ? 1 : 0
    for (let y = first; y <= last; y++) {
      // Whatever does not need the share before it is worked out while that one is.
      const part = 1 / (x + y)
      share = x * part * shares[y]! + y * part * share
      shares[y] = share
    }
  }
  return Math.min(1, shares[n]!)
}

/** As numpy rounds: 2.5 to 2, 3.5 to 4. */
function roundHalfToEven(x: number): number {
  const below = Math.floor(x)
  if (x - below !== 0.5) return Math.round(x)
  return below % 2 === 0 ? below : below + 1
}
