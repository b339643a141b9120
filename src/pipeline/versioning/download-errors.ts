import { ToolkitError } from '../../core/errors.ts'

/** An address without user, password and query, which may be secret. */
export function showAddress(address: string): string {
  if (!URL.canParse(address)) return address
  const { protocol, host, pathname } = new URL(address)
  return `${protocol}//${host}${pathname}`
}

/** The error for a file that a server does not give. @param details - `status` is what it answered */
export function unavailable(
  address: string,
  reason: string,
  { status, cause, hint }: UnavailableDetails = {},
): ToolkitError {
  return new ToolkitError(
    'DATA_SOURCE_UNAVAILABLE',
    `cannot get '${showAddress(address)}': ${reason}`,
    {
      hint: hint ?? 'check the address and the network, then try again',
      details: { status },
      cause,
    },
  )
}

interface UnavailableDetails {
  readonly status?: number
  readonly cause?: unknown
  readonly hint?: string
}
