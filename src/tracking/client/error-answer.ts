/** What a tracking server says when it refuses, as an error of ours. */

import { ToolkitError, type ErrorCode } from '../../core/errors.ts'
import { isObject, parseJsonText } from '../../core/json.ts'
import { ownMember } from '../../core/own-member.ts'
import { showAddress } from '../../core/show-address.ts'

const codes: Readonly<Record<string, ErrorCode>> = {
  ALREADY_EXISTS: 'TRACKING_EXISTS',
  BAD_REQUEST: 'TRACKING_INVALID',
  CUSTOMER_UNAUTHORIZED: 'TRACKING_FORBIDDEN',
  INVALID_PARAMETER_VALUE: 'TRACKING_INVALID',
  INVALID_STATE: 'TRACKING_INVALID',
  NOT_FOUND: 'TRACKING_NOT_FOUND',
  PERMISSION_DENIED: 'TRACKING_FORBIDDEN',
  RESOURCE_ALREADY_EXISTS: 'TRACKING_EXISTS',
  RESOURCE_CONFLICT: 'TRACKING_INVALID',
  RESOURCE_DOES_NOT_EXIST: 'TRACKING_NOT_FOUND',
  TEMPORARILY_UNAVAILABLE: 'TRACKING_STORE_BUSY',
  UNAUTHENTICATED: 'TRACKING_FORBIDDEN',
}

const hints: Partial<Readonly<Record<ErrorCode, string>>> = {
  TRACKING_FORBIDDEN: 'give the client a token, or a user name and password, that may do this',
  TRACKING_STORE_BUSY: 'try again later',
}

/** An answer other than 200. */
export interface Refusal {
  readonly method: string
  /** Without what could be secret: user, password and query. */
  readonly address: string
  readonly status: number
  /** JSON of MLflow, HTML of a proxy, or anything else. */
  readonly body: string
  /** How often it was asked. */
  readonly tries: number
  /** Of a redirect: nobody follows it, since what is sent to one server is not for another. */
  readonly leadsTo: string | undefined
}

/** The server's own message when it sent one; otherwise what was asked, and what came. */
export function toTrackingError(refusal: Refusal): ToolkitError {
  const { status, method, address } = refusal
  const { errorCode, message } = parseBody(refusal.body)
  const details = { status, method, address, errorCode }
  const code = codeOf(status, errorCode, message)
  if (message !== undefined) {
    const hint =
      hints[code] ?? (code === 'TRACKING_SERVER_FAILED' ? hintOfStatus(status) : undefined)
    return new ToolkitError(code, message, { hint, details })
  }
  const answered = `${method} ${address} answered ${status}${triedOften(refusal)}`
  const place = status >= 300 && status < 400 ? placeOf(refusal) : undefined
  if (place !== undefined) {
    return new ToolkitError(code, `${answered}: it leads to ${place}`, {
      hint: 'write the tracking URI as it is there (https for http, for example); redirects are not followed',
      details,
    })
  }
  return new ToolkitError(code, `${answered}${excerpt(refusal.body)}`, {
    hint: hints[code] ?? hintOfStatus(status),
    details,
  })
}

function triedOften({ tries }: Refusal): string {
  return tries > 1 ? `, ${tries} times` : ''
}

/** Where a redirect leads, without user, password and query. */
function placeOf({ leadsTo, address }: Refusal): string | undefined {
  if (leadsTo === undefined || !URL.canParse(leadsTo, address)) return undefined
  return showAddress(new URL(leadsTo, address).href)
}

function parseBody(body: string): { errorCode?: string; message?: string } {
  const value = parseJsonText(body)
  if (!isObject(value)) return {} // HTML or nothing: the status has to do
  // Some of MLflow's endpoints are another framework's, which says `detail`.
  const { error_code: errorCode, message = value['detail'] } = value
  return {
    ...(typeof errorCode === 'string' && { errorCode }),
    ...(typeof message === 'string' && message !== '' && { message }),
  }
}

function codeOf(
  status: number,
  errorCode: string | undefined,
  message: string | undefined,
): ErrorCode {
  // So says a real server when an experiment is given a name that another has.
  if (message !== undefined && /UNIQUE constraint|duplicate key/i.test(message)) {
    return 'TRACKING_EXISTS'
  }
  const known = errorCode === undefined ? undefined : ownMember(codes, errorCode)
  return known ?? codeOfStatus(status, message !== undefined)
}

/** A 404 without a message of MLflow is a server that is not one, or lacks the endpoint. */
function codeOfStatus(status: number, hasMessage: boolean): ErrorCode {
  if (status === 401 || status === 403) return 'TRACKING_FORBIDDEN'
  if (!hasMessage) return 'TRACKING_SERVER_FAILED'
  return status === 400 || status === 409 || status === 413
    ? 'TRACKING_INVALID'
    : 'TRACKING_SERVER_FAILED'
}

function hintOfStatus(status: number): string {
  if (status === 404 || status === 405) {
    return 'check that the tracking URI is that of an MLflow server, with its path prefix'
  }
  return "look into the server's log"
}

/** The text of a page without its markup: proxies say there what is wrong. */
function excerpt(body: string): string {
  const text = body
    .replaceAll(/<(script|style)[^]*?<\/\1>/gi, ' ')
    .replaceAll(/<[^>]*>/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()
  return text === '' ? '' : `: ${text.slice(0, 200)}`
}
