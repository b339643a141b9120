import { exp, log } from '../../math/index.ts'
import { checkAbort } from '../check-abort.ts'
import { checkWeights } from '../metrics/check-weights.ts'
import { centreColumns } from './centre-columns.ts'
import { sparseRowsOf } from './check-design.ts'
import type { Design } from './design.ts'
import { checkLinearRows, sumOf } from './fit-rows.ts'
import { flatSlopesOf } from './flat-slopes.ts'
import { completeLinearOptions, type LinearOptions } from './linear-options.ts'
import { newtonDirection } from './newton-direction.ts'
import { multiplySparse, type SparseRows } from './sparse-rows.ts'
import { type GramPlan, planGram, weightedGram } from './weighted-gram.ts'

/** A fitted linear model of several classes: each has its own score, and probabilities are their softmax. */
export interface SoftmaxFit {
  /** Shape [classes]; they add up to 0. */
  readonly intercepts: Float64Array
  /** Shape [columns, classes]; those of a column add up to 0. */
  readonly coefficients: Float64Array
  readonly iterations: number
  /** Whether a minimum was reached. */
  readonly converged: boolean
}

/** How a fit of several classes is shaped: as one of two, but for l1. */
export type SoftmaxOptions = Omit<LinearOptions, 'l1'> & {
  /** How many there are, at least 2. */
  readonly classes: number
}

/**
 * Fits a logistic regression of several classes: minimises Σ vᵢ·log loss + ½·l2·‖W‖² over the coefficients W, one for each
 * column and class, and the intercepts, which are not penalised. The objective of scikit-learn's LogisticRegression
 * with C = 1 / l2. Newton's method with step halving, over all classes together.
 *
 * Scores of all classes may be moved alike: of the many fits that differ in nothing else, this is the one whose scores
 * add up to 0, which one more term of the objective, 0 there, holds fast.
 *
 * @param target - numbers of classes from 0, each of which occurs, shape [rows]
 * @throws {ToolkitError} `TRAINING_INVALID` for a bad option, cell or target, a class without rows, more than 4096
 *   coefficients, or values so large that sums overflow; `SHAPE_MISMATCH`; `INTERRUPTED`.
 *
 * @example
 * ```ts
 * import { fitSoftmax } from 'ml-pipeline-toolkit'
 * const design = { rows: 6, columns: 1, values: Float64Array.of(0, 1, 2, 3, 4, 5) }
 * const { coefficients } = fitSoftmax(design, Float64Array.of(0, 0, 1, 1, 2, 2), { classes: 3, l2: 1 })
 * coefficients[0]! < coefficients[1]! && coefficients[1]! < coefficients[2]! // => true
 * ```
 */
export function fitSoftmax(
  design: Design | SparseRows,
  target: Float64Array,
  { classes, ...options }: SoftmaxOptions,
): SoftmaxFit {
  const sparse = sparseRowsOf(design)
  const { weights } = options
  checkLinearRows({ sparse, target }, options, (y) => [
    ...classProblems(y, classes, weights),
    ...sizeProblems(sparse.columns, classes),
  ])
  if (weights !== undefined) checkWeights(target.length, weights)
  const { l2, maxIterations, tolerance } = completeLinearOptions(options)
  const centred = centreColumns(sparse, weights)
  const total = weights === undefined ? sparse.rows : sumOf(weights)
  const problem = {
    sparse: centred.sparse,
    gram: planGram(centred.sparse),
    target,
    weights,
    classes,
    l2,
    pull: total,
  }
  const { theta, iterations, converged } = descend(problem, {
    maxIterations,
    flatSlopes: flatSlopesOf(centred.sparse, tolerance * total),
    onIteration: options.onIteration,
    signal: options.signal,
  })
  const width = sparse.columns + 1
  const coefficients = Float64Array.from(
    { length: sparse.columns * classes },
    (_, i) => theta[(i % classes) * width + Math.floor(i / classes)]!,
  )
  const intercepts = Float64Array.from({ length: classes }, (_, k) => {
    const own = theta.subarray(k * width, (k + 1) * width)
    return centred.shifts.reduce(
      (sum, shift, column) => sum - shift * own[column]!,
      own[width - 1]!,
    )
  })
  return { intercepts, coefficients, iterations, converged }
}

/** The table of second derivatives has as many cells as their square. */
const mostCoefficients = 4096

function sizeProblems(columns: number, classes: number): string[] {
  const count = (columns + 1) * classes
  if (count <= mostCoefficients) return []
  return [
    `${columns} columns of the design and ${classes} classes make ${count} coefficients, expected at most ${mostCoefficients}`,
  ]
}

function classProblems(
  target: Float64Array,
  classes: number,
  weights: ArrayLike<number> | undefined,
): string[] {
  const problems: string[] = []
  target.forEach((value, row) => {
    if (Number.isInteger(value) && value >= 0 && value < classes) return
    problems.push(`row ${row}: the target is ${value}, expected a class from 0 to ${classes - 1}`)
  })
  if (problems.length > 0) return problems
  const seen = new Set(target.filter((_, row) => weights === undefined || weights[row]! > 0))
  return Array.from({ length: classes }, (_, k) => k)
    .filter((k) => !seen.has(k))
    .map((k) => `no row is of class ${k} of the ${classes} from 0 to ${classes - 1}`)
}

/** What is minimised; parameters have the shape [classes, columns + 1], each class with its intercept last. */
interface SoftmaxProblem {
  readonly sparse: SparseRows
  readonly gram: GramPlan
  readonly target: Float64Array
  readonly weights: ArrayLike<number> | undefined
  readonly classes: number
  readonly l2: number
  /** Of ½·(sum over the classes)² of each column and of the intercepts, which is 0 at the minimum. */
  readonly pull: number
}

