import { checkQuantities } from './check-quantities.ts'
import type { WeightOptions } from './check-weights.ts'
import { weightedMean } from './weighted-mean.ts'

/**
 * Mean distance between prediction and target, in the unit of the target.
 *
 * @param target - finite numbers, shape [rows]
 * @param prediction - finite numbers, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for no rows, a bad row or weight.
 *
 * @example
 * ```ts
 * import { meanAbsoluteError } from 'ml-pipeline-toolkit'
 * meanAbsoluteError([1, 2], [4, 6]) // => 3.5
 * ```
 */
export function meanAbsoluteError(
  target: ArrayLike<number>,
  prediction: ArrayLike<number>,
  { weights }: WeightOptions = {},
): number {
  checkQuantities(target, prediction, { weights })
  const losses = Float64Array.from(target, (value, row) => Math.abs(prediction[row]! - value))
  return weightedMean(losses, weights)
}
