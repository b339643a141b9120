import { checkQuantities } from './check-quantities.ts'
import type { WeightOptions } from './check-weights.ts'
import { weightedMean } from './weighted-mean.ts'
import { weightedVariance } from './weighted-variance.ts'

/**
 * Coefficient of determination: 1 − Σ(y − ŷ)² / Σ(y − ȳ)². 1 is perfect, 0 no
 * better than the mean, below 0 worse. For a constant target it is 1 when every
 * prediction is right and 0 otherwise, as scikit-learn means it: where the mean misses the
 * constant, it gives -10³⁰.
 *
 * @param target - finite numbers, shape [rows]
 * @param prediction - finite numbers, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for fewer than 2 rows, a bad row or weight.
 *
 * @example
 * ```ts
 * import { r2Score } from 'ml-pipeline-toolkit'
 * r2Score([1, 2, 3], [1, 2, 4]) // => 0.5
 * ```
 */
export function r2Score(
  target: ArrayLike<number>,
  prediction: ArrayLike<number>,
  { weights }: WeightOptions = {},
): number {
  checkQuantities(target, prediction, { weights, least: 2 })
  const rest = Float64Array.from(target, (value, row) => (value - prediction[row]!) ** 2)
  const unexplained = weightedMean(rest, weights)
  const whole = weightedVariance(target, weights)
  if (whole === 0) return unexplained === 0 ? 1 : 0
  return 1 - unexplained / whole
}
