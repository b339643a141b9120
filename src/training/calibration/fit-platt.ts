import { log } from '../../math/logarithm.ts'
import { binaryTargetProblems } from '../check-binary-target.ts'
import { fitLinearRows } from '../linear/fit-rows.ts'
import { logisticLoss } from '../linear/point-loss.ts'
import { createSparseRows } from '../linear/sparse-rows.ts'
import { checkClassWeights, type WeightOptions } from '../metrics/check-weights.ts'
import type { PlattCalibration } from './calibration.ts'
import { checkScoredRows } from './calibration-problems.ts'

/**
 * Fits a logistic curve to scores of rows that the model was not fitted to, by least
 * log loss. The targets are (n₁ + 1) / (n₁ + 2) and 1 / (n₀ + 2) instead of 1 and 0, so
 * that the curve stays finite where scores part the classes. [Platt 1999] [Lin, Lin & Weng 2007]
 *
 * @param scores - log odds or other scores, finite, shape [rows]
 * @param target - 0 or 1, shape [rows]
 * @throws {ToolkitError} `TRAINING_INVALID` for a score that is not finite, a target that is not 0 or 1,
 *   a single class, or bad weights; `SHAPE_MISMATCH`
 *
 * @example
 * ```ts
 * import { applyCalibration, fitPlatt } from 'ml-pipeline-toolkit'
 * const platt = fitPlatt([-9, -8, -7, 7, 8, 9], [0, 0, 1, 0, 1, 1])
 * applyCalibration(platt, [9])[0]! < 0.9 // => true
 * ```
 */
export function fitPlatt(
  scores: ArrayLike<number>,
  target: ArrayLike<number>,
  { weights }: WeightOptions = {},
): PlattCalibration {
  checkScoredRows(scores, target, { weights, targetProblems: binaryTargetProblems(target) })
  checkClassWeights(target, weights)
  const rows = scores.length
  const totals: [number, number] = [0, 0]
  for (let row = 0; row < rows; row++) totals[target[row] === 1 ? 1 : 0] += weights?.[row] ?? 1
  const [negatives, positives] = totals
  const [low, high] = [1 / (negatives + 2), (positives + 1) / (positives + 2)]
  const smoothed = Float64Array.from(target, (value) => (value === 1 ? high : low))
  const design = { rows, columns: 1, values: Float64Array.from(scores) }
  const fit = fitLinearRows(
    { sparse: createSparseRows(design), target: smoothed },
    { l2: 0, ...(weights && { weights }) },
    {
      loss: logisticLoss,
      intercept: log(
        (positives * high + negatives * low) / (positives * (1 - high) + negatives * (1 - low)),
      ),
      slopeScale: 1,
    },
  )
  return { kind: 'platt', slope: fit.coefficients[0]!, intercept: fit.intercept }
}
