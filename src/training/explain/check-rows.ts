import { ToolkitError } from '../../core/errors.ts'
import type { Matrix } from '../../core/matrix.ts'

/**
 * Checks that there are rows, whole ones, each with its target where there is one.
 *
 * @throws {ToolkitError} `SHAPE_MISMATCH`, `TRAINING_INVALID`
 */
export function checkRows(x: Matrix, y?: Float64Array): void {
  if (x.values.length !== x.rows * x.columns || (y !== undefined && y.length !== x.rows)) {
    const targets = y === undefined ? '' : ` and ${y.length} targets`
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `there are ${x.values.length} cells${targets} for ${x.rows} rows of ${x.columns} columns`,
      { hint: 'make the data agree in rows and columns' },
    )
  }
  if (x.rows > 0 && x.columns > 0) return
  throw new ToolkitError('TRAINING_INVALID', `there are ${x.rows} rows of ${x.columns} columns`, {
    hint: 'explain at least one row of one column',
  })
}

/** @throws {ToolkitError} `SHAPE_MISMATCH` for a column that is not there */
export function checkColumn(x: Matrix, column: number): void {
  if (Number.isInteger(column) && column >= 0 && column < x.columns) return
  throw new ToolkitError(
    'SHAPE_MISMATCH',
    `there is no column ${column}, the rows have ${x.columns}`,
    { hint: `columns are counted from 0 to ${x.columns - 1}` },
  )
}
