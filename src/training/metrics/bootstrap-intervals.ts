import { checkProbabilities } from './check-predictions.ts'
import { checkThreshold } from './check-threshold.ts'
import { checkClassWeights, type WeightOptions } from './check-weights.ts'
import { checkShare } from './lift-score.ts'
import {
  type BootstrapOptions,
  checkBootstrapOptions,
  createSampler,
  type Interval,
  percentileInterval,
} from './resample-rows.ts'
import {
  metricNames,
  type MetricName,
  type MetricSettings,
  prepareMetrics,
} from './resampled-metric.ts'

/**
 * Percentile bootstrap of every metric over the same resampled rows: how far
 * each would move with another sample of this size. [Efron & Tibshirani 1993, §13]
 * The calibration error of a resample is higher than that of the rows on the whole,
 * because noise adds to every distance: its interval lies high.
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a single class, a bad row or option.
 *
 * @example
 * ```ts
 * import { bootstrapIntervals, createRandom } from 'ml-pipeline-toolkit'
 * const { rocAuc } = bootstrapIntervals([0, 1, 0, 1], [0.1, 0.6, 0.4, 0.9], { random: createRandom(1) })
 * rocAuc // => [1, 1]
 * ```
 */
export function bootstrapIntervals(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  options: BootstrapOptions & MetricSettings & WeightOptions,
): Readonly<Record<MetricName, Interval>> {
  const intervals = bootstrapSome(metricNames, target, probability, options)
  const interval = (name: MetricName): Interval => intervals[metricNames.indexOf(name)]!
  return {
    rocAuc: interval('rocAuc'),
    averagePrecision: interval('averagePrecision'),
    logLoss: interval('logLoss'),
    brier: interval('brier'),
    accuracy: interval('accuracy'),
    precision: interval('precision'),
    recall: interval('recall'),
    f1: interval('f1'),
    expectedCalibrationError: interval('expectedCalibrationError'),
    kolmogorovSmirnov: interval('kolmogorovSmirnov'),
    lift: interval('lift'),
  }
}

/** As {@link bootstrapIntervals}, of some metrics: the same intervals for less work. Their order is that of the names. */
export function bootstrapSome(
  names: readonly MetricName[],
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  options: BootstrapOptions & MetricSettings & WeightOptions,
): readonly Interval[] {
  const { random, replicates, level } = checkBootstrapOptions(options)
  checkProbabilities(target, probability)
  checkClassWeights(target, options.weights)
  if (options.threshold !== undefined) checkThreshold(options.threshold)
  if (options.share !== undefined) checkShare(options.share)
  const metricsOf = prepareMetrics(names, target, probability, options)
  const draw = createSampler(target, options.weights, random)
  const samples = Array.from({ length: replicates }, () => metricsOf(draw()))
  return names.map((_, i) =>
    percentileInterval(
      Float64Array.from(samples, (sample) => sample[i]!),
      level,
    ),
  )
}
