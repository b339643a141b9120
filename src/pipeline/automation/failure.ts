/** What is told of the error that ended a run or a stage. */

import { ToolkitError, formatError } from '../../core/errors.ts'

/** Whether it was ended from outside. */
export function isInterruption(error: unknown): boolean {
  if (error instanceof ToolkitError) return error.code === 'INTERRUPTED'
  return error instanceof Error && error.name === 'AbortError'
}

/** Its message. */
export function describeFailure(error: unknown): string {
  return error instanceof Error ? error.message : formatError(error)
}

/** What the stage's command ended with; `undefined` where no command failed. */
export function exitCodeOf(error: unknown): number | undefined {
  const exitCode = error instanceof ToolkitError ? error.details['exitCode'] : undefined
  return typeof exitCode === 'number' ? exitCode : undefined
}
