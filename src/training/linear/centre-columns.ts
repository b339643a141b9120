import type { SparseRows } from './sparse-rows.ts'

/** Rows whose columns without a zero have the mean 0. */
export interface CentredRows {
  readonly sparse: SparseRows
  /** What was taken from each column, 0 where it has zeros. Shape [columns]. */
  readonly shifts: Float64Array
}

/**
 * Takes its mean from each column that has no zero: far from 0, as years or
 * timestamps are, a column is otherwise hard to tell from the intercept. One with
 * zeros spreads at least 1 / √rows of its mean, which is enough.
 *
 * @param weights - of the means, shape [rows]; 1 each when absent
 */
export function centreColumns(
  sparse: SparseRows,
  weights: ArrayLike<number> | undefined,
): CentredRows {
  const { rows, columns, starts, columnOf, values } = sparse
  const counts = new Float64Array(columns)
  const sums = new Float64Array(columns)
  let total = 0
  for (let row = 0; row < rows; row++) {
    const weight = weights === undefined ? 1 : weights[row]!
    total += weight
    for (let k = starts[row]!; k < starts[row + 1]!; k++) {
      counts[columnOf[k]!]! += 1
      sums[columnOf[k]!]! += weight * values[k]!
    }
  }
  const constants = constantsOf(sparse)
  const shifts = sums.map((sum, column) =>
    counts[column] === rows && Number.isFinite(sum) ? (constants.get(column) ?? sum / total) : 0,
  )
  if (shifts.every((shift) => shift === 0)) return { sparse, shifts }
  const centred = values.map((value, k) => value - shifts[columnOf[k]!]!)
  return { sparse: { ...sparse, values: centred }, shifts }
}

/**
 * The value of each column that has only one: the sum of many divided by their count may miss it, and what
 * was left would be taken for a column, with a coefficient as large as what was left is small.
 */
function constantsOf({ rows, starts, columnOf, values }: SparseRows): Map<number, number> {
  const constants = new Map<number, number>()
  for (let k = 0; k < starts[Math.min(1, rows)]!; k++) constants.set(columnOf[k]!, values[k]!)
  for (let k = 0; k < values.length && constants.size > 0; k++) {
    if (values[k] !== constants.get(columnOf[k]!)) constants.delete(columnOf[k]!)
  }
  return constants
}
