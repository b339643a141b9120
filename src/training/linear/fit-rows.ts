import { ToolkitError } from '../../core/errors.ts'
import { checkWeights } from '../metrics/check-weights.ts'
import { refuseProblems } from '../refuse-problems.ts'
import { centreColumns } from './centre-columns.ts'
import { designProblems } from './check-design.ts'
import { flatSlopesOf } from './flat-slopes.ts'
import {
  completeLinearOptions,
  type LinearFit,
  type LinearOptions,
  linearOptionProblems,
} from './linear-options.ts'
import { minimiseObjective } from './minimise-objective.ts'
import type { PointLoss } from './point-loss.ts'
import { multiplySparse, type SparseRows } from './sparse-rows.ts'
import { planGram } from './weighted-gram.ts'

/** What a fit learns from. */
export interface LinearRows {
  readonly sparse: SparseRows
  /** Shape [rows]. */
  readonly target: Float64Array
}

/**
 * Checks options, cells, target and weights, all at once.
 *
 * @param targetProblems - what is wrong with the target, as sentences
 * @throws {ToolkitError} `TRAINING_INVALID`, `SHAPE_MISMATCH`
 */
export function checkLinearRows(
  { sparse, target }: LinearRows,
  options: LinearOptions,
  targetProblems: (target: Float64Array) => readonly string[],
): void {
  if (target.length !== sparse.rows) {
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `the design has ${sparse.rows} rows, the target ${target.length}`,
      {
        hint: 'pass one target per row',
        details: { rows: sparse.rows, targets: target.length },
      },
    )
  }
  refuseProblems(
    [...linearOptionProblems(options), ...designProblems(sparse), ...targetProblems(target)],
    'correct the options of the fit, and the rows it is given; missing values are filled in before it',
  )
  if (options.weights !== undefined) checkWeights(target.length, options.weights)
}

/** Fits coefficients and intercept; the rows and options were checked. */
export function fitLinearRows(
  { sparse, target }: LinearRows,
  options: LinearOptions,
  how: {
    readonly loss: PointLoss
    /** The score that is best without any column. */
    readonly intercept: number
    /** A slope of the mean loss that is large. */
    readonly slopeScale: number
  },
): LinearFit {
  const { l1, l2, maxIterations, tolerance } = completeLinearOptions(options)
  const { weights } = options
  const centred = centreColumns(sparse, weights)
  const start = new Float64Array(sparse.columns + 1)
  start[sparse.columns] = how.intercept
  const total = weights === undefined ? sparse.rows : sumOf(weights)
  const { theta, iterations, converged } = minimiseObjective(
    {
      sparse: centred.sparse,
      gram: planGram(centred.sparse),
      target,
      weights,
      loss: how.loss,
      l1,
      l2,
    },
    start,
    {
      maxIterations,
      flatSlopes: flatSlopesOf(centred.sparse, tolerance * total * how.slopeScale),
      onIteration: options.onIteration,
      signal: options.signal,
    },
  )
  const coefficients = theta.slice(0, -1)
  const shift = coefficients.reduce((sum, value, i) => sum + value * centred.shifts[i]!, 0)
  return { intercept: theta.at(-1)! - shift, coefficients, iterations, converged }
}

/** Score of each row under a fit, shape [rows]. @throws {ToolkitError} `SHAPE_MISMATCH` */
export function scoreLinearRows(
  { intercept, coefficients }: Pick<LinearFit, 'intercept' | 'coefficients'>,
  sparse: SparseRows,
): Float64Array {
  if (coefficients.length !== sparse.columns) {
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `the design has ${sparse.columns} columns, the fit has ${coefficients.length} coefficients`,
      { hint: 'encode the rows as for the fit' },
    )
  }
  return multiplySparse(sparse, Float64Array.of(...coefficients, intercept))
}

export function sumOf(values: ArrayLike<number>): number {
  let sum = 0
  for (let i = 0; i < values.length; i++) sum += values[i]!
  return sum
}
