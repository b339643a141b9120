/** What is answered to bytes that are no HTTP request, or stop being one: no route ever sees them. */

import type { FastifyServerOptions } from 'fastify'
import { problemMediaType, titles } from './problem.ts'

type ClientErrorHandler = NonNullable<FastifyServerOptions['clientErrorHandler']>

const statuses: Readonly<Record<string, number>> = {
  HPE_HEADER_OVERFLOW: 431,
  HPE_CHUNK_EXTENSIONS_OVERFLOW: 413,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
}

/** Answers with a problem document, for the path may not be known, and closes the connection. */
export const answerClientError: ClientErrorHandler = (error, socket) => {
  if (error.code === 'ECONNRESET' || socket.destroyed) return
  const status = statuses[error.code] ?? 400
  const title = titles[status] ?? 'Bad Request'
  const body = JSON.stringify({ type: 'about:blank', title, status, detail: details[status] })
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${title}\r\ncontent-type: ${problemMediaType}\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`,
    )
  }
  socket.destroySoon()
}

const details: Readonly<Record<number, string>> = {
  400: 'this is no HTTP request',
  408: 'the request did not arrive in time',
  413: 'a chunk of the body has extensions that are too large',
  431: 'the headers are too large',
}
