import { sparseRowsOf } from './check-design.ts'
import type { Design } from './design.ts'
import { checkLinearRows, fitLinearRows, scoreLinearRows } from './fit-rows.ts'
import type { LinearFit, LinearOptions } from './linear-options.ts'
import { squaredLoss } from './point-loss.ts'
import type { SparseRows } from './sparse-rows.ts'

/**
 * Fits a linear regression: minimises ½·Σ vᵢ·(yᵢ − ŷᵢ)² + l1·‖w‖₁ + ½·l2·‖w‖² over
 * the coefficients w and the intercept, which is not penalised; v are the weights.
 * Least squares with both at 0, ridge with l2, lasso with l1, elastic net with both.
 *
 * scikit-learn's Ridge has alpha = l2. Its ElasticNet divides the loss by n, the sum
 * of the weights: alpha = (l1 + l2) / n and l1_ratio = l1 / (l1 + l2).
 *
 * With more columns than rows, or columns that depend on each other, and without
 * a penalty, many coefficients fit equally well: one of them is given.
 *
 * @param target - finite and not all equal, shape [rows]
 * @throws {ToolkitError} `TRAINING_INVALID` for a bad option, a cell or target that is not finite, a
 *   constant target, no rows, more than 8192 columns, or values so large that sums overflow;
 *   `SHAPE_MISMATCH`; `INTERRUPTED`.
 *
 * @example
 * ```ts
 * import { fitLinear } from 'ml-pipeline-toolkit'
 * const design = { rows: 3, columns: 1, values: Float64Array.of(0, 1, 2) }
 * const { intercept, coefficients } = fitLinear(design, Float64Array.of(1, 3, 5), { l2: 0 })
 * Math.round(intercept) // => 1
 * Math.round(coefficients[0]!) // => 2
 * ```
 */
export function fitLinear(
  design: Design | SparseRows,
  target: Float64Array,
  options: LinearOptions = {},
): LinearFit {
  const rows = { sparse: sparseRowsOf(design), target }
  checkLinearRows(rows, options, quantityProblems)
  const { mean, deviation } = momentsOf(target, options.weights)
  return fitLinearRows(rows, options, {
    loss: squaredLoss,
    intercept: mean,
    slopeScale: deviation,
  })
}

/** Predictions of a linear regression, shape [rows]. @throws {ToolkitError} `SHAPE_MISMATCH` */
export function scoreLinear(
  fit: Pick<LinearFit, 'intercept' | 'coefficients'>,
  design: Design | SparseRows,
): Float64Array {
  return scoreLinearRows(fit, sparseRowsOf(design))
}

/** The square of a larger one is too near the end of what a double holds. */
const largestTarget = 1e140

function quantityProblems(target: Float64Array): string[] {
  if (target.length === 0) return ['there are no rows, expected at least two']
  const problems = [...target.entries()].flatMap(([row, value]) =>
    Math.abs(value) <= largestTarget
      ? []
      : [`row ${row}: the target is ${value}, expected a finite number up to ${largestTarget}`],
  )
  if (problems.length > 0 || target.some((value) => value !== target[0])) return problems
  return [
    `the target is ${target[0]!} in ${target.length === 1 ? 'the only row' : `all ${target.length} rows`}, expected at least two values`,
  ]
}

function momentsOf(
  target: Float64Array,
  weights: ArrayLike<number> | undefined,
): { mean: number; deviation: number } {
  const weightOf = (row: number): number => (weights === undefined ? 1 : weights[row]!)
  const total = target.reduce((sum, _, row) => sum + weightOf(row), 0)
  const mean = target.reduce((sum, y, row) => sum + weightOf(row) * y, 0) / total
  const squares = target.reduce((sum, y, row) => sum + weightOf(row) * (y - mean) ** 2, 0)
  return { mean, deviation: Math.sqrt(squares / total) }
}
