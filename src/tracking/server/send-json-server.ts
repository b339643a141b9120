/** Sends JSON, packed when that is worth it. */

import { pipeline, Readable } from 'node:stream'
import { promisify } from 'node:util'
import { createGzip, gzip } from 'node:zlib'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Exchange, JsonPieces } from './route.ts'

const pack = promisify(gzip)

/** Shorter answers are not worth packing. */
const leastPackedBytes = 16 * 1024

/** Packed when it is long and goes over a network: on one machine it would only cost time. */
export async function sendJson(
  { request, reply }: Exchange,
  result: object | JsonPieces,
): Promise<FastifyReply> {
  reply.type('application/json')
  const isPacked = acceptsGzip(request) && !isLocal(request)
  if (isPacked) reply.header('vary', 'accept-encoding')
  if ('jsonPieces' in result) {
    const pieces = Readable.from(result.jsonPieces, { objectMode: false })
    if (!isPacked) return reply.send(pieces)
    const packed = pipeline(pieces, createGzip({ level: 1 }), ignoreStreamEnd)
    return reply.header('content-encoding', 'gzip').send(packed)
  }
  const text = JSON.stringify(result)
  if (!isPacked || text.length < leastPackedBytes) return reply.send(text)
  return reply.header('content-encoding', 'gzip').send(await pack(text, { level: 1 }))
}

function ignoreStreamEnd(): void {
  // A failure destroys the packed stream too, and is told by the reply that sends it.
}

function acceptsGzip({ headers }: FastifyRequest): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(String(headers['accept-encoding']))
}

/** From this machine, and not through a proxy on it. */
function isLocal({ ip, headers }: FastifyRequest): boolean {
  return /^(?:::1$|(?:::ffff:)?127\.)/.test(ip) && headers['x-forwarded-for'] === undefined
}
