import { checkQuantities } from './check-quantities.ts'
import { rowPoissonDeviances } from './mean-poisson-deviance.ts'
import { weightedMean } from './weighted-mean.ts'
import { weightedVariance } from './weighted-variance.ts'

/** Metrics of predicted numbers, by scikit-learn's names. */
export interface ValueMetrics {
  /** Root of the mean squared error, in the unit of the target. */
  readonly rmse: number
  /** Mean absolute error. */
  readonly mae: number
  /** Share of the target's variation that is explained; 0 for a constant target, unless every prediction is right. */
  readonly r2: number
  /** Mean absolute error as a share of the target; of targets near 0 it says nothing. */
  readonly mape: number
  /** Of the quantile that was named; at 0.5 half the mean absolute error. */
  readonly pinball_loss: number
  /** Mean of prediction less target: above 0 where the model says too much. */
  readonly mean_error: number
  /** Of counts that are predicted above 0. */
  readonly mean_poisson_deviance?: number
}

/** What some of the metrics need to know. */
export interface ValueSettings {
  /** Of the pinball loss, from 0 to 1. */
  readonly quantile: number
  /** Whether targets are counts from 0 on and predictions above 0, which have a deviance. */
  readonly isCount?: boolean
}

/**
 * Metrics of samples of the same rows, in which row r counts `counts[r]` times: what does not change is made once. Their sum
 * must be above 0.
 *
 * @param target - finite numbers, shape [rows]
 * @param prediction - finite numbers, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for no rows or a bad row
 */
export function prepareValueMetrics(
  target: ArrayLike<number>,
  prediction: ArrayLike<number>,
  { quantile, isCount = false }: ValueSettings,
): (counts: ArrayLike<number>) => ValueMetrics {
  checkQuantities(target, prediction, {})
  const errors = Float64Array.from(target, (value, row) => prediction[row]! - value)
  const absolute = errors.map(Math.abs)
  const squared = errors.map((error) => error ** 2)
  const relative = absolute.map((error, row) => error / Math.max(Math.abs(target[row]!), 2 ** -52))
  const pinball = errors.map((error) => (error <= 0 ? -quantile * error : (1 - quantile) * error))
  const deviances = isCount ? rowPoissonDeviances(target, prediction) : undefined
  return (counts) => {
    const whole = weightedVariance(target, counts)
    const rest = weightedMean(squared, counts)
    return {
      rmse: Math.sqrt(rest),
      mae: weightedMean(absolute, counts),
      r2: whole === 0 ? Number(rest === 0) : 1 - rest / whole,
      mape: weightedMean(relative, counts),
      pinball_loss: weightedMean(pinball, counts),
      mean_error: weightedMean(errors, counts),
      ...(deviances && { mean_poisson_deviance: weightedMean(deviances, counts) }),
    }
  }
}
