import { unavailable } from './download-errors.ts'
import { nextAddress, type NextAddress } from './next-address.ts'

/** DVC gives up after 10. */
const limit = 20

/**
 * Asks a web server, and whomever it sends on to.
 *
 * @throws {ToolkitError} `DATA_SOURCE_UNAVAILABLE` for a redirect that does not end, that leads away from the web or from
 * https, or that names a user
 */
export async function followRedirects(
  address: string,
  method: 'GET' | 'HEAD',
  signal: AbortSignal,
): Promise<Response> {
  const headers = { 'accept-encoding': 'identity', accept: '*/*' }
  let current = address
  for (let count = 0; ; count++) {
    const answer = await fetch(current, { method, headers, signal, redirect: 'manual' })
    const location = answer.headers.get('location') ?? ''
    if (!isRedirect(answer) || location === '') return answer
    await answer.body?.cancel()
    const { status } = answer
    const next: NextAddress =
      count === limit
        ? { kind: 'refused', reason: `it leads on more than ${limit} times` }
        : nextAddress(location, current)
    if (next.kind === 'refused') throw unavailable(address, next.reason, { status, hint: byHand })
    current = next.address
  }
}

const byHand = 'look where it leads in a browser, and give the address of the file itself'

function isRedirect({ status }: Response): boolean {
  return [301, 302, 303, 307, 308].includes(status)
}
