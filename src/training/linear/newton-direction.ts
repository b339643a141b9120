import { ToolkitError } from '../../core/errors.ts'
import { solveSymmetric } from '../../math/solve-symmetric.ts'
import type { Curvature } from './penalised-objective.ts'

/**
 * The d that minimises g·d + ½·dᵀ·H·d, with the diagonal of H raised as little as
 * makes that solvable: where columns depend on each other, one of the many minima.
 *
 * @throws {ToolkitError} `TRAINING_INVALID` when H is not finite
 */
export function newtonDirection({ gradient, hessian }: Curvature): Float64Array {
  const falling = gradient.map((slope) => -slope)
  const direct = solveSymmetric(hessian, falling)
  if (direct?.every(Number.isFinite) === true) return direct
  checkCurvature({ gradient, hessian })
  const size = gradient.length
  for (let damping = 1e-10; damping <= 1; damping *= 10) {
    const raised = Float64Array.from(hessian)
    for (let i = 0; i < size; i++) raised[i * size + i]! += damping * (raised[i * size + i]! || 1)
    const direction = solveSymmetric(raised, falling)
    if (direction?.every(Number.isFinite) === true) return direction
  }
  throw tooLarge()
}

/** @throws {ToolkitError} `TRAINING_INVALID` when sums overflowed */
export function checkCurvature({ gradient, hessian }: Curvature): void {
  if (!gradient.every(Number.isFinite) || !hessian.every(Number.isFinite)) throw tooLarge()
}

function tooLarge(): ToolkitError {
  return new ToolkitError(
    'TRAINING_INVALID',
    'the curvature of the loss is not finite: the values are too large',
    { hint: 'standardize the columns, or raise l2' },
  )
}
