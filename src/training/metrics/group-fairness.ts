import { ToolkitError } from '../../core/errors.ts'
import { checkProbabilities } from './check-predictions.ts'
import { checkThreshold } from './check-threshold.ts'
import { checkWeights, type WeightOptions } from './check-weights.ts'
import { countConfusion, shareOf, type ThresholdOptions } from './confusion-counts.ts'
import { prepareCalibrationError } from './expected-calibration-error.ts'
import { weightedMean } from './weighted-mean.ts'

/** What happens to the rows of one group; shares of weight where rows have weights. */
export interface GroupRates {
  readonly group: string
  /** How many there are, whatever they weigh. */
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
 * @param options - rows from `threshold` upwards are called class 1, default 0.5; `weights` with some in each class of
 *   each group
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a group of a single class, a bad row, weight or threshold.
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
  { threshold = 0.5, weights }: ThresholdOptions = {},
): GroupFairness {
  checkThreshold(threshold)
  const parts = splitByGroup(target, probability, groups, weights)
  return compareRates(parts.map((part) => ratesOf(part, threshold, part.weights)))
}

/** The rows of one group, which has rows of both classes. */
export interface GroupRows {
  readonly group: string
  readonly target: Float64Array
  readonly probability: Float64Array
  readonly weights: Float64Array | undefined
  /** The calibration error of a sample in which row r counts `counts[r]` times. */
  readonly calibrationError: (counts?: ArrayLike<number>) => number
}

/** @throws {ToolkitError} as {@link groupFairness} */
export function splitByGroup(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  groups: readonly string[],
  weights: WeightOptions['weights'],
): GroupRows[] {
  checkProbabilities(target, probability)
  if (weights !== undefined) checkWeights(target.length, weights)
  if (groups.length !== target.length) {
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `there are ${target.length} targets but ${groups.length} groups`,
      { hint: 'pass one group per row' },
    )
  }
  const rowsOf = new Map<string, number[]>()
  for (const [row, group] of groups.entries()) {
    const rows = rowsOf.get(group)
    if (rows === undefined) rowsOf.set(group, [row])
    else rows.push(row)
  }
  const parts = [...rowsOf].map(([group, rows]) => {
    const labels = Float64Array.from(rows, (row) => target[row]!)
    const own = Float64Array.from(rows, (row) => probability[row]!)
    return {
      group,
      target: labels,
      probability: own,
      weights: weights && Float64Array.from(rows, (row) => weights[row]!),
      calibrationError: prepareCalibrationError(labels, own),
    }
  })
  checkClasses(parts)
  return parts
}

function checkClasses(parts: readonly GroupRows[]): void {
  const named = parts.flatMap(({ group, target, weights }) => {
    const counted = weights === undefined ? target : target.filter((_, row) => weights[row]! > 0)
    if (counted.length === 0) return [`the rows of '${group}' weigh nothing`]
    return counted.every((label) => label === counted[0])
      ? [`'${group}' has rows of class ${counted[0]!} only`]
      : []
  })
  if (named.length === 0) return
  throw new ToolkitError('TRAINING_INVALID', named.slice(0, 20).join('; '), {
    hint: 'leave these groups out, or join them with others',
  })
}

/** @param counts - how much each row counts, shape [rows]; once each when absent */
export function ratesOf(
  { group, target, probability, calibrationError }: GroupRows,
  threshold: number,
  counts?: ArrayLike<number>,
): GroupRates {
  const confusion = countConfusion(target, probability, { threshold, weights: counts })
  const selected = confusion.truePositives + confusion.falsePositives
  const positives = confusion.truePositives + confusion.falseNegatives
  const negatives = confusion.falsePositives + confusion.trueNegatives
  return {
    group,
    rows: target.length,
    selectionRate: selected / (positives + negatives),
    truePositiveRate: shareOf(confusion.truePositives, positives),
    falsePositiveRate: shareOf(confusion.falsePositives, negatives),
    precision: shareOf(confusion.truePositives, selected),
    positiveShare: positives / (positives + negatives),
    meanProbability: weightedMean(probability, counts),
    expectedCalibrationError: calibrationError(counts),
  }
}

/** Sets groups beside one another. */
export function compareRates(groups: readonly GroupRates[]): GroupFairness {
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
