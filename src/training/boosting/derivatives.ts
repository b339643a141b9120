import { gridShift, gridStep, powerOfTwoFrom } from './grid.ts'

/**
 * Weighs gradients and hessians and rounds them to a grid so fine that it does
 * not matter and so coarse that any sum of them is exact in float64. Sums then
 * do not depend on their order: trees are the same whatever the order of rows,
 * and empty bins hold exactly 0 after a subtraction.
 *
 * @param into - in place, shape [rows, 2]
 * @param weights - shape [rows]
 * @param bound - what no |gradient| and no |hessian| exceeds once weighed; `undefined` to look
 * @returns the unit of gains: that of gradient² / hessian, a power of two.
 */
export function roundDerivatives(
  into: Float64Array,
  weights: Float64Array | undefined,
  bound: number | undefined,
): number {
  if (weights !== undefined) {
    for (let i = 0; i < into.length; i++) into[i]! *= weights[i >> 1]!
  }
  const gradientUnit = powerOfTwoFrom(bound ?? largestOf(into, 0))
  const hessianUnit = powerOfTwoFrom(bound ?? largestOf(into, 1))
  const step = gridStep(into.length / 2)
  const gradientShift = gridShift(step * gradientUnit)
  const hessianShift = gridShift(step * hessianUnit)
  for (let i = 0; i < into.length; i += 2) {
    into[i] = into[i]! + gradientShift - gradientShift
    into[i + 1] = into[i + 1]! + hessianShift - hessianShift
  }
  return (gradientUnit / hessianUnit) * gradientUnit
}

function largestOf(derivatives: Float64Array, start: number): number {
  let largest = 0
  for (let i = start; i < derivatives.length; i += 2) {
    largest = Math.max(largest, Math.abs(derivatives[i]!))
  }
  return largest
}
