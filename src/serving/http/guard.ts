/** Whom the server answers: a page elsewhere must not reach it through a visitor's browser. */

import { ToolkitError } from '../../core/errors.ts'
import { isAllowedHost, isForeignOrigin, type RequestHead } from '../../core/request-origin.ts'

/**
 * Refuses a request whose Host header is neither a loopback name nor one of
 * `allowedHosts` (any port): a page that rebinds its own name to this address
 * fails here. Refuses one that a page of another origin sent to do something.
 *
 * @throws {ToolkitError} `REQUEST_FORBIDDEN`
 */
export function checkOrigin(request: RequestHead, allowedHosts: readonly string[]): void {
  const { host } = request.headers
  if (!isAllowedHost(String(host ?? ''), allowedHosts)) {
    throw new ToolkitError(
      'REQUEST_FORBIDDEN',
      `the Host header '${String(host ?? '').slice(0, 100)}' names no host of this server`,
      { hint: 'start the server with --allow-host and the name that clients call it by' },
    )
  }
  if (isForeignOrigin(request)) {
    throw new ToolkitError('REQUEST_FORBIDDEN', 'a page of another origin sent this request', {
      hint: 'send it from a program, or from a page that this server delivers',
    })
  }
}

/** What every answer carries: inert in a browser, not to be framed, read elsewhere or kept. */
export const securityHeaders: Readonly<Record<string, string>> = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
}
