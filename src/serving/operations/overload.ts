/** Turns requests away while others can still be answered. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { ToolkitError } from '../../core/errors.ts'
import { checkToken } from './access-token.ts'
import { measureLag } from './overload-lag.ts'
import { metricsPath, type ServingMetrics } from './metrics.ts'
import { createRateLimiter } from './rate-limiter.ts'

/** How much is taken on at once. */
export interface OverloadLimits {
  /** Requests that have arrived, wholly or not, and are not yet answered. */
  readonly requestsInFlight: number
  /** So late the event loop may be before requests are refused. */
  readonly lagMs: number
  /** Requests a second of one address, on average; any number when left out. */
  readonly requestsPerSecond?: number | undefined
}

/** A thousand requests at once, a second of lag, any number of one address. */
export const defaultOverloadLimits: OverloadLimits = { requestsInFlight: 1000, lagMs: 1000 }

export interface GateOptions {
  readonly limits: OverloadLimits
  /** SHA-256 of each token that opens the server, in hex; without any, it is open. */
  readonly tokenHashes: readonly string[]
  readonly metrics: ServingMetrics
  readonly isProbe: (url: string) => boolean
}

/**
 * Lets a request through, or refuses it before its body is read: 429 for a client that sends too
 * fast, 401 without a token, 503 while the server has too much to do. Probes always pass, and
 * `/metrics` wants a token only: under load it is read most.
 */
export function addGate(app: FastifyInstance, options: GateOptions): void {
  const { limits, metrics, tokenHashes, isProbe } = options
  const lag = measureLag()
  const limiter = createRateLimiter(limits.requestsPerSecond)
  let inFlight = 0
  const leave = (): void => void inFlight--
  app.addHook('onRequest', (request, reply, done) => {
    if (isProbe(request.url)) return done()
    const isMetrics = isOfMetrics(request)
    const waitSeconds = isMetrics ? 0 : limiter.take(request.ip, performance.now())
    if (waitSeconds > 0) {
      metrics.countRefusal('rate')
      throw tooFast(reply, waitSeconds, limits.requestsPerSecond)
    }
    if (!checkToken(request.headers.authorization, tokenHashes)) {
      metrics.countRefusal('token')
      throw noToken(reply)
    }
    if (!isMetrics && (inFlight >= limits.requestsInFlight || lag.lagMs() > limits.lagMs)) {
      metrics.countRefusal('busy')
      throw tooBusy(reply)
    }
    inFlight++
    reply.raw.on('close', leave)
    done()
  })
  app.addHook('onClose', (_app, done) => {
    lag.stop()
    done()
  })
}

/** The framework puts together what it knows of a route whenever it is asked. */
function isOfMetrics(request: FastifyRequest): boolean {
  return request.url.startsWith(metricsPath) && request.routeOptions.url === metricsPath
}

function tooFast(reply: FastifyReply, waitSeconds: number, limit: number | undefined): Error {
  void reply.header('retry-after', String(Math.ceil(waitSeconds)))
  return new ToolkitError(
    'REQUEST_RATE_EXCEEDED',
    `more requests than the ${limit} a second that one address may send`,
    { hint: 'wait as long as Retry-After says, or send many rows in one request' },
  )
}

function noToken(reply: FastifyReply): Error {
  void reply.header('www-authenticate', 'Bearer')
  return new ToolkitError('REQUEST_UNAUTHENTICATED', 'no token that this server knows', {
    hint: 'send the header authorization: Bearer TOKEN',
  })
}

function tooBusy(reply: FastifyReply): Error {
  // Its connection stays open: a new one would wait longer to be accepted than a request to be read.
  void reply.header('retry-after', '1')
  return new ToolkitError('REQUEST_REFUSED', 'the server has as much to do as it can', {
    hint: 'try again after as many seconds as Retry-After says',
  })
}
