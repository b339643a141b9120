import { checkProbabilities } from './check-predictions.ts'

/**
 * Brier score: the mean squared distance of the probabilities from what came, 0 to 1.
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a single class or a bad row.
 *
 * @example
 * ```ts
 * import { brierScoreLoss } from 'ml-pipeline-toolkit'
 * brierScoreLoss([0, 1], [0.5, 1]) // => 0.125
 * ```
 */
export function brierScoreLoss(target: ArrayLike<number>, probability: ArrayLike<number>): number {
  checkProbabilities(target, probability)
  return rowBrierLosses(target, probability).reduce((sum, loss) => sum + loss, 0) / target.length
}

/** The squared distance of each row, shape [rows]. */
export function rowBrierLosses(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
): Float64Array {
  return Float64Array.from(target, (label, row) => (probability[row]! - label) ** 2)
}
