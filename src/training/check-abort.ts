import { ToolkitError } from '../core/errors.ts'

/**
 * Stops a fit whose signal was aborted.
 *
 * @throws {ToolkitError} `INTERRUPTED`, with the signal's reason as its cause.
 */
export function checkAbort(signal: AbortSignal | undefined): void {
  if (signal?.aborted !== true) return
  throw new ToolkitError('INTERRUPTED', 'the fit was stopped', {
    hint: 'run it again; nothing was kept',
    cause: signal.reason,
  })
}
