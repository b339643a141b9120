import { ToolkitError } from '../core/errors.ts'

/**
 * Checks that a target is not empty, holds only 0 and 1, and both of them.
 *
 * @param target - shape [rows]
 * @throws {ToolkitError} `TRAINING_INVALID`, naming the first row (from 0) that is neither.
 */
export function checkBinaryTarget(target: ArrayLike<number>): void {
  if (target.length === 0) throw invalid('there are no rows', 'pass at least one row of each class')
  let positives = 0
  for (let row = 0; row < target.length; row++) {
    const value = target[row]!
    if (value !== 0 && value !== 1) {
      throw invalid(
        `row ${row}: the target is ${value}, expected 0 or 1`,
        'encode the two classes as 0 and 1',
      )
    }
    positives += value
  }
  if (positives === 0 || positives === target.length) {
    throw invalid(
      `all ${target.length} rows are of class ${target[0]!}, expected both classes`,
      'check the target column and the filter or split that chose these rows',
    )
  }
}

function invalid(message: string, hint: string): ToolkitError {
  return new ToolkitError('TRAINING_INVALID', message, { hint })
}
