/** One line of JSON for each request: who may read the log, reads no value of a row in it. */

import { randomBytes } from 'node:crypto'
import { LogController, type FastifyInstance, type FastifyRequest } from 'fastify'
import { routeOf } from './metrics.ts'
import type { Failure } from '../http/problem.ts'

/** Where lines go; each ends in a line feed. */
export interface LogStream {
  write(line: string): void
}

/** A place in a distributed trace. [W3C Trace Context] */
export interface TraceParent {
  /** 32 lower-case hex digits. */
  readonly traceId: string
  /** 16 lower-case hex digits. */
  readonly parentId: string
  readonly flags: string
}

/**
 * Reads a `traceparent` header. What breaks the standard is no place at all; of a version to come
 * the fields known today are read.
 */
export function parseTraceParent(
  header: string | readonly string[] | undefined,
): TraceParent | undefined {
  if (typeof header !== 'string') return undefined
  const fields = /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})(-.*)?$/.exec(header)
  if (fields === null) return undefined
  const [, version, traceId = '', parentId = '', flags = '', rest] = fields
  if (version === 'ff' || (version === '00' && rest !== undefined)) return undefined
  if (/^0+$/.test(traceId) || /^0+$/.test(parentId)) return undefined
  return { traceId, parentId, flags }
}

/** What the HTTP framework is told about logs: none without a stream. */
export function loggerOptions(stream: LogStream | undefined): object {
  // Fastify's own lines name the path, in which anything may stand.
  const logController = new LogController({
    disableRequestLogging: true,
    requestIdLogLabel: 'requestId',
  })
  return { logger: stream === undefined ? false : { stream, base: null }, logController }
}

/**
 * Logs every answer of the app, probes only when they fail, and hands on the trace: the answer
 * carries `traceparent` with this server's own span when the request had a valid one.
 *
 * @param options - `hasLog`: whether lines go anywhere
 */
export function logRequests(
  app: FastifyInstance,
  { isProbe, hasLog }: { readonly isProbe: (url: string) => boolean; readonly hasLog: boolean },
): void {
  const traces = new WeakMap<FastifyRequest, object>()
  app.addHook('onRequest', (request, reply, done) => {
    const trace = parseTraceParent(request.headers['traceparent'])
    if (trace !== undefined) {
      const spanId = randomBytes(8).toString('hex')
      const { traceId, parentId, flags } = trace
      traces.set(request, { traceId, parentId, spanId })
      void reply.header('traceparent', `00-${traceId}-${spanId}-${flags}`)
    }
    done()
  })
  if (!hasLog) return
  app.addHook('onResponse', (request, reply, done) => {
    const { statusCode: status } = reply
    if (status >= 400 || !isProbe(request.url)) {
      const { method } = request
      const durationMs = Math.round(reply.elapsedTime * 1000) / 1000
      const line = { method, route: routeOf(request), status, durationMs, ...traces.get(request) }
      request.log.info(line, 'answered')
    }
    done()
  })
}

/** Logs why a request was not answered. Messages stay out, for they quote what was sent. */
export function logFailure(request: FastifyRequest, failure: Failure, error: unknown): void {
  const { code, status, errorCount } = failure
  if (failure.isInternal) request.log.error({ code, status, err: error }, 'failed')
  else request.log.warn({ code, status, errorCount }, 'refused')
}
