/** When a failed request is worth another try, and how long to wait for it. */

/** What a try ended with: an answer, or a connection that broke. */
export type Failure =
  | { readonly kind: 'status'; readonly status: number; readonly retryAfter: string | undefined }
  | { readonly kind: 'refused' }
  | { readonly kind: 'broken' }

export interface RetryOptions {
  /** Tries after the first; 5 by default. */
  readonly maxRetries: number
  /** Of the first wait; each next one is twice as long. */
  readonly baseDelayMs: number
}

export const defaultRetries: RetryOptions = { maxRetries: 5, baseDelayMs: 200 }

const longestDelayMs = 20_000

/** The server may have done nothing yet: another try is safe for every request. */
const undoneStatuses = new Set([429, 503])
const passingStatuses = new Set([408, 429, 500, 502, 503, 504])

/**
 * How long to wait before the next try, or `undefined` when there should be none. A request that
 * would do its work twice (`runs/create`) is only repeated when the server surely did nothing.
 *
 * @param attempt - 0 after the first try
 * @param draw - from 0 to 1: spreads clients that failed together over time
 */
export function retryDelayMs(
  failure: Failure,
  request: { readonly isRepeatable: boolean; readonly attempt: number; readonly draw: number },
  options: RetryOptions,
): number | undefined {
  if (request.attempt >= options.maxRetries || !mayRepeat(failure, request.isRepeatable)) {
    return undefined
  }
  const asked = failure.kind === 'status' ? Number(failure.retryAfter) * 1000 : NaN
  if (Number.isFinite(asked) && asked >= 0) return Math.min(asked, longestDelayMs)
  const longest = Math.min(options.baseDelayMs * 2 ** request.attempt, longestDelayMs)
  return longest * (0.5 + request.draw / 2)
}

function mayRepeat(failure: Failure, isRepeatable: boolean): boolean {
  if (failure.kind === 'refused') return true
  if (failure.kind === 'broken') return isRepeatable
  return isRepeatable ? passingStatuses.has(failure.status) : undoneStatuses.has(failure.status)
}
