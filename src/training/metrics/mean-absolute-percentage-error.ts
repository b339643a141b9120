import { checkQuantities } from './check-quantities.ts'
import type { WeightOptions } from './check-weights.ts'
import { weightedMean } from './weighted-mean.ts'

/**
 * Mean of |prediction − target| / |target|: 1 is 100 %.
 *
 * As in scikit-learn, a target nearer to 0 than 2⁻⁵² counts as 2⁻⁵²: one such
 * row outweighs all others, so measure such targets otherwise.
 *
 * @param target - finite numbers, shape [rows]
 * @param prediction - finite numbers, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for no rows, a bad row or weight.
 *
 * @example
 * ```ts
 * import { meanAbsolutePercentageError } from 'ml-pipeline-toolkit'
 * meanAbsolutePercentageError([1, 2], [1.5, 1]) // => 0.5
 * ```
 */
export function meanAbsolutePercentageError(
  target: ArrayLike<number>,
  prediction: ArrayLike<number>,
  { weights }: WeightOptions = {},
): number {
  checkQuantities(target, prediction, { weights })
  const losses = Float64Array.from(
    target,
    (value, row) => Math.abs(prediction[row]! - value) / Math.max(Math.abs(value), 2 ** -52),
  )
  return weightedMean(losses, weights)
}
