import { ToolkitError } from '../../core/errors.ts'
import { log } from '../../math/logarithm.ts'
import { solveSymmetric } from '../../math/solve-symmetric.ts'
import { checkAbort } from '../check-abort.ts'
import { checkBinaryTarget } from '../check-binary-target.ts'
import { checkDesign, type Design } from './design.ts'
import {
  type Curvature,
  type LogisticObjective,
  objectiveCurvature,
  objectiveValue,
} from './logistic-objective.ts'
import { createSparseRows, multiplySparse } from './sparse-rows.ts'

/** What shapes the fit, and who hears of it. */
export interface LogisticOptions {
  /** Weight of ½·‖w‖², at least 0: scikit-learn's 1 / C. Default 1. */
  readonly l2?: number
  /** Newton steps at most. Default 100. */
  readonly maxIterations?: number
  /** The fit ends when no slope of the mean loss is larger. Default 1e-10. */
  readonly tolerance?: number
  /** Called after each step. */
  readonly onIteration?: (progress: LogisticProgress) => void
  /** Looked at before each step; as the fit blocks, only `onIteration` can abort it meanwhile. */
  readonly signal?: AbortSignal
}

export interface LogisticProgress {
  /** From 1. */
  readonly iteration: number
  /** ½·l2·‖w‖² + Σ log loss, in nats. */
  readonly objective: number
}

/** A fitted logistic model. */
export interface LogisticFit {
  readonly intercept: number
  /** Shape [columns]. */
  readonly coefficients: Float64Array
  /** Newton steps taken. */
  readonly iterations: number
  /** Whether a minimum was reached; `false` when `maxIterations` or float64's precision ended the fit before. */
  readonly converged: boolean
}

/**
 * Fits a logistic regression: minimises ½·l2·‖w‖² + Σ log loss over the
 * coefficients w and the intercept, which is not penalised. The objective of
 * scikit-learn's LogisticRegression with C = 1 / l2.
 *
 * Newton's method with step halving. Where columns depend on each other and
 * `l2` is 0, the curvature's diagonal is raised until it can be solved, so that
 * one of the many minima is reached. Where `l2` is 0 and the classes can be
 * separated there is no minimum: the fit ends, with finite coefficients, where
 * the loss is flat to `tolerance`.
 *
 * @param target - 0 or 1, shape [rows]
 * @throws {ToolkitError} `TRAINING_INVALID` for a bad option, a cell that is not finite, a target
 *   that is not 0 or 1, a single class, no rows, or values so large that sums overflow;
 *   `SHAPE_MISMATCH`; `INTERRUPTED`.
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
  design: Design,
  target: Float64Array,
  options: LogisticOptions = {},
): LogisticFit {
  const settings = checkOptions(options)
  checkDesign(design)
  checkLength(design, target)
  checkBinaryTarget(target)
  const objective = { sparse: createSparseRows(design), target, l2: settings.l2 }
  let point = evaluate(objective, startingPoint(design.columns, target))
  let iterations = 0
  while (iterations < settings.maxIterations) {
    checkAbort(options.signal)
    const curvature = objectiveCurvature(objective, point.theta, point.scores)
    if (largest(curvature.gradient) <= settings.tolerance * design.rows)
      return finish(point, iterations, true)
    const direction = newtonDirection(curvature)
    // Twice what Newton's method still expects to gain.
    const slope = dot(direction, curvature.gradient)
    const next = takeStep(objective, point, { direction, slope })
    if (next === undefined) return finish(point, iterations, slope <= 2 ** -40 * point.value)
    point = next
    iterations += 1
    options.onIteration?.({ iteration: iterations, objective: point.value })
  }
  return finish(point, iterations, false)
}

/** Log odds of each row under a fit, shape [rows]. @throws {ToolkitError} `SHAPE_MISMATCH` */
export function scoreLogistic(
  { intercept, coefficients }: Pick<LogisticFit, 'intercept' | 'coefficients'>,
  design: Design,
): Float64Array {
  if (coefficients.length !== design.columns) {
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `the design has ${design.columns} columns, the fit has ${coefficients.length} coefficients`,
      { hint: 'encode the rows as for the fit' },
    )
  }
  return multiplySparse(createSparseRows(design), Float64Array.of(...coefficients, intercept))
}

