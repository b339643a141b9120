import type { PointLoss } from './point-loss.ts'
import { multiplySparse, type SparseRows } from './sparse-rows.ts'

/**
 * What a fit minimises: Σ vᵢ·loss + l1·‖w‖₁ + ½·l2·‖w‖². The parameters θ are the
 * coefficients w, then the intercept, which is not penalised. Shape [columns + 1].
 */
export interface PenalisedObjective {
  readonly sparse: SparseRows
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
  readonly value: number
}

/** Of the objective without its term l1·‖w‖₁, which has no slope at 0. */
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
  return { theta, scores, value: penalty + sum }
}

export function curvatureAt(
  { sparse, target, weights, loss, l2 }: PenalisedObjective,
  { theta, scores }: Point,
): Curvature {
  const size = theta.length
  const gradient = new Float64Array(size)
  const hessian = new Float64Array(size ** 2)
  for (let column = 0; column < size - 1; column++) {
    gradient[column] = l2 * theta[column]!
    hessian[column * size + column] = l2
  }
  const curvature = { gradient, hessian }
  for (let row = 0; row < target.length; row++) {
    const weight = weights === undefined ? 1 : weights[row]!
    const mean = loss.mean(scores[row]!)
    addRow(curvature, sparse, {
      row,
      slope: weight * (mean - target[row]!),
      bend: weight * loss.variance(mean),
    })
  }
  return curvature
}

/** Adds slope·x to the gradient and bend·x·xᵀ to the second derivatives, x being the row with a final 1. */
function addRow(
  { gradient, hessian }: Curvature,
  { columns, starts, columnOf, values }: SparseRows,
  { row, slope, bend }: { row: number; slope: number; bend: number },
): void {
  const size = columns + 1
  const start = starts[row]!
  const end = starts[row + 1]!
  for (let a = start; a < end; a++) {
    const column = columnOf[a]!
    gradient[column]! += slope * values[a]!
    const weighted = bend * values[a]!
    const line = column * size
    for (let b = start; b <= a; b++) hessian[line + columnOf[b]!]! += weighted * values[b]!
    hessian[columns * size + column]! += weighted
  }
  gradient[columns]! += slope
  hessian[columns * size + columns]! += bend
}
