import { ToolkitError } from '../../core/errors.ts'
import { checkQuantities } from './check-quantities.ts'
import type { WeightOptions } from './check-weights.ts'
import { weightedMean } from './weighted-mean.ts'

/**
 * Pinball loss, whose least value is reached by the quantile `alpha`: a
 * prediction that is too low by d costs alpha·d, one that is too high (1 − alpha)·d.
 *
 * @param target - finite numbers, shape [rows]
 * @param prediction - finite numbers, shape [rows]
 * @param options - `alpha` from 0 to 1, default 0.5: half the mean absolute error
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for no rows, a bad row, weight or alpha.
 *
 * @example
 * ```ts
 * import { meanPinballLoss } from 'ml-pipeline-toolkit'
 * meanPinballLoss([10, 10], [8, 14], { alpha: 0.75 }) // => 1.25
 * ```
 */
export function meanPinballLoss(
  target: ArrayLike<number>,
  prediction: ArrayLike<number>,
  { alpha = 0.5, weights }: { readonly alpha?: number } & WeightOptions = {},
): number {
  checkQuantities(target, prediction, { weights })
  if (!(alpha >= 0 && alpha <= 1)) {
    throw new ToolkitError('TRAINING_INVALID', `'alpha' is ${alpha}, expected 0 to 1`, {
      hint: 'pass the quantile that is predicted',
    })
  }
  const losses = Float64Array.from(target, (value, row) => {
    const gap = value - prediction[row]!
    return gap >= 0 ? alpha * gap : (alpha - 1) * gap
  })
  return weightedMean(losses, weights)
}
