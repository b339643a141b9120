import { ToolkitError } from '../core/errors.ts'

/** Problems that one error names; the rest is counted. */
const mostNamed = 20

/**
 * Refuses options and rows that nothing can be learnt from, all problems at once.
 *
 * @param problems - each as a sentence; none is no error
 * @throws {ToolkitError} `TRAINING_INVALID`, naming the first 20
 */
export function refuseProblems(
  problems: readonly string[],
  hint: string,
  details: Readonly<Record<string, unknown>> = {},
): void {
  if (problems.length === 0) return
  const more = problems.length - mostNamed
  const named = problems.slice(0, mostNamed).join('; ')
  throw new ToolkitError(
    'TRAINING_INVALID',
    more > 0 ? `${named}; and ${more} more problems` : named,
    { hint, details },
  )
}
