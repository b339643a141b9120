import type { Matrix } from '../../core/matrix.ts'

/** These rows of a matrix, in their order, shape [rows.length, columns]. */
export function pickRows({ columns, values }: Matrix, rows: Int32Array): Matrix {
  const picked = new Float32Array(rows.length * columns)
  rows.forEach((row, i) =>
    picked.set(values.subarray(row * columns, (row + 1) * columns), i * columns),
  )
  return { rows: rows.length, columns, values: picked }
}

/** The values of these rows, in their order. */
export function pickValues(values: Float64Array, rows: Int32Array): Float64Array {
  return Float64Array.from(rows, (row) => values[row]!)
}
