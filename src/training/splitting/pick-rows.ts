import type { Matrix } from '../../core/matrix.ts'

/** These rows of a matrix, in their order, shape [rows.length, columns]; without their texts. */
export function pickRows({ columns, values, doubles }: Matrix, rows: ArrayLike<number>): Matrix {
  const picked = new Float32Array(rows.length * columns)
  for (let i = 0; i < rows.length; i++) {
    const from = rows[i]! * columns
    picked.set(values.subarray(from, from + columns), i * columns)
  }
  const matrix = { rows: rows.length, columns, values: picked }
  if (doubles === undefined) return matrix
  const wide = Array.from(
    doubles,
    ([column, all]) => [column, Array.from(rows, (row) => all[row]!)] as const,
  )
  return { ...matrix, doubles: new Map(wide) }
}

/** The values of these rows, in their order. */
export function pickValues(values: ArrayLike<number>, rows: ArrayLike<number>): Float64Array {
  return Float64Array.from(rows, (row) => values[row]!)
}

/** Rows to fit on. */
export interface FittedRows {
  /** Raw feature columns, shape [rows, features]. */
  readonly x: Matrix
  /** What is to be predicted of each row, shape [rows]. */
  readonly y: Float64Array
  /** Shape [rows]; 1 each when absent. */
  readonly weights?: Float64Array | undefined
  /** Parts that rows are held out by where some belong together, shape [rows]. */
  readonly parts?: Float64Array | undefined
}

/** These rows, in their order, with their weights and parts where there are any. */
export function pickFittedRows({ x, y, weights, parts }: FittedRows, rows: Int32Array): FittedRows {
  return {
    x: pickRows(x, rows),
    y: pickValues(y, rows),
    ...(weights && { weights: pickValues(weights, rows) }),
    ...(parts && { parts: pickValues(parts, rows) }),
  }
}
