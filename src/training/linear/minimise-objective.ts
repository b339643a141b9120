import { checkAbort } from '../check-abort.ts'
import { lassoDirection } from './lasso-direction.ts'
import { newtonDirection } from './newton-direction.ts'
import {
  type Curvature,
  evaluateObjective,
  type PenalisedObjective,
  hessianAt,
  type Point,
  type Slopes,
  slopesAt,
} from './penalised-objective.ts'

/** How long to go on, and who hears of it. */
export interface Descent {
  readonly maxIterations: number
  /** The fit ends when no slope is larger; shape [columns + 1]. */
  readonly flatSlopes: Float64Array
  readonly onIteration: ((progress: LinearProgress) => void) | undefined
  readonly signal: AbortSignal | undefined
}

/** Where a fit of a linear model is. */
export interface LinearProgress {
  /** From 1. */
  readonly iteration: number
  /** Σ loss, by weight; of a number half the squared error. */
  readonly loss: number
  /** The same with both penalties. */
  readonly objective: number
}

/** Where a descent ended. */
export interface Minimum {
  readonly theta: Float64Array
  readonly iterations: number
  readonly converged: boolean
}

/**
 * Newton's method with step halving, proximal where there is an l1 penalty
 * [Lee, Sun & Saunders 2014].
 *
 * @throws {ToolkitError} `INTERRUPTED`, `TRAINING_INVALID` when sums overflow
 */
export function minimiseObjective(
  objective: PenalisedObjective,
  start: Float64Array,
  descent: Descent,
): Minimum {
  let point = evaluateObjective(objective, start)
  // Less than this is lost in the rounding of the sums.
  const rounding = 2 ** -52 * Math.abs(point.value)
  let iterations = 0
  while (iterations < descent.maxIterations) {
    checkAbort(descent.signal)
    const slopes = slopesAt(objective, point)
    if (isFlat(slopes, point.theta, { l1: objective.l1, flatSlopes: descent.flatSlopes })) {
      return { theta: point.theta, iterations, converged: true }
    }
    const curvature = { gradient: slopes.gradient, hessian: hessianAt(objective, slopes) }
    const direction =
      objective.l1 === 0
        ? newtonDirection(curvature)
        : lassoDirection(curvature, point.theta, objective.l1)
    const step = { direction, change: promisedChange(objective, point, { direction, curvature }) }
    const isLast = -step.change <= rounding
    const next = isLast
      ? takeLastStep(objective, point, { direction, most: 2 ** 12 * rounding })
      : takeStep(objective, point, step)
    if (next === undefined) {
      return { theta: point.theta, iterations, converged: -step.change <= 2 ** -40 * point.value }
    }
    point = next
    iterations += 1
    descent.onIteration?.({ iteration: iterations, loss: point.loss, objective: point.value })
    if (isLast) return { theta: point.theta, iterations, converged: true }
  }
  return { theta: point.theta, iterations, converged: false }
}

/** Whether no slope of the objective is larger; where a coefficient is 0, of those l1 leaves. */
function isFlat(
  { gradient }: Slopes,
  theta: Float64Array,
  { l1, flatSlopes }: { readonly l1: number; readonly flatSlopes: Float64Array },
): boolean {
  return gradient.every((slope, i) => {
    const penalty = i === theta.length - 1 ? 0 : l1
    const left =
      theta[i] === 0
        ? Math.max(Math.abs(slope) - penalty, 0)
        : Math.abs(slope + penalty * Math.sign(theta[i]!))
    return left <= flatSlopes[i]!
  })
}

interface Step {
  readonly direction: Float64Array
  /** At most 0: about twice what the whole step is expected to change. */
  readonly change: number
}

function promisedChange(
  { l1 }: PenalisedObjective,
  { theta }: Point,
  { direction, curvature }: { direction: Float64Array; curvature: Curvature },
): number {
  let change = 0
  for (let i = 0; i < theta.length; i++) {
    const penalty = i === theta.length - 1 ? 0 : l1
    change += curvature.gradient[i]! * direction[i]!
    change += penalty * (Math.abs(theta[i]! + direction[i]!) - Math.abs(theta[i]!))
  }
  return change
}

/** The next point, or `undefined` where no step lowers the objective any more, as at the limit of float64. */
function takeStep(
  objective: PenalisedObjective,
  point: Point,
  { direction, change }: Step,
): Point | undefined {
  // Near the minimum the objective changes by less than its own rounding: the gradient is then the better judge.
  const noise = 2 ** -50 * Math.abs(point.value)
  for (let share = 1; share > 2 ** -40; share /= 2) {
    const theta = add(point.theta, direction, share)
    if (theta.every((value, i) => value === point.theta[i])) return undefined
    const next = evaluateObjective(objective, theta)
    if (next.value <= point.value + 1e-4 * share * change + noise) return next
  }
  return undefined
}

/**
 * The whole step, which promises less than rounding. Where columns hardly differ it may be far too
 * long, and raise the objective by more than rounding, which is `most`: then the point stays.
 */
function takeLastStep(
  objective: PenalisedObjective,
  point: Point,
  { direction, most }: { readonly direction: Float64Array; readonly most: number },
): Point {
  const next = evaluateObjective(objective, add(point.theta, direction, 1))
  return next.value <= point.value + most ? next : point
}

/** A whole step lands where the direction says, zeros included. */
function add(theta: Float64Array, direction: Float64Array, share: number): Float64Array {
  return theta.map((value, i) => value + share * direction[i]!)
}
