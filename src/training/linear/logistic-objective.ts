import { sigmoid, softplus } from '../../math/sigmoid.ts'
import { type SparseRows } from './sparse-rows.ts'

/**
 * What the fit minimises: ½·l2·‖w‖² + Σ log loss. The parameters θ are the
 * coefficients w, then the intercept, which is not penalised. Shape [columns + 1].
 */
export interface LogisticObjective {
  readonly sparse: SparseRows
  readonly target: Float64Array
  readonly l2: number
}

export interface Curvature {
  /** Shape [columns + 1]. */
  readonly gradient: Float64Array
  /** Lower triangle of the second derivatives, shape [columns + 1, columns + 1]. */
  readonly hessian: Float64Array
}

/** The objective at θ; `scores` are the rows' log odds at θ. */
export function objectiveValue(
  { target, l2 }: LogisticObjective,
  theta: Float64Array,
  scores: Float64Array,
): number {
  let squares = 0
  for (let column = 0; column < theta.length - 1; column++) squares += theta[column]! ** 2
  let loss = 0
  for (let row = 0; row < target.length; row++) {
    loss += softplus(scores[row]!) - target[row]! * scores[row]!
  }
  return 0.5 * l2 * squares + loss
}

/** Gradient and second derivatives at θ; `scores` are the rows' log odds at θ. */
export function objectiveCurvature(
  { sparse, target, l2 }: LogisticObjective,
  theta: Float64Array,
  scores: Float64Array,
): Curvature {
  const columns = theta.length - 1
  const gradient = new Float64Array(theta.length)
  const hessian = new Float64Array(theta.length ** 2)
  for (let column = 0; column < columns; column++) {
    gradient[column] = l2 * theta[column]!
    hessian[column * theta.length + column] = l2
  }
  const curvature = { gradient, hessian }
  for (let row = 0; row < target.length; row++) {
    const probability = sigmoid(scores[row]!)
    addRow(curvature, sparse, {
      row,
      slope: probability - target[row]!,
      bend: probability * (1 - probability),
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
