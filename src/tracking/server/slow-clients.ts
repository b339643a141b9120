/** Clients that do not go on: a connection that nothing comes of is not held open for them. */

import type { FastifyReply, FastifyRequest } from 'fastify'

/** How long a client may take. */
export interface Patience {
  /** For a message to arrive whole; also for a body that was refused. */
  readonly messageMs: number
  /** Between two pieces of an upload, which may take its time, or of an answer that is read. */
  readonly silenceMs: number
}

/** A minute for a message, two between pieces. */
export const defaultPatience: Patience = { messageMs: 60_000, silenceMs: 120_000 }

/** Closes the connection when the body does not come, or not in time. */
export function limitArrival(
  { raw, headers }: FastifyRequest,
  reply: FastifyReply,
  { kind, patience }: { readonly kind: 'message' | 'upload'; readonly patience: Patience },
): void {
  const hasBody =
    headers['transfer-encoding'] !== undefined || Number(headers['content-length'] ?? 0) > 0
  if (!hasBody) return
  if (kind === 'message') {
    const limit = setTimeout(() => raw.destroy(), patience.messageMs)
    raw.once('close', () => clearTimeout(limit))
    return
  }
  raw.socket.setTimeout(patience.silenceMs)
  raw.once('end', () => {
    // Putting a large file together is silent, too; after the answer Node has its own limit for the next request.
    if (!reply.raw.writableEnded) raw.socket.setTimeout(0)
  })
}

/** Closes the connection when nobody takes the answer. */
export function limitReading({ raw }: FastifyRequest, { silenceMs }: Patience): void {
  raw.socket.setTimeout(silenceMs)
}
