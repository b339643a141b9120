import { ToolkitError } from '../../core/errors.ts'

/** @throws {ToolkitError} `TRAINING_INVALID` when the threshold is outside [0, 1]. */
export function checkThreshold(threshold: number): void {
  if (threshold >= 0 && threshold <= 1) return
  throw new ToolkitError('TRAINING_INVALID', `'threshold' is ${threshold}, expected 0 to 1`, {
    hint: 'pass a probability',
  })
}
