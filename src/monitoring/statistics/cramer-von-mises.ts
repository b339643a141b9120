import { greatestDivisor, cramerVonMisesTail } from '../../math/index.ts'
import { isAtMost } from './decision.ts'
import { pairNumbers, type PairedNumbers } from './paired-counts.ts'
import type { Statistic } from './statistic.ts'

/**
 * Cramér and von Mises' test of two samples, with middle ranks where values tie; the statistic is T.
 * [Anderson 1962]
 *
 * As scipy, p is exact where neither side has more than 20 values, else that of the limit. A side
 * with a single value has p = 1: the test needs two.
 */
export const cramerVonMises: Statistic = {
  name: 'cramer_von_mises',
  kind: 'p-value',
  compares: ['numbers'],
  defaultThreshold: 0.1,
  compare: (reference, current) => {
    const pair = pairNumbers(reference, current)
    const n = pair.referenceTotal
    const m = pair.currentTotal
    const u =
      n * squaresOfRanks(pair.reference, pair.current) +
      m * squaresOfRanks(pair.current, pair.reference)
    const statistic = u / (n * m * (n + m)) - (4 * n * m - 1) / (6 * (n + m))
    if (n < 2 || m < 2) return { score: 1, statistic }
    const score = Math.max(n, m) > 20 ? limitChance(statistic, pair) : exactChance(u, n, m)
    return { score, statistic }
  },
  isDrift: isAtMost,
}

/** Σ (rank among both − rank among its own)², over the values of one side. */
function squaresOfRanks(own: Float64Array, other: Float64Array): number {
  let belowOwn = 0
  let belowOther = 0
  let sum = 0
  for (let i = 0; i < own.length; i++) {
    const count = own[i]!
    // Among its own, equal values have the ranks belowOwn + 1 … belowOwn + count; among both one, in the middle.
    const middle = belowOther + (other[i]! + 1 - count) / 2 + count
    const mean = middle - (count + 1) / 2
    sum += count * mean * mean + (count * (count * count - 1)) / 12
    belowOwn += count
    belowOther += other[i]!
  }
  return sum
}

function limitChance(
  statistic: number,
  { referenceTotal: n, currentTotal: m }: PairedNumbers,
): number {
  const total = n + m
  const mean = (1 + 1 / total) / 6
  const variance =
    ((total + 1) * (4 * n * m * total - 3 * (n * n + m * m) - 2 * n * m)) /
    (45 * total * total * 4 * n * m)
  return cramerVonMisesTail(1 / 6 + (statistic - mean) / Math.sqrt(45 * variance))
}

/**
 * The share of all orders of two samples whose U is u or more, by walking all lattice paths and
 * counting those with the same sum together. [Xiao et al. 2006]
 */
function exactChance(u: number, n: number, m: number): number {
  const multiple = (n / greatestDivisor(n, m)) * m
  const [a, b] = [multiple / n, multiple / m]
  const needed = Math.floor(
    (multiple * multiple * (n + m) * (6 * u - n * m * (4 * n * m - 1))) / (6 * n * m * n * m),
  )
  let rows: Map<number, number>[] = []
  for (let y = 0; y <= m; y++) {
    const next: Map<number, number>[] = []
    for (let x = 0; x <= n; x++) {
      const distance = a * x - b * y
      const before = [rows[x], next[x - 1]].filter((paths) => paths !== undefined)
      next.push(
        x === 0 && y === 0 ? new Map([[0, 1]]) : addStep(before, distance * distance, needed),
      )
    }
    rows = next
  }
  const paths = rows[n]!
  let all = 0
  for (const count of paths.values()) all += count
  let far = 0
  for (const [sum, count] of paths) if (sum >= needed) far += count
  return far / all
}

/** Sums from `needed` on are one: they can only grow. */
function addStep(
  before: readonly Map<number, number>[],
  step: number,
  needed: number,
): Map<number, number> {
  const result = new Map<number, number>()
  for (const paths of before) {
    for (const [sum, count] of paths) {
      const next = sum + step >= needed ? Math.max(needed, 0) : sum + step
      result.set(next, (result.get(next) ?? 0) + count)
    }
  }
  return result
}
