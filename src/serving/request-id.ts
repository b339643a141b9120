import { randomUUID } from 'node:crypto'

/**
 * The id of a request: the sender's `x-request-id` when it is safe to log and
 * to send back, a fresh one otherwise.
 */
export function chooseRequestId(sent: string | string[] | undefined): string {
  return typeof sent === 'string' && /^[A-Za-z0-9._-]{1,128}$/.test(sent) ? sent : randomUUID()
}
