import { randomUUID } from 'node:crypto'

/**
 * The id of a request: the sender's `x-request-id` when it is safe to log and
 * to send back, a fresh one otherwise.
 */
export function chooseRequestId(sent: string | string[] | undefined): string {
  const isSafe = typeof sent === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(sent)
  // Of this process: its order matters, not its being right.
  return isSafe ? sent : createRequestId(Math.floor(performance.timeOrigin + performance.now()))
}

/**
 * A UUID of version 7: ids grow with time, so that whoever looks for one in a log needs to open few files. [RFC 9562, §5.7]
 *
 * @param now - milliseconds since 1970
 */
export function createRequestId(now: number): string {
  const time = now.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-7${randomUUID().slice(15)}`
}