interface Point {
  /** The coefficients, then the intercept. */
  readonly theta: Float64Array
  readonly scores: Float64Array
  readonly value: number
}

function evaluate(objective: LogisticObjective, theta: Float64Array): Point {
  const scores = multiplySparse(objective.sparse, theta)
  return { theta, scores, value: objectiveValue(objective, theta, scores) }
}

/** No coefficients, and the intercept that is best without them. */
function startingPoint(columns: number, target: Float64Array): Float64Array {
  const positives = target.reduce((sum, value) => sum + value, 0)
  const theta = new Float64Array(columns + 1)
  theta[columns] = log(positives / (target.length - positives))
  return theta
}

/** The next point, or `undefined` where no step lowers the objective any more, as at the limit of float64. */
function takeStep(
  objective: LogisticObjective,
  point: Point,
  { direction, slope }: { direction: Float64Array; slope: number },
): Point | undefined {
  // Near the minimum the objective changes by less than its own rounding: the gradient is then the better judge.
  const noise = 2 ** -50 * Math.abs(point.value)
  for (let step = 1; step > 2 ** -40; step /= 2) {
    const theta = point.theta.map((value, i) => value - step * direction[i]!)
    if (theta.every((value, i) => value === point.theta[i])) return undefined
    const next = evaluate(objective, theta)
    if (next.value <= point.value - 1e-4 * step * slope + noise) return next
  }
  return undefined
}

/** The solution of H·d = g, with the diagonal of H raised as little as makes that solvable. */
function newtonDirection({ gradient, hessian }: Curvature): Float64Array {
  const direct = solveSymmetric(hessian, gradient)
  if (direct?.every(Number.isFinite) === true) return direct
  const size = gradient.length
  for (let damping = 1e-10; damping <= 1; damping *= 10) {
    const raised = Float64Array.from(hessian)
    for (let i = 0; i < size; i++) raised[i * size + i]! += damping * (raised[i * size + i]! || 1)
    const direction = solveSymmetric(raised, gradient)
    if (direction?.every(Number.isFinite) === true) return direction
  }
  throw new ToolkitError(
    'TRAINING_INVALID',
    'the curvature of the loss is not finite: the values are too large',
    {
      hint: 'standardize the columns, or raise l2',
    },
  )
}

function finish({ theta }: Point, iterations: number, converged: boolean): LogisticFit {
  return { intercept: theta.at(-1)!, coefficients: theta.slice(0, -1), iterations, converged }
}

function dot(a: Float64Array, b: Float64Array): number {
  return a.reduce((sum, value, i) => sum + value * b[i]!, 0)
}

function largest(values: Float64Array): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}

function checkOptions({ l2 = 1, maxIterations = 100, tolerance = 1e-10 }: LogisticOptions): {
  readonly l2: number
  readonly maxIterations: number
  readonly tolerance: number
} {
  const problems: string[] = []
  if (!(l2 >= 0 && l2 < Infinity)) problems.push(`'l2' is ${l2}, expected a number of at least 0`)
  if (!(Number.isInteger(maxIterations) && maxIterations >= 1)) {
    problems.push(`'maxIterations' is ${maxIterations}, expected an integer of at least 1`)
  }
  if (!(tolerance > 0 && tolerance < Infinity)) {
    problems.push(`'tolerance' is ${tolerance}, expected a number above 0`)
  }
  if (problems.length === 0) return { l2, maxIterations, tolerance }
  throw new ToolkitError('TRAINING_INVALID', problems.join('; '), {
    hint: 'correct the options of the fit',
  })
}

function checkLength({ rows }: Design, target: Float64Array): void {
  if (target.length === rows) return
  throw new ToolkitError(
    'SHAPE_MISMATCH',
    `the design has ${rows} rows, the target ${target.length}`,
    {
      hint: 'pass one target per row',
      details: { rows, targets: target.length },
    },
  )
}
