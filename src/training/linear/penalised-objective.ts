import type { PointLoss } from './point-loss.ts'
import { multiplySparse, type SparseRows } from './sparse-rows.ts'
import { type GramPlan, weightedGram } from './weighted-gram.ts'

/**
 * What a fit minimises: Σ vᵢ·loss + l1·‖w‖₁ + ½·l2·‖w‖². The parameters θ are the
 * coefficients w, then the intercept, which is not penalised. Shape [columns + 1].
 */
export interface PenalisedObjective {
  readonly sparse: SparseRows
  /** Of the same rows. */
  readonly gram: GramPlan
  /** Shape [rows]. */
  readonly target: Float64Array
  /** v, shape [rows]; 1 each when absent. */
  readonly weights: ArrayLike<number> | undefined
  readonly loss: PointLoss
  readonly l1: number
  readonly l2: number
}

/** Parameters with the scores of the rows and the objective there. */
export interface Point {
  readonly theta: Float64Array
  readonly scores: Float64Array
  /** Σ vᵢ·loss. */
  readonly loss: number
  /** The same with both penalties. */
  readonly value: number
}

/** First derivatives of the objective without its term l1·‖w‖₁, which has none at 0. */
export interface Slopes {
  /** Shape [columns + 1]. */
  readonly gradient: Float64Array
  /** Second derivative of each row's loss by its score, shape [rows]. */
  readonly bends: Float64Array
}

/** First and second derivatives. */
export interface Curvature {
  /** Shape [columns + 1]. */
  readonly gradient: Float64Array
  /** Lower triangle of the second derivatives, shape [columns + 1, columns + 1]. */
  readonly hessian: Float64Array
}

export function evaluateObjective(objective: PenalisedObjective, theta: Float64Array): Point {
  const { sparse, target, weights, loss, l1, l2 } = objective
  const scores = multiplySparse(sparse, theta)
  let penalty = 0
  for (let column = 0; column < theta.length - 1; column++) {
    penalty += l1 * Math.abs(theta[column]!) + 0.5 * l2 * theta[column]! ** 2
  }
  let sum = 0
  for (let row = 0; row < target.length; row++) {
    const value = loss.value(scores[row]!, target[row]!)
    sum += weights === undefined ? value : weights[row]! * value
  }
  return { theta, scores, loss: sum, value: penalty + sum }
}

export function slopesAt(
  { sparse, target, weights, loss, l2 }: PenalisedObjective,
  { theta, scores }: Point,
): Slopes {
  const { columns, starts, columnOf, values } = sparse
  const gradient = theta.map((value, column) => (column === columns ? 0 : l2 * value))
  const bends = new Float64Array(target.length)
  for (let row = 0; row < target.length; row++) {
    const weight = weights === undefined ? 1 : weights[row]!
    const mean = loss.mean(scores[row]!)
    const slope = weight * (mean - target[row]!)
    bends[row] = weight * loss.variance(mean)
    const end = starts[row + 1]!
    for (let k = starts[row]!; k < end; k++) gradient[columnOf[k]!]! += slope * values[k]!
    gradient[columns]! += slope
  }
  return { gradient, bends }
}

/** Lower triangle of the second derivatives, shape [columns + 1, columns + 1]. */
export function hessianAt(
  { sparse, gram, l2 }: PenalisedObjective,
  { bends }: Slopes,
): Float64Array {
  const hessian = weightedGram(sparse, gram, bends)
  for (let column = 0; column < sparse.columns; column++) {
    hessian[column * (sparse.columns + 2)]! += l2
  }
  return hessian
}
