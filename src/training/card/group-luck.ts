import { isObject } from '../../core/json.ts'
import { chiSquareTail } from '../../math/index.ts'
import { normalUpperQuantile } from '../../math/normal-quantile.ts'

/** Of so many rows of a group, how many are called so or are right. */
interface GroupShare {
  readonly rows: number
  readonly share: number
}

/**
 * How likely groups that a model treats alike differ so much by luck, by the name of the difference: Pearson's χ² test that
 * their shares are one. The largest of many small groups lies far from the smallest by luck alone. Rows that do not count
 * alike are as many as `effective_rows` says.
 *
 * @param groups - as an evaluation's `fairness` has them; nothing is told where they are anything else
 */
export function luckOfDifferences(groups: unknown): Readonly<Record<string, number>> {
  const rates = Array.isArray(groups) ? groups.flatMap(readRates) : []
  if (rates.length < 2) return {}
  const chanceOf = (read: (rates: Rates) => GroupShare): number => chanceOfShares(rates.map(read))
  const found = chanceOf(({ rows, positive_share: positives, true_positive_rate: share }) => ({
    rows: rows * positives,
    share,
  }))
  const alarmed = chanceOf(({ rows, positive_share: positives, false_positive_rate: share }) => ({
    rows: rows * (1 - positives),
    share,
  }))
  return {
    demographic_parity_difference: chanceOf(({ rows, selection_rate: share }) => ({ rows, share })),
    // The larger of two differences: twice as likely by luck as either.
    equalized_odds_difference: Math.min(1, 2 * Math.min(found, alarmed)),
    equal_opportunity_difference: found,
    predictive_parity_difference: chanceOf(
      ({ rows, selection_rate: selected, precision: share }) => ({ rows: rows * selected, share }),
    ),
  }
}

const rateNames = [
  'rows',
  'selection_rate',
  'true_positive_rate',
  'false_positive_rate',
  'precision',
  'positive_share',
] as const

type Rates = Readonly<Record<(typeof rateNames)[number], number>>

function readRates(group: unknown): Rates[] {
  if (!isObject(group)) return []
  const { effective_rows: rows = group['rows'] } = group
  const counted = { ...group, rows }
  return isRates(counted) ? [counted] : []
}

function isRates(group: object): group is Rates {
  return rateNames.every((name) => Number.isFinite(Reflect.get(group, name)))
}

/** 1 where all shares are 0, or 1; groups without rows say nothing. */
function chanceOfShares(groups: readonly GroupShare[]): number {
  const counted = groups.filter(({ rows }) => rows > 0)
  const total = counted.reduce((sum, { rows }) => sum + rows, 0)
  const mean = counted.reduce((sum, { rows, share }) => sum + rows * share, 0) / total
  const spread = mean * (1 - mean)
  if (!(spread > 0)) return 1
  const sum = counted.reduce((all, { rows, share }) => all + rows * (share - mean) ** 2, 0)
  return chiSquareTail(sum / spread, counted.length - 1)
}

interface MeasuredMetric {
  readonly value: number
  readonly lower: number
  readonly upper: number
}

/**
 * The same of measured numbers, by the width of their intervals: Cochran's test that they are one [Cochran 1954].
 *
 * @param level - of the intervals, between 0 and 1
 * @returns NaN for fewer than two, or where an interval has no width
 */
export function chanceOfMetrics(metrics: readonly MeasuredMetric[], level: number): number {
  const wide = 2 * normalUpperQuantile((1 - level) / 2)
  const weights = metrics.map(({ lower, upper }) => (wide / (upper - lower)) ** 2)
  const total = weights.reduce((sum, weight) => sum + weight, 0)
  if (metrics.length < 2 || !Number.isFinite(total)) return Number.NaN
  const mean = metrics.reduce((sum, { value }, i) => sum + weights[i]! * value, 0) / total
  const sum = metrics.reduce((all, { value }, i) => all + weights[i]! * (value - mean) ** 2, 0)
  return chiSquareTail(sum, metrics.length - 1)
}
