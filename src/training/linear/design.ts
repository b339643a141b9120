import { ToolkitError } from '../../core/errors.ts'

/** The encoded columns of a linear model, without the intercept. Row-major, shape [rows, columns]. */
export interface Design {
  readonly rows: number
  readonly columns: number
  /** Row r, column c is at `r * columns + c`. */
  readonly values: Float64Array
}

/**
 * Checks that the values have the shape they claim and are all finite.
 *
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` naming row and column (from 0) of the first bad cell.
 */
export function checkDesign({ rows, columns, values }: Design): void {
  if (values.length !== rows * columns) {
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `the design has ${values.length} values, expected ${rows} rows of ${columns}`,
      { hint: 'pass rows * columns values', details: { rows, columns, values: values.length } },
    )
  }
  const index = values.findIndex((value) => !Number.isFinite(value))
  if (index === -1) return
  const row = Math.floor(index / columns)
  const column = index % columns
  throw new ToolkitError(
    'TRAINING_INVALID',
    `row ${row}, column ${column} of the design is ${values[index]!}, expected a finite number`,
    { hint: 'fill in missing values before the fit', details: { row, column } },
  )
}
