import { sigmoid } from '../../math/sigmoid.ts'

/**
 * Gradient p − y and hessian p·(1 − p) of the log loss of each row, rounded to
 * a grid so fine that it does not matter and so coarse that any sum of them
 * is exact in float64. Sums then do not depend on their order: trees are the
 * same whatever the order of rows, and empty bins hold exactly 0 after a
 * subtraction.
 *
 * @param into - overwritten, shape [rows, 2]
 */
export function fillDerivatives(
  into: Float64Array,
  scores: Float64Array,
  target: Float64Array,
): void {
  const rows = scores.length
  // |p − y| <= 1, so a sum stays below rows · 1, and 2⁵² steps of the grid must hold it.
  const step = gridStep(rows)
  const shift = step * 1.5 * 2 ** 52
  for (let row = 0; row < rows; row++) {
    const p = sigmoid(scores[row]!)
    // Adding and subtracting 1.5 · 2⁵² steps rounds to a whole step.
    into[2 * row] = p - target[row]! + shift - shift
    into[2 * row + 1] = p * (1 - p) + shift - shift
  }
}

/** A power of two: the grid's step for so many rows. */
function gridStep(rows: number): number {
  let step = 2 ** -52
  for (let reach = 1; reach < rows; reach *= 2) step *= 2
  return step
}
