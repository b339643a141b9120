import { ToolkitError } from '../../core/errors.ts'
import { showAddress } from '../../core/show-address.ts'

/** The error for a file that a server does not give. @param details - `status` is what it answered */
export function unavailable(
  address: string,
  reason: string,
  { status, retryAfter, cause, hint }: UnavailableDetails = {},
): ToolkitError {
  return new ToolkitError(
    'DATA_SOURCE_UNAVAILABLE',
    `cannot get '${showAddress(address)}': ${reason}`,
    {
      hint: hint ?? 'check the address and the network, then try again',
      details: { status, retryAfter },
      cause,
    },
  )
}

interface UnavailableDetails {
  readonly status?: number
  /** As the server says it. */
  readonly retryAfter?: string | undefined
  readonly cause?: unknown
  readonly hint?: string
}

/**
 * How long to wait after a failure, in milliseconds: a server may ask for more patience than one has by itself, up to that
 * which one has for an answer.
 */
export function pauseAfter(
  { details }: Pick<ToolkitError, 'details'>,
  ownMs: number,
  mostMs: number,
): number {
  const asked = Number(details['retryAfter']) * 1000
  return Number.isFinite(asked) ? Math.max(ownMs, Math.min(asked, mostMs)) : ownMs
}
