import { checkThreshold } from './check-threshold.ts'
import type { ThresholdOptions } from './confusion-counts.ts'
import { compareRates, type GroupFairness, ratesOf, splitByGroup } from './group-fairness.ts'
import {
  type BootstrapOptions,
  checkBootstrapOptions,
  createSampler,
  type Interval,
  percentileInterval,
} from './resample-rows.ts'

/** What is measured between groups: differences and ratios. */
export type FairnessMeasure = Exclude<keyof GroupFairness, 'groups'>

/**
 * Percentile bootstrap of every measure between groups, over the same resamples.
 * Rows are drawn within their group, so that the sizes of the groups stay.
 *
 * A difference is the largest rate minus the smallest, so noise adds to it and its
 * interval lies high: groups that a model treats alike differ by luck, too.
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @param groups - the group of each row, shape [rows]
 * @throws {ToolkitError} as `groupFairness`; `TRAINING_INVALID` for a bad option
 *
 * @example
 * ```ts
 * import { createRandom, fairnessIntervals } from 'ml-pipeline-toolkit'
 * const groups = ['a', 'a', 'b', 'b']
 * const options = { random: createRandom(1), replicates: 50 }
 * fairnessIntervals([0, 1, 0, 1], [0.1, 0.9, 0.2, 0.8], groups, options).equalOpportunityDifference // => [0, 0]
 * ```
 */
export function fairnessIntervals(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  groups: readonly string[],
  options: BootstrapOptions & ThresholdOptions,
): Readonly<Record<FairnessMeasure, Interval>> {
  const { random, replicates, level } = checkBootstrapOptions(options)
  const { threshold = 0.5, weights } = options
  checkThreshold(threshold)
  const parts = splitByGroup(target, probability, groups, weights).map((part) => ({
    part,
    draw: createSampler(part.target, part.weights, random),
  }))
  const samples = Array.from({ length: replicates }, () =>
    compareRates(parts.map(({ part, draw }) => ratesOf(part, threshold, draw()))),
  )
  const interval = (measure: FairnessMeasure): Interval =>
    percentileInterval(
      Float64Array.from(samples, (sample) => sample[measure]),
      level,
    )
  return {
    demographicParityDifference: interval('demographicParityDifference'),
    demographicParityRatio: interval('demographicParityRatio'),
    equalizedOddsDifference: interval('equalizedOddsDifference'),
    equalizedOddsRatio: interval('equalizedOddsRatio'),
    equalOpportunityDifference: interval('equalOpportunityDifference'),
    equalOpportunityRatio: interval('equalOpportunityRatio'),
    predictiveParityDifference: interval('predictiveParityDifference'),
    calibrationDifference: interval('calibrationDifference'),
  }
}
