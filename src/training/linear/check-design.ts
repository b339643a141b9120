import { ToolkitError } from '../../core/errors.ts'
import type { Design } from './design.ts'
import { createSparseRows, type SparseRows } from './sparse-rows.ts'

/** More columns than this would make the table of second derivatives half a gigabyte. */
const mostColumns = 8192

/**
 * The rows of a design, without its zeros.
 *
 * @throws {ToolkitError} `SHAPE_MISMATCH` when the values have not the shape they claim.
 */
export function sparseRowsOf(design: Design | SparseRows): SparseRows {
  if ('starts' in design) return design
  const { rows, columns, values } = design
  if (values.length !== rows * columns) {
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `the design has ${values.length} values, expected ${rows} rows of ${columns}`,
      { hint: 'pass rows * columns values', details: { rows, columns, values: values.length } },
    )
  }
  return createSparseRows(design)
}

/** Every cell that is not finite, as a sentence with its row and column (from 0); too many columns. */
export function designProblems({ rows, columns, starts, columnOf, values }: SparseRows): string[] {
  const problems: string[] = []
  if (columns > mostColumns) {
    problems.push(`the design has ${columns} columns, expected at most ${mostColumns}`)
  }
  for (let row = 0; row < rows; row++) {
    for (let k = starts[row]!; k < starts[row + 1]!; k++) {
      if (Number.isFinite(values[k])) continue
      problems.push(
        `row ${row}, column ${columnOf[k]!} of the design is ${values[k]!}, expected a finite number`,
      )
    }
  }
  return problems
}
