import { ToolkitError } from '../../core/errors.ts'
import { checkProbabilities } from './check-predictions.ts'
import { checkThreshold } from './check-threshold.ts'
import { countConfusion, shareOf } from './confusion-counts.ts'
import { prepareCalibrationError } from './expected-calibration-error.ts'

/** What happens to the rows of one group. */
export interface GroupRates {
  readonly group: string
  readonly rows: number
  /** Share that is called class 1. */
  readonly selectionRate: number
  /** Share of those of class 1 that is called class 1. */
  readonly truePositiveRate: number
  /** Share of those of class 0 that is called class 1. */
  readonly falsePositiveRate: number
  /** Share of those called class 1 that is of class 1; 0 when none is. */
  readonly precision: number
  /** Share that is of class 1. */
  readonly positiveShare: number
  readonly meanProbability: number
  readonly expectedCalibrationError: number
}

/** Groups beside one another; differences are largest minus smallest, ratios smallest over largest. */
export interface GroupFairness {
  /** In the order in which they first come. */
  readonly groups: readonly GroupRates[]
  /** Of the selection rates; 0 is parity. */
  readonly demographicParityDifference: number
  /** Of the selection rates; 1 is parity, also when nobody is selected. */
  readonly demographicParityRatio: number
  /** The larger of the differences of the true and of the false positive rates. */
  readonly equalizedOddsDifference: number
  /** The smaller of their ratios. */
  readonly equalizedOddsRatio: number
  /** Of the true positive rates. */
  readonly equalOpportunityDifference: number
  readonly equalOpportunityRatio: number
  /** Of the precisions. */
  readonly predictiveParityDifference: number
  /** Of the expected calibration errors. */
  readonly calibrationDifference: number
}

/**
 * Compares what a model does to groups of rows, by fairlearn's names. The
 * measures exclude one another: where groups differ in how often class 1 comes, no
 * model has parity in all of them. [Chouldechova 2017]
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @param groups - the group of each row, shape [rows]
 * @param options - rows from `threshold` upwards are called class 1; default 0.5
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a group of a single class, a bad row or threshold.
 *
 * @example
 * ```ts
 * import { groupFairness } from 'ml-pipeline-toolkit'
 * const groups = ['a', 'a', 'b', 'b']
 * const fairness = groupFairness([0, 1, 0, 1], [0.1, 0.9, 0.6, 0.9], groups)
 * fairness.demographicParityDifference // => 0.5
 * fairness.equalOpportunityDifference // => 0
 * ```
 */
export function groupFairness(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  groups: readonly string[],
  { threshold = 0.5 }: { readonly threshold?: number } = {},
): GroupFairness {
  checkProbabilities(target, probability)
  checkThreshold(threshold)
  if (groups.length !== target.length) {
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `there are ${target.length} targets but ${groups.length} groups`,
      { hint: 'pass one group per row' },
    )
  }
  const rates = [...new Set(groups)].map((group) => {
    const rows = [...groups.keys()].filter((row) => groups[row] === group)
    const of = (values: ArrayLike<number>): Float64Array =>
      Float64Array.from(rows, (row) => values[row]!)
    return ratesOf(group, { target: of(target), probability: of(probability), threshold })
  })
  checkClasses(rates)
  return compareRates(rates)
}

function ratesOf(
  group: string,
  rows: {
    readonly target: Float64Array
    readonly probability: Float64Array
    readonly threshold: number
  },
): GroupRates {
  const { target, probability } = rows
  const counts = countConfusion(target, probability, rows)
  const selected = counts.truePositives + counts.falsePositives
  const positives = counts.truePositives + counts.falseNegatives
  return {
    group,
    rows: target.length,
    selectionRate: selected / target.length,
    truePositiveRate: shareOf(counts.truePositives, positives),
    falsePositiveRate: shareOf(counts.falsePositives, target.length - positives),
    precision: shareOf(counts.truePositives, selected),
    positiveShare: positives / target.length,
    meanProbability: probability.reduce((sum, p) => sum + p, 0) / target.length,
    expectedCalibrationError: prepareCalibrationError(target, probability)(),
  }
}

function checkClasses(rates: readonly GroupRates[]): void {
  const single = rates.filter(({ positiveShare: share }) => share === 0 || share === 1)
  if (single.length === 0) return
  const named = single
    .slice(0, 20)
    .map(({ group, positiveShare }) => `'${group}' has rows of class ${positiveShare} only`)
  throw new ToolkitError('TRAINING_INVALID', named.join('; '), {
    hint: 'leave these groups out, or join them with others',
  })
}

function compareRates(groups: readonly GroupRates[]): GroupFairness {
  const selection = groups.map((group) => group.selectionRate)
  const found = groups.map((group) => group.truePositiveRate)
  const alarmed = groups.map((group) => group.falsePositiveRate)
  return {
    groups,
    demographicParityDifference: differenceOf(selection),
    demographicParityRatio: ratioOf(selection),
    equalizedOddsDifference: Math.max(differenceOf(found), differenceOf(alarmed)),
    equalizedOddsRatio: Math.min(ratioOf(found), ratioOf(alarmed)),
    equalOpportunityDifference: differenceOf(found),
    equalOpportunityRatio: ratioOf(found),
    predictiveParityDifference: differenceOf(groups.map((group) => group.precision)),
    calibrationDifference: differenceOf(groups.map((group) => group.expectedCalibrationError)),
  }
}

function differenceOf(rates: readonly number[]): number {
  return Math.max(...rates) - Math.min(...rates)
}

function ratioOf(rates: readonly number[]): number {
  const largest = Math.max(...rates)
  return largest === 0 ? 1 : Math.min(...rates) / largest
}
