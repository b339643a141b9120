import { ToolkitError } from '../../core/errors.ts'

/** The margin. @throws {ToolkitError} `TRAINING_INVALID` when it is not a finite number from 0. */
export function checkMargin(margin: number): number {
  if (Number.isFinite(margin) && margin >= 0) return margin
  throw new ToolkitError(
    'TRAINING_INVALID',
    `'margin' is ${margin}, expected a finite number from 0`,
    { hint: 'pass how much better the second model must be' },
  )
}
