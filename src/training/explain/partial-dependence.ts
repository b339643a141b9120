import { ToolkitError } from '../../core/errors.ts'
import type { Matrix } from '../../core/matrix.ts'
import { quantile } from '../../math/index.ts'
import { checkColumn, checkRows } from './check-rows.ts'

/** The mean prediction when every row has the same value in one column. */
export interface PartialDependence {
  /** The values tried; NaN stands for a missing one. Shape [points]. */
  readonly values: Float64Array
  /** Mean prediction of all rows with that value. Shape [points]. */
  readonly mean: Float64Array
}

/** Of which column, and at which values. */
export interface PartialDependenceOptions {
  /** Position among the columns. */
  readonly column: number
  /** The values to try, such as the levels of a category. Default: {@link dependenceGrid} with `points`. */
  readonly values?: ArrayLike<number>
  /** At least 2. Default: 20. */
  readonly points?: number
}

/**
 * Partial dependence: the mean prediction over the rows when one column is set to
 * each of some values, everything else as it is [Friedman 2001, §8.2]. Works with every
 * model. Where columns go together it also asks for rows that never occur.
 *
 * @param predict - one number a row
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` without rows or values
 *
 * @example
 * ```ts
 * import { partialDependence } from 'ml-pipeline-toolkit'
 * const x = { rows: 2, columns: 2, values: Float32Array.of(1, 10, 2, 20) }
 * const sum = ({ rows, values }) => Float64Array.from({ length: rows }, (_, r) => values[2 * r] + values[2 * r + 1])
 * partialDependence(sum, x, { column: 0 }).mean // => Float64Array.of(16, 17)
 * ```
 */
export function partialDependence(
  predict: (rows: Matrix) => ArrayLike<number>,
  x: Matrix,
  options: PartialDependenceOptions,
): PartialDependence {
  const { column } = options
  checkRows(x)
  checkColumn(x, column)
  const values = Float64Array.from(options.values ?? dependenceGrid(x, column, options.points))
  if (values.length === 0) {
    throw new ToolkitError('TRAINING_INVALID', `column ${column} has no value to try`, {
      hint: "pass 'values'",
    })
  }
  const cells = x.values.slice()
  const others = { doubles: x.doubles && new Map([...x.doubles].filter(([c]) => c !== column)) }
  const mean = values.map((value) => {
    for (let row = 0; row < x.rows; row++) cells[row * x.columns + column] = value
    const predictions = Float64Array.from(predict({ ...x, ...others, values: cells }))
    return predictions.reduce((sum, prediction) => sum + prediction, 0) / x.rows
  })
  return { values, mean }
}

/** Beyond these quantiles few rows say what the model does. */
const [lowest, highest] = [0.05, 0.95]

/**
 * The values of a column at which its partial dependence is worth knowing, ascending:
 * all of them if they are few, else evenly spaced from its 5 % to its 95 % quantile.
 * Missing values are left out.
 *
 * @param points - at least 2
 * @throws {ToolkitError} `TRAINING_INVALID`
 */
export function dependenceGrid(x: Matrix, column: number, points = 20): Float64Array {
  if (!Number.isInteger(points) || points < 2) {
    throw new ToolkitError('TRAINING_INVALID', `'points' is ${points}, expected at least 2`, {
      hint: 'a curve needs two points',
    })
  }
  const cells = new Float64Array(x.rows)
  for (let row = 0; row < x.rows; row++) cells[row] = x.values[row * x.columns + column]!
  const sorted = cells.filter((cell) => Number.isFinite(cell)).sort()
  const distinct = sorted.filter((cell, i) => i === 0 || cell !== sorted[i - 1])
  if (distinct.length <= points) return distinct
  const [from, to] = [quantile(sorted, lowest), quantile(sorted, highest)]
  if (from === to) return Float64Array.of(from)
  return Float64Array.from({ length: points }, (_, i) => from + ((to - from) * i) / (points - 1))
}
