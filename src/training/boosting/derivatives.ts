import type { CellScale } from '../kernels/boosting-kernel.ts'
import { gridStep, powerOfTwoFrom } from './grid.ts'

/** How a tree's derivatives become integers, and what its gains are measured in. */
export interface DerivativeScale extends CellScale {
  /** The unit of gains: that of gradient² / hessian, a power of two. */
  readonly gainUnit: number
}

/** Multiplies the gradient and the hessian of each row, shape [rows, 2], by its weight. */
export function weighDerivatives(into: Float64Array, weights: Float64Array): void {
  for (let i = 0; i < into.length; i++) into[i]! *= weights[i >> 1]!
}

/** What no |gradient| and no hessian exceeds. */
export interface Bounds {
  readonly gradient: number
  readonly hessian: number
}

/**
 * Chooses grids so fine that rounding to them does not matter and so coarse that any sum of
 * gradients, and of hessians beside a number of rows, is exact in 64 bits and in float64. Sums then do
 * not depend on their order: trees are the same whatever the order of rows, and empty bins hold
 * exactly 0 after a subtraction. For a million rows a hessian keeps 22 bits, a gradient 32.
 */
export function scaleDerivatives(rows: number, bounds: Bounds): DerivativeScale {
  const gradientUnit = unitOf(bounds.gradient)
  const hessianUnit = unitOf(bounds.hessian)
  const countBits = Math.floor(Math.log2(rows)) + 1
  const step = gridStep(Math.max(2, rows))
  // Σ hessian and the number of rows share 62 bits.
  const hessianStep = Math.max(step, 2 ** (2 * countBits - 62))
  return {
    gradientStep: step * gradientUnit,
    hessianStep: hessianStep * hessianUnit,
    countBits,
    gainUnit: (gradientUnit / hessianUnit) * gradientUnit,
  }
}

/** Steps of less have no inverse. */
function unitOf(largest: number): number {
  return powerOfTwoFrom(largest === 0 ? 0 : Math.max(largest, 2 ** -960))
}

/** Looks for the bounds of derivatives, shape [rows, 2]. */
export function boundsOf(derivatives: Float64Array): Bounds {
  return { gradient: largestOf(derivatives, 0), hessian: largestOf(derivatives, 1) }
}

function largestOf(derivatives: Float64Array, start: number): number {
  let largest = 0
  for (let i = start; i < derivatives.length; i += 2) {
    largest = Math.max(largest, Math.abs(derivatives[i]!))
  }
  return largest
}
