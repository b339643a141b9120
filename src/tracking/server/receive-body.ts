/** The body of an upload as a stream, which ends with an error when it is too long or broken off. */

import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { ToolkitError } from '../../core/errors.ts'
import { artifactTooLarge } from '../store/artifacts/uploads-store.ts'

/** @throws {ToolkitError} `TRACKING_TOO_LARGE`, at once when the length that was announced is too much */
export function receiveBody(request: FastifyRequest, maxBytes: number): Readable {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > maxBytes) throw artifactTooLarge(maxBytes)
  return Readable.from(limit(request.raw, maxBytes), { objectMode: false })
}

async function* limit(body: Readable, maxBytes: number): AsyncGenerator<Uint8Array> {
  let received = 0
  try {
    // The connection outlives a body that is not taken whole: the client is to hear why.
    for await (const chunk of body.iterator({ destroyOnReturn: false })) {
      received += chunk.length
      if (received > maxBytes) break
      yield chunk
    }
  } catch (error) {
    throw new ToolkitError('TRACKING_INVALID', 'the upload was broken off', { cause: error })
  } finally {
    body.resume()
  }
  if (received > maxBytes) throw artifactTooLarge(maxBytes)
}
