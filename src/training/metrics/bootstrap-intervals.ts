import { checkProbabilities } from './check-predictions.ts'
import {
  type BootstrapOptions,
  checkBootstrapOptions,
  fillResampledCounts,
  type Interval,
  percentileInterval,
} from './resample-rows.ts'
import { type MetricName, prepareMetric, type ResampledMetric } from './resampled-metric.ts'

/**
 * Percentile bootstrap of every metric over the same resampled rows: how far
 * each would move with another sample of this size. [Efron & Tibshirani 1993, §13]
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
  options: BootstrapOptions,
): Readonly<Record<MetricName, Interval>> {
  const { random, replicates, level } = checkBootstrapOptions(options)
  checkProbabilities(target, probability)
  const prepare = (name: MetricName): Replicated => ({
    metric: prepareMetric(name, target, probability),
    values: new Float64Array(replicates),
  })
  const replicated = {
    rocAuc: prepare('rocAuc'),
    averagePrecision: prepare('averagePrecision'),
    logLoss: prepare('logLoss'),
    brier: prepare('brier'),
    accuracy: prepare('accuracy'),
  }
  const counts = new Uint32Array(target.length)
  for (let replicate = 0; replicate < replicates; replicate++) {
    fillResampledCounts(counts, target, random)
    for (const { metric, values } of Object.values(replicated)) values[replicate] = metric(counts)
  }
  const interval = ({ values }: Replicated): Interval => percentileInterval(values, level)
  return {
    rocAuc: interval(replicated.rocAuc),
    averagePrecision: interval(replicated.averagePrecision),
    logLoss: interval(replicated.logLoss),
    brier: interval(replicated.brier),
    accuracy: interval(replicated.accuracy),
  }
}

interface Replicated {
  readonly metric: ResampledMetric
  readonly values: Float64Array
}
