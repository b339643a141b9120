import { checkProbabilities } from './check-predictions.ts'
import { checkClassWeights, type WeightOptions } from './check-weights.ts'
import { weightedMean } from './weighted-mean.ts'

/**
 * Brier score: the mean squared distance of the probabilities from what came, 0 to 1.
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a single class, a bad row or weight.
 *
 * @example
 * ```ts
 * import { brierScoreLoss } from 'ml-pipeline-toolkit'
 * brierScoreLoss([0, 1], [0.5, 1]) // => 0.125
 * ```
 */
export function brierScoreLoss(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  { weights }: WeightOptions = {},
): number {
  checkProbabilities(target, probability)
  checkClassWeights(target, weights)
  return weightedMean(rowBrierLosses(target, probability), weights)
}

/** The squared distance of each row, shape [rows]. */
export function rowBrierLosses(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
): Float64Array {
  return Float64Array.from(target, (label, row) => (probability[row]! - label) ** 2)
}
