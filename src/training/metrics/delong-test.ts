import { ToolkitError } from '../../core/errors.ts'
import { normalTail } from '../../math/incomplete-gamma.ts'
import { normalUpperQuantile } from '../../math/normal-quantile.ts'
import { checkMargin } from './check-margin.ts'
import { checkScores } from './check-predictions.ts'
import { countCumulatively, rankScores } from './ranking.ts'
import type { Interval } from './resample-rows.ts'
import { meanOf } from '../../math/mean.ts'

/** What DeLong's test is asked. */
export interface DelongOptions {
  /** Confidence of the interval, between 0 and 1. Default 0.95. */
  readonly level?: number
  /** How much larger the area of B must be to count as better, from 0. Default 0. */
  readonly margin?: number
}

/** Two areas under the ROC curve of the same rows. */
export interface DelongResult {
  readonly areaA: number
  readonly areaB: number
  /** Area of B minus that of A. */
  readonly difference: number
  readonly standardError: number
  /** Of the difference, by the normal distribution. */
  readonly interval: Interval
  /** Difference / standard error; its square is χ² with one degree of freedom. */
  readonly statistic: number
  /** Two-sided: how likely so large a difference is when the areas are equal. */
  readonly pValue: number
  /** One-sided: how likely so large a lead is when B is not better than A by more than the margin. */
  readonly pValueBetter: number
}

/**
 * DeLong's test of two areas under the ROC curve that two models reach on the
 * same rows, in O(n log n) by mid-ranks. [DeLong 1988, Sun & Xu 2014]
 *
 * The variance is exact arithmetic on how often each row of one class beats the
 * rows of the other. Where it is 0, no chance is left: p is 1 for equal areas and 0 or 1 for others.
 *
 * @param target - 0 or 1, shape [rows]; at least two rows of each class
 * @param scoreA - any finite numbers, higher for class 1, shape [rows]
 * @param scoreB - as `scoreA`, of the other model
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for fewer than two rows of a class, a bad row or option.
 *
 * @example
 * ```ts
 * import { delongTest } from 'ml-pipeline-toolkit'
 * const test = delongTest([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.8], [0.1, 0.2, 0.7, 0.8])
 * test.difference // => 0.25
 * test.pValue > 0.3 // => true
 * ```
 */
export function delongTest(
  target: ArrayLike<number>,
  scoreA: ArrayLike<number>,
  scoreB: ArrayLike<number>,
  { level = 0.95, margin = 0 }: DelongOptions = {},
): DelongResult {
  checkScores(target, scoreA)
  checkScores(target, scoreB)
  const a = placeRows(target, scoreA)
  const b = placeRows(target, scoreB)
  const of = (label: number, { shares }: Placements): Float64Array =>
    shares.filter((_, row) => target[row] === label)
  const variance = varianceOfMean(of(1, b), of(1, a)) + varianceOfMean(of(0, b), of(0, a))
  return judgeAreas({ areaA: a.area, areaB: b.area, variance }, { level, margin })
}

/** What follows from two areas and the variance of their difference. */
export function judgeAreas(
  {
    areaA,
    areaB,
    variance,
  }: { readonly areaA: number; readonly areaB: number; readonly variance: number },
  { level = 0.95, margin = 0 }: DelongOptions,
): DelongResult {
  checkMargin(margin)
  if (!(level > 0 && level < 1)) {
    throw invalid(`'level' is ${level}, expected a number between 0 and 1`, 'pass a confidence')
  }
  const difference = areaB - areaA
  const standardError = Math.sqrt(variance)
  const half = normalUpperQuantile((1 - level) / 2) * standardError
  const statistic = inErrors(difference, standardError)
  return {
    areaA,
    areaB,
    difference,
    standardError,
    interval: [difference - half, difference + half],
    statistic,
    pValue: 2 * normalTail(Math.abs(statistic)),
    pValueBetter:
      standardError === 0
        ? Number(difference <= margin)
        : normalTail(inErrors(difference - margin, standardError)),
  }
}

function inErrors(difference: number, standardError: number): number {
  return difference === 0 ? 0 : difference / standardError
}

/** Where rows stand among those of the other class. */
interface Placements {
  readonly area: number
  /** For each row the share of the rows of the other class that it is ranked right against; equal scores count half. Shape [rows]. */
  readonly shares: Float64Array
}

/** @param target - 0 or 1, shape [rows] */
export function placeRows(target: ArrayLike<number>, score: ArrayLike<number>): Placements {
  const ranking = rankScores(score)
  const { truePositives, falsePositives } = countCumulatively(ranking, target)
  const positives = truePositives.at(-1)!
  const negatives = falsePositives.at(-1)!
  if (positives < 2 || negatives < 2) {
    throw invalid(
      `there are ${negatives} rows of class 0 and ${positives} of class 1, expected two of each`,
      'test on more rows',
    )
  }
  const shares = new Float64Array(target.length)
  let group = 0
  for (const [i, row] of ranking.order.entries()) {
    if (i === ranking.groupEnds[group]) group += 1
    const above = target[row] === 1 ? falsePositives : truePositives
    const strictlyAbove = group === 0 ? 0 : above[group - 1]!
    const middle = (strictlyAbove + above[group]!) / 2
    shares[row] = target[row] === 1 ? 1 - middle / negatives : middle / positives
  }
  const ofPositives = shares.filter((_, row) => target[row] === 1)
  return { shares, area: ofPositives.reduce((sum, share) => sum + share, 0) / positives }
}

/** The variance of the mean of paired differences. */
export function varianceOfMean(b: Float64Array, a: Float64Array): number {
  const differences = b.map((share, i) => share - a[i]!)
  const count = differences.length
  const mean = meanOf(differences)
  return differences.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (count - 1) / count
}

function invalid(message: string, hint: string): ToolkitError {
  return new ToolkitError('TRAINING_INVALID', message, { hint })
}
