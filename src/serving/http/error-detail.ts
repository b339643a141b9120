/** How much an error says of the request that it is about. */

import type { Failure } from './problem.ts'

/**
 * 'full': everything, with the values that were sent; 'fields': which columns do not fit and what was expected, and no value;
 * 'none': that the request is invalid, and no more.
 */
export type ErrorDetail = 'full' | 'fields' | 'none'

/** Failures of which the message is about what was sent; the others hold nothing of it. */
const aboutContent: ReadonlySet<number> = new Set([400, 404, 415, 422])

/** The failure without what is not to be told. */
export function withErrorDetail(failure: Failure, detail: ErrorDetail): Failure {
  if (detail === 'full') return failure
  if (detail === 'fields') return { ...failure, areValuesTold: false }
  if (!aboutContent.has(failure.status)) return failure
  const { status, code, isInternal } = failure
  const message = 'the request is invalid, and this server does not say why'
  const nothing = { hint: undefined, errors: [], errorCount: 0, areValuesTold: false }
  return { status, code, isInternal, message, messageWithoutValues: message, ...nothing }
}
