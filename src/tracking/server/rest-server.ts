/** The tracking server: MLflow's REST API over a store, and the dashboard. */

import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { ToolkitError, type ErrorCode } from '../../core/errors.ts'
import type { PipelineHistoryReader } from '../../core/pipeline-history.ts'
import { addDashboard } from './dashboard-files-server.ts'
import { isAllowedHost, isForeignOrigin } from '../../core/request-origin.ts'
import { addArtifactProxy, artifactRoutes } from './routes/artifacts.ts'
import { experimentRoutes } from './routes/experiments.ts'
import { loggedModelRoutes } from './routes/logged-models.ts'
import { modelVersionRoutes } from './routes/model-versions.ts'
import { addPipelineRuns } from './routes/pipeline-runs.ts'
import { readParameters } from './routes/parameters.ts'
import { registeredModelRoutes } from './routes/registered-models.ts'
import type { Route } from './routes/route.ts'
import { runRoutes } from './routes/runs.ts'
import type { TrackingStore } from '../store/sqlite-store.ts'

export interface TrackingServerOptions {
  readonly store: TrackingStore
  /** The pipeline's runs, for the dashboard; without it there are none. */
  readonly history?: PipelineHistoryReader | undefined
  /** The page's files; those beside this code by default. */
  readonly dashboardDirectory?: string
  /** Names, without port, that a Host header may carry besides the loopback ones. */
  readonly allowedHosts?: readonly string[]
  /** Told of every failure that is not the client's. */
  readonly onInternalError?: (error: unknown) => void
}

/**
 * Clients choose what they send by this: from 3.4 on the Python client would post
 * traces to an endpoint that is not here.
 */
const mlflowVersion = '3.3.0'

const routes: readonly Route[] = [
  ...experimentRoutes,
  ...runRoutes,
  ...artifactRoutes,
  ...loggedModelRoutes,
  ...registeredModelRoutes,
  ...modelVersionRoutes,
]

/**
 * Creates the server; the caller listens and closes, and keeps the store open meanwhile.
 * It reads: what would change something answers 404 `ENDPOINT_NOT_FOUND`.
 */
export function createTrackingServer(options: TrackingServerOptions): FastifyInstance {
  const app = fastify({
    bodyLimit: 1024 * 1024,
    // Longer than clients keep idle connections, so that none is closed under a request.
    keepAliveTimeout: 75_000,
    requestTimeout: 60_000,
    routerOptions: { maxParamLength: 4000 },
    frameworkErrors: (error, _request, reply) => sendError(reply, error, options),
  })
  // Only buffers: who may send what is decided below, in one place.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.addHook('onRequest', (request, reply, done) => guard(request, reply, { done, options }))
  app.setErrorHandler((error, _request, reply) => sendError(reply, error, options))
  app.setNotFoundHandler((request, reply) => sendNotFound(request, reply))
  addRoutes(app, options.store)
  addPipelineRuns(app, options.history)
  addDashboard(app, options.dashboardDirectory)
  return app
}

function addRoutes(app: FastifyInstance, store: TrackingStore): void {
  app.get('/health', async (_request, reply) => reply.type('text/plain').send('OK'))
  app.get('/version', async (_request, reply) => reply.type('text/plain').send(mlflowVersion))
  for (const base of ['/api/2.0', '/ajax-api/2.0']) {
    for (const { methods, path, answer } of routes) {
      app.route({
        method: [...methods],
        url: `${base}/mlflow/${path}`,
        handler: async (request) => answer(readParameters(contentOf(request)), store),
      })
    }
    addArtifactProxy(app, base, store)
  }
}

function contentOf(request: FastifyRequest): { query: unknown; body: unknown } {
  if (request.method === 'GET' || request.method === 'HEAD') {
    return { query: request.query, body: undefined }
  }
  const mediaType = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase()
  if (mediaType === 'application/json')
    return { query: undefined, body: request.body ?? Buffer.of() }
  throw new ToolkitError('TRACKING_INVALID', notJson)
}

const notJson = `Bad Request. Content-Type must be one of ['application/json'].`

/** Every answer is inert in a browser, and none goes to a page of another origin. */
function guard(
  request: FastifyRequest,
  reply: FastifyReply,
  { done, options }: { done: () => void; options: TrackingServerOptions },
): void {
  reply
    .header('x-content-type-options', 'nosniff')
    .header('x-frame-options', 'DENY')
    .header('referrer-policy', 'no-referrer')
    .header('cross-origin-resource-policy', 'same-origin')
    .header('cache-control', 'no-store')
  const isProbe = request.url === '/health' || request.url === '/version'
  if (!isProbe && !isAllowedHost(request.headers.host, options.allowedHosts ?? [])) {
    const message = `the Host header names no host of this server; start it with --allow-host to add one`
    void reply.code(403).send(formatError('PERMISSION_DENIED', message))
  } else if (isForeignOrigin(request)) {
    const message = 'a request that may change something came from a page of another origin'
    void reply.code(403).send(formatError('PERMISSION_DENIED', message))
  } else done()
}

function sendNotFound(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  const path = request.url.split('?')[0]?.slice(0, 200)
  const message = `there is no endpoint '${request.method} ${path}'; writing over REST is not there yet, this server reads`
  return reply.code(404).send(formatError('ENDPOINT_NOT_FOUND', message))
}

/** MLflow's code and status for ours; what is not listed is not the client's to know. */
const restErrors: Partial<Record<ErrorCode, { readonly code: string; readonly status: number }>> = {
  TRACKING_INVALID: { code: 'INVALID_PARAMETER_VALUE', status: 400 },
  TRACKING_NOT_FOUND: { code: 'RESOURCE_DOES_NOT_EXIST', status: 404 },
}

function sendError(
  reply: FastifyReply,
  error: unknown,
  options: TrackingServerOptions,
): FastifyReply {
  if (error instanceof ToolkitError) {
    const known = restErrors[error.code]
    if (known !== undefined) {
      return reply.code(known.status).send(formatError(known.code, error.message))
    }
  }
  const status = requestFaultStatus(error)
  if (status === 415) return reply.code(400).send(formatError('INVALID_PARAMETER_VALUE', notJson))
  if (status !== undefined) {
    return reply
      .code(status)
      .send(formatError('BAD_REQUEST', requestFaults[status] ?? 'bad request'))
  }
  options.onInternalError?.(error)
  if (error instanceof ToolkitError && error.code === 'TRACKING_STORE_BUSY') {
    const message = 'the store is locked by another process; try again'
    return reply.code(503).send(formatError('TEMPORARILY_UNAVAILABLE', message))
  }
  const message = 'the server failed; its own output says why'
  return reply.code(500).send(formatError('INTERNAL_ERROR', message))
}

const requestFaults: Readonly<Record<number, string>> = {
  400: 'the request is malformed: check the encoding of its path and its length',
  413: 'the request body is larger than 1 MiB',
  414: 'the path is too long',
}

/** The status of an error of the HTTP framework that the client caused. */
function requestFaultStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined
  const { statusCode } = error
  return typeof statusCode === 'number' && statusCode < 500 ? statusCode : undefined
}

function formatError(code: string, message: string): object {
  return { error_code: code, message }
}
