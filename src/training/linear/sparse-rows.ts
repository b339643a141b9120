import { type Design } from './design.ts'

/**
 * The cells of a design that are not zero, row by row: most of one-hot columns
 * are, and the curvature costs the square of what is left in a row.
 */
export interface SparseRows {
  readonly rows: number
  readonly columns: number
  /** Row r has the entries from `starts[r]` up to `starts[r + 1]`. Shape [rows + 1]. */
  readonly starts: Float64Array
  /** The column of each entry, ascending within a row. Shape [entries]. */
  readonly columnOf: Int32Array
  /** Shape [entries]. */
  readonly values: Float64Array
}

export function createSparseRows(design: Design): SparseRows {
  const { rows, columns } = design
  const entries = design.values.reduce((count, value) => (value === 0 ? count : count + 1), 0)
  const starts = new Float64Array(rows + 1)
  const columnOf = new Int32Array(entries)
  const values = new Float64Array(entries)
  let entry = 0
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = design.values[row * columns + column]!
      if (value === 0) continue
      columnOf[entry] = column
      values[entry] = value
      entry += 1
    }
    starts[row + 1] = entry
  }
  return { rows, columns, starts, columnOf, values }
}

/**
 * Log odds of each row, shape [rows].
 *
 * @param theta - the coefficients, then the intercept, shape [columns + 1]
 */
export function multiplySparse(sparse: SparseRows, theta: Float64Array): Float64Array {
  const { rows, columns, starts, columnOf, values } = sparse
  const scores = new Float64Array(rows)
  for (let row = 0; row < rows; row++) {
    let score = theta[columns]!
    const end = starts[row + 1]!
    for (let k = starts[row]!; k < end; k++) score += theta[columnOf[k]!]! * values[k]!
    scores[row] = score
  }
  return scores
}
