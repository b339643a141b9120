import { ToolkitError } from '../../core/errors.ts'

export function interruption(signal: AbortSignal): ToolkitError {
  return new ToolkitError('INTERRUPTED', 'interrupted: the trials that have ended are kept', {
    hint: 'run the same again: it goes on where it ended',
    cause: signal.reason,
  })
}
