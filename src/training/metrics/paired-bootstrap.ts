import { checkMargin } from './check-margin.ts'
import { checkProbabilities } from './check-predictions.ts'
import { checkClassWeights, type WeightOptions } from './check-weights.ts'
import {
  type BootstrapOptions,
  checkBootstrapOptions,
  createSampler,
  type Interval,
  percentileInterval,
} from './resample-rows.ts'
import { metricDirections, type MetricName, prepareMetric } from './resampled-metric.ts'

/** Which metric is compared, and how it is resampled. */
export interface PairedBootstrapOptions extends BootstrapOptions, WeightOptions {
  readonly metric: MetricName
  /** How much better B must be to count as better: 0 or more, in the unit of the metric. Default 0. */
  readonly margin?: number
}

/** Model B against model A on the same rows. */
export interface PairedComparison {
  /** The metric of B minus that of A, over the rows as they are. */
  readonly difference: number
  /** Percentile interval of the difference. */
  readonly interval: Interval
  /** Share of replicates in which B is strictly better: higher or lower, as the metric wants. */
  readonly shareBetter: number
  /**
   * One-sided: how likely so large a lead is when B is not better than A by more than the margin.
   * (replicates in which it is not + 1) / (replicates + 1), so never 0. [Davison & Hinkley 1997, §4]
   */
  readonly pValue: number
}

/**
 * Compares model B with model A on the same rows: both are measured on each
 * resample, so that rows hard for both do not blur the difference.
 *
 * @param target - 0 or 1, shape [rows]
 * @param probabilityA - of class 1 from model A, shape [rows]
 * @param probabilityB - of class 1 from model B, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a single class, a bad row or option.
 *
 * @example
 * ```ts
 * import { createRandom, pairedBootstrap } from 'ml-pipeline-toolkit'
 * const options = { metric: 'brier', random: createRandom(1) } as const
 * pairedBootstrap([0, 1], [0.5, 0.5], [0, 1], options).shareBetter // => 1
 * ```
 */
export function pairedBootstrap(
  target: ArrayLike<number>,
  probabilityA: ArrayLike<number>,
  probabilityB: ArrayLike<number>,
  options: PairedBootstrapOptions,
): PairedComparison {
  const { random, replicates, level } = checkBootstrapOptions(options)
  const margin = checkMargin(options.margin ?? 0)
  checkProbabilities(target, probabilityA)
  checkProbabilities(target, probabilityB)
  const metricA = prepareMetric(options.metric, target, probabilityA)
  const metricB = prepareMetric(options.metric, target, probabilityB)
  const sign = metricDirections[options.metric] === 'higher' ? 1 : -1
  checkClassWeights(target, options.weights)
  const whole =
    options.weights === undefined
      ? new Uint32Array(target.length).fill(1)
      : Float64Array.from(options.weights)
  const difference = metricB(whole) - metricA(whole)
  const draw = createSampler(target, options.weights, random)
  const differences = new Float64Array(replicates)
  for (let replicate = 0; replicate < replicates; replicate++) {
    const counts = draw()
    differences[replicate] = metricB(counts) - metricA(counts)
  }
  const countAbove = (least: number): number =>
    differences.reduce((count, value) => count + Number(sign * value > least), 0)
  return {
    difference,
    interval: percentileInterval(differences, level),
    shareBetter: countAbove(0) / replicates,
    pValue: (replicates - countAbove(margin) + 1) / (replicates + 1),
  }
}
