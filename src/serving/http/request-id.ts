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
  if (now !== latest.now) latest = { now, prefix: formatTime(now) }
  return latest.prefix + randomUUID().slice(15)
}

/** Many ids are made within a millisecond. */
let latest = { now: -1, prefix: '' }

function formatTime(now: number): string {
  // In two halves, for of a number beyond 31 bits V8 takes ten times as long.
  const high = Math.floor(now / 2 ** 16)
    .toString(16)
    .padStart(8, '0')
  const low = (now % 2 ** 16).toString(16).padStart(4, '0')
  return `${high}-${low}-7`
}