interface SoftmaxPoint {
  readonly theta: Float64Array
  /** Σ vᵢ·loss. */
  readonly loss: number
  /** The same with all penalties. */
  readonly value: number
  /** Shape [classes, rows]. */
  readonly probabilities: readonly Float64Array[]
}

function descend(
  problem: SoftmaxProblem,
  descent: {
    readonly maxIterations: number
    /** Shape [columns + 1]. */
    readonly flatSlopes: Float64Array
    readonly onIteration: LinearOptions['onIteration'] | undefined
    readonly signal: AbortSignal | undefined
  },
): { theta: Float64Array; iterations: number; converged: boolean } {
  const { flatSlopes } = descent
  let point = evaluate(problem, new Float64Array((problem.sparse.columns + 1) * problem.classes))
  for (let iterations = 0; iterations < descent.maxIterations;) {
    checkAbort(descent.signal)
    const gradient = gradientAt(problem, point)
    if (gradient.every((slope, i) => Math.abs(slope) <= flatSlopes[i % flatSlopes.length]!)) {
      return { theta: point.theta, iterations, converged: true }
    }
    const direction = newtonDirection({ gradient, hessian: hessianAt(problem, point) })
    const change = gradient.reduce((sum, slope, i) => sum + slope * direction[i]!, 0)
    const next = step(problem, point, { direction, change })
    // Near the minimum the objective changes by less than its own rounding.
    if (next === undefined) {
      return { theta: point.theta, iterations, converged: -change <= 2 ** -40 * point.value }
    }
    point = next
    iterations += 1
    descent.onIteration?.({ iteration: iterations, loss: point.loss, objective: point.value })
  }
  return { theta: point.theta, iterations: descent.maxIterations, converged: false }
}

function step(
  problem: SoftmaxProblem,
  point: SoftmaxPoint,
  { direction, change }: { readonly direction: Float64Array; readonly change: number },
): SoftmaxPoint | undefined {
  for (let share = 1; share > 2 ** -40; share /= 2) {
    const theta = point.theta.map((value, i) => value + share * direction[i]!)
    const next = evaluate(problem, theta)
    if (next.value < point.value + 1e-4 * share * change) return next
  }
  return undefined
}

function evaluate(problem: SoftmaxProblem, theta: Float64Array): SoftmaxPoint {
  const { sparse, target, weights, classes, l2, pull } = problem
  const width = sparse.columns + 1
  const scores = Array.from({ length: classes }, (_, k) =>
    multiplySparse(sparse, theta.subarray(k * width, (k + 1) * width)),
  )
  let loss = 0
  for (let row = 0; row < target.length; row++) {
    let largest = -Infinity
    for (const of of scores) largest = Math.max(largest, of[row]!)
    const own = scores[target[row]!]![row]! - largest
    let sum = 0
    for (const of of scores) {
      of[row] = exp(of[row]! - largest)
      sum += of[row]!
    }
    for (const of of scores) of[row]! /= sum
    loss += (weights === undefined ? 1 : weights[row]!) * (log(sum) - own)
  }
  let value = loss
  theta.forEach((cell, i) => {
    if (i % width < sparse.columns) value += 0.5 * l2 * cell * cell
  })
  for (const sum of sumsOverClasses(theta, width)) value += 0.5 * pull * sum * sum
  return { theta, loss, value, probabilities: scores }
}

function sumsOverClasses(theta: Float64Array, width: number): Float64Array {
  const sums = new Float64Array(width)
  theta.forEach((cell, i) => (sums[i % width]! += cell))
  return sums
}

function gradientAt(problem: SoftmaxProblem, { theta, probabilities }: SoftmaxPoint): Float64Array {
  const { sparse, target, weights, l2, pull } = problem
  const { columns, starts, columnOf, values } = sparse
  const width = columns + 1
  const sums = sumsOverClasses(theta, width)
  const gradient = theta.map(
    (cell, i) => pull * sums[i % width]! + (i % width < columns ? l2 * cell : 0),
  )
  for (const [k, of] of probabilities.entries()) {
    const own = gradient.subarray(k * width, (k + 1) * width)
    for (let row = 0; row < target.length; row++) {
      const slope =
        (weights === undefined ? 1 : weights[row]!) * (of[row]! - Number(target[row] === k))
      const end = starts[row + 1]!
      for (let e = starts[row]!; e < end; e++) own[columnOf[e]!]! += slope * values[e]!
      own[columns]! += slope
    }
  }
  return gradient
}

/** Lower triangle of the second derivatives. The block of two classes is Σ v·p·([same] − p′)·x·xᵀ. */
function hessianAt(problem: SoftmaxProblem, { probabilities }: SoftmaxPoint): Float64Array {
  const { sparse, gram, weights, classes, l2, pull } = problem
  const width = sparse.columns + 1
  const size = width * classes
  const hessian = new Float64Array(size * size)
  for (let high = 0; high < classes; high++) {
    for (let low = 0; low <= high; low++) {
      const bends = probabilities[high]!.map((p, row) => {
        const rest = Number(high === low) - probabilities[low]![row]!
        return (weights === undefined ? 1 : weights[row]!) * p * rest
      })
      const block = weightedGram(sparse, gram, bends)
      for (let cell = 0; cell < width * width; cell++) {
        const i = Math.floor(cell / width)
        const j = cell % width
        const ridge = i === j ? pull + (high === low && i < sparse.columns ? l2 : 0) : 0
        const at = (high * width + i) * size + low * width + j
        hessian[at] = block[Math.max(i, j) * width + Math.min(i, j)]! + ridge
      }
    }
  }
  return hessian
}
