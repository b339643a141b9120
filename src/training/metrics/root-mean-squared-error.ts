import { checkQuantities } from './check-quantities.ts'
import type { WeightOptions } from './check-weights.ts'
import { weightedMean } from './weighted-mean.ts'

/**
 * Root of the mean squared error, in the unit of the target.
 *
 * @param target - finite numbers, shape [rows]
 * @param prediction - finite numbers, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for no rows, a bad row or weight.
 *
 * @example
 * ```ts
 * import { rootMeanSquaredError } from 'ml-pipeline-toolkit'
 * rootMeanSquaredError([1, 2], [4, 6]) === Math.sqrt(12.5) // => true
 * ```
 */
export function rootMeanSquaredError(
  target: ArrayLike<number>,
  prediction: ArrayLike<number>,
  { weights }: WeightOptions = {},
): number {
  checkQuantities(target, prediction, { weights })
  const losses = Float64Array.from(target, (value, row) => (prediction[row]! - value) ** 2)
  return Math.sqrt(weightedMean(losses, weights))
}
