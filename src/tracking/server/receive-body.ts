/** The body of an upload as a stream, which ends with an error when it is too long or broken off. */

import { Readable } from 'node:stream'
import type { FastifyRequest } from 'fastify'
import { ToolkitError } from '../../core/errors.ts'

/** @throws {ToolkitError} `TRACKING_INVALID`, at once when the length that was announced is too much */
export function receiveBody(request: FastifyRequest, maxBytes: number): Readable {
  const announced = Number(request.headers['content-length'] ?? 0)
  if (announced > maxBytes) throw tooLarge(maxBytes)
  return Readable.from(limit(request.raw, maxBytes), { objectMode: false })
}

async function* limit(
  body: AsyncIterable<Uint8Array>,
  maxBytes: number,
): AsyncGenerator<Uint8Array> {
  let received = 0
  try {
    for await (const chunk of body) {
      received += chunk.length
      if (received > maxBytes) break
      yield chunk
    }
  } catch (error) {
    throw new ToolkitError('TRACKING_INVALID', 'the upload was broken off', { cause: error })
  }
  if (received > maxBytes) throw tooLarge(maxBytes)
}

function tooLarge(maxBytes: number): ToolkitError {
  return new ToolkitError('TRACKING_INVALID', `a file may have ${maxBytes} bytes at most`, {
    hint: 'start the server with a larger --max-artifact-bytes',
  })
}
