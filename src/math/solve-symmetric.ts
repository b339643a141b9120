import { ToolkitError } from '../core/errors.ts'

/**
 * Solves A·x = b for a symmetric positive definite A, by Cholesky's factorisation.
 *
 * @param matrix - A, shape [n, n], row-major; only the lower triangle is read
 * @param right - b, shape [n]
 * @returns x, shape [n]; `undefined` when A is not positive definite to working
 *   precision: a pivot fell to n·2⁻⁵² of its diagonal entry, or is not finite.
 * @throws {ToolkitError} `SHAPE_MISMATCH` when `matrix` is not [n, n].
 */
export function solveSymmetric(
  matrix: Float64Array,
  right: Float64Array,
): Float64Array | undefined {
  const n = right.length
  if (matrix.length !== n * n) {
    throw new ToolkitError('SHAPE_MISMATCH', `the matrix has ${matrix.length} cells, not ${n}²`, {
      hint: 'pass a square matrix with as many rows as the right side',
      details: { cells: matrix.length, rows: n },
    })
  }
  const factor = factorise(matrix, n)
  return factor === undefined ? undefined : substitute(factor, right)
}

/** The lower triangular L with L·Lᵀ = A, shape [n, n]. */
function factorise(matrix: Float64Array, n: number): Float64Array | undefined {
  const factor = new Float64Array(n * n)
  for (let i = 0; i < n; i++) {
    for (let j = 0; j < i; j++) {
      const rest = matrix[i * n + j]! - rowProduct(factor, { i, j, n })
      factor[i * n + j] = rest / factor[j * n + j]!
    }
    const diagonal = matrix[i * n + i]!
    const pivot = diagonal - rowProduct(factor, { i, j: i, n })
    // Relative to the row's own diagonal, so that the unit of a variable does not matter.
    if (!(pivot > n * 2 ** -52 * diagonal) || pivot === Infinity) return undefined
    factor[i * n + i] = Math.sqrt(pivot)
  }
  return factor
}

/** Σ L[i, k]·L[j, k] over k below j. */
function rowProduct(
  factor: Float64Array,
  { i, j, n }: { i: number; j: number; n: number },
): number {
  let sum = 0
  const a = i * n
  const b = j * n
  for (let k = 0; k < j; k++) sum += factor[a + k]! * factor[b + k]!
  return sum
}

function substitute(factor: Float64Array, right: Float64Array): Float64Array {
  const n = right.length
  const x = Float64Array.from(right)
  for (let i = 0; i < n; i++) {
    for (let k = 0; k < i; k++) x[i]! -= factor[i * n + k]! * x[k]!
    x[i]! /= factor[i * n + i]!
  }
  for (let i = n - 1; i >= 0; i--) {
    x[i]! /= factor[i * n + i]!
    for (let k = 0; k < i; k++) x[k]! -= factor[i * n + k]! * x[i]!
  }
  return x
}
