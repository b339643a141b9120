import { log } from '../../math/logarithm.ts'
import { binaryTargetProblems } from '../check-binary-target.ts'
import { checkClassWeights } from '../metrics/check-weights.ts'
import { sparseRowsOf } from './check-design.ts'
import type { Design } from './design.ts'
import { checkLinearRows, fitLinearRows, scoreLinearRows } from './fit-rows.ts'
import type { LinearFit, LinearOptions } from './linear-options.ts'
import { logisticLoss } from './point-loss.ts'
import type { SparseRows } from './sparse-rows.ts'

/**
 * Fits a logistic regression: minimises Σ vᵢ·log loss + l1·‖w‖₁ + ½·l2·‖w‖² over
 * the coefficients w and the intercept, which is not penalised; v are the weights.
 * The objective of scikit-learn's LogisticRegression with C = 1 / (l1 + l2) and
 * l1_ratio = l1 / (l1 + l2).
 *
 * Newton's method with step halving. Where columns depend on each other and
 * nothing is penalised, the curvature's diagonal is raised until it can be solved,
 * so that one of the many minima is reached. Where nothing is penalised and the
 * classes can be separated there is no minimum: the fit ends, with finite
 * coefficients, where the loss is flat to `tolerance`.
 *
 * @param target - 0 or 1, shape [rows]
 * @throws {ToolkitError} `TRAINING_INVALID` for a bad option, a cell that is not finite, a target
 *   that is not 0 or 1, a single class, no rows, more than 8192 columns, or values so large that
 *   sums overflow; `SHAPE_MISMATCH`; `INTERRUPTED`.
 *
 * @example
 * ```ts
 * import { fitLogistic } from 'ml-pipeline-toolkit'
 * const design = { rows: 4, columns: 1, values: Float64Array.of(0, 0, 1, 1) }
 * const { coefficients } = fitLogistic(design, Float64Array.of(0, 1, 1, 1), { l2: 1 })
 * coefficients[0]! > 0 // => true
 * ```
 */
export function fitLogistic(
  design: Design | SparseRows,
  target: Float64Array,
  options: LinearOptions = {},
): LinearFit {
  const rows = { sparse: sparseRowsOf(design), target }
  checkLinearRows(rows, options, binaryTargetProblems)
  checkClassWeights(target, options.weights)
  return fitLinearRows(rows, options, {
    loss: logisticLoss,
    intercept: constantLogOdds(target, options.weights),
    slopeScale: 1,
  })
}

/** Log odds of each row under a fit, shape [rows]. @throws {ToolkitError} `SHAPE_MISMATCH` */
export function scoreLogistic(
  fit: Pick<LinearFit, 'intercept' | 'coefficients'>,
  design: Design | SparseRows,
): Float64Array {
  return scoreLinearRows(fit, sparseRowsOf(design))
}

function constantLogOdds(target: Float64Array, weights: ArrayLike<number> | undefined): number {
  const sums = [0, 0]
  for (let row = 0; row < target.length; row++) {
    sums[target[row]!]! += weights === undefined ? 1 : weights[row]!
  }
  return log(sums[1]! / sums[0]!)
}
