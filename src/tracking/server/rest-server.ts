/** The tracking server: MLflow's REST API over a store, and the dashboard. */

import { Readable } from 'node:stream'
import { createGzip, gzip } from 'node:zlib'
import { promisify } from 'node:util'
import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import type { PipelineHistoryReader } from '../../core/pipeline-history.ts'
import { isAllowedHost, isForeignOrigin } from '../../core/request-origin.ts'
import type { TrackingStore } from '../store/sqlite-store.ts'
import { apiBases, rawRoutes, routes } from './all-routes.ts'
import { addDashboard } from './dashboard-files-server.ts'
import {
  answer,
  answerTo,
  answerToFault,
  answerToUnknownPath,
  type ErrorAnswer,
} from './error-answers.ts'
import { readFields } from './fields.ts'
import { readMessage } from './read-message.ts'
import type { JsonPieces, Route, RouteContext } from './route.ts'
import { addPipelineRuns } from './routes/pipeline-runs.ts'
import { createWebhookSender } from './webhook-client.ts'
import { startWebhookDelivery } from './webhook-delivery.ts'

export interface TrackingServerOptions {
  readonly store: TrackingStore
  /** The pipeline's runs, for the dashboard; without it there are none. */
  readonly history?: PipelineHistoryReader | undefined
  /** The page's files; those beside this code by default. */
  readonly dashboardDirectory?: string
  /** Names, without port, that a Host header may carry besides the loopback ones. */
  readonly allowedHosts?: readonly string[]
  /** A path before all others, for a proxy that does not take it away: `/mlflow`. */
  readonly staticPrefix?: string
  /** Webhooks may lead to private addresses and use plain http. */
  readonly allowsPrivateWebhooks?: boolean
  /** Milliseconds since 1970. */
  readonly clock?: () => number
  /** Told of every failure that is not the client's. */
  readonly onInternalError?: (error: unknown) => void
}

/**
 * Clients choose what they send by this: from 3.4 on the Python client would post
 * traces to an endpoint that is not here.
 */
const mlflowVersion = '3.3.0'

/** A dataset's profile alone may have 16 MiB. */
const maxMessageBytes = 24 * 1024 * 1024

/** Shorter answers are not worth packing. */
const leastPackedBytes = 16 * 1024

/** Creates the server; the caller listens and closes, and keeps the store open meanwhile. */
export function createTrackingServer(options: TrackingServerOptions): FastifyInstance {
  const app = fastify({
    bodyLimit: maxMessageBytes,
    // Longer than clients keep idle connections, so that none is closed under a request.
    keepAliveTimeout: 75_000,
    requestTimeout: 0,
    routerOptions: { maxParamLength: 4000 },
    frameworkErrors: (error, _request, reply) => sendError(reply, error, options),
  })
  // Only buffers: who may send what is decided below, in one place.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  app.addHook('onRequest', (request, reply, done) => guard(request, reply, { done, options }))
  app.setErrorHandler((error, _request, reply) => sendError(reply, error, options))
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    return sendAnswer(reply, answerToUnknownPath(request.method, path))
  })
  const context = createContext(app, options)
  const prefixes = new Set(['', options.staticPrefix ?? ''])
  for (const prefix of prefixes) addApi(app, prefix, context)
  addPipelineRuns(app, options.history)
  addDashboard(app, options.dashboardDirectory)
  return app
}

type ContextOf = (request: FastifyRequest) => RouteContext

/** What endpoints work with, and the delivery of webhooks while the server runs. */
function createContext(app: FastifyInstance, options: TrackingServerOptions): ContextOf {
  const { store } = options
  // oxlint-disable-next-line no-restricted-properties -- the server is where the time comes from
  const { clock = Date.now } = options
  const webhookSender = createWebhookSender({
    clock,
    allowsPrivateTargets: options.allowsPrivateWebhooks ?? false,
  })
  let delivery: AsyncDisposable | undefined
  app.addHook('onReady', async () => {
    const onFailure = options.onInternalError
    delivery = startWebhookDelivery({
      webhooks: store.webhooks,
      sender: webhookSender,
      clock,
      ...(onFailure !== undefined && { onFailure }),
    })
  })
  app.addHook('onClose', async () => delivery?.[Symbol.asyncDispose]())
  return () => ({ store, clock, userId: undefined, webhookSender })
}

function addApi(app: FastifyInstance, prefix: string, contextOf: ContextOf): void {
  app.get(`${prefix}/health`, async (_request, reply) => reply.type('text/plain').send('OK'))
  app.get(`${prefix}/version`, async (_request, reply) =>
    reply.type('text/plain').send(mlflowVersion),
  )
  for (const base of ['/api/3.0', '/ajax-api/3.0']) {
    app.get(`${prefix}${base}/mlflow/server-info`, async () => serverInfo)
  }
  for (const base of apiBases) {
    for (const route of routes)
      addRoute(app, `${prefix}${base}/mlflow/${route.path}`, route, contextOf)
    addRawRoutes(app, `${prefix}${base}`, contextOf)
  }
}

const serverInfo = {
  store_type: 'SqlStore',
  workspaces_enabled: false,
  trace_archival_enabled: false,
  multipart_uploads_enabled: false,
  multipart_downloads_enabled: false,
  presigned_upload_run_id_supported: false,
  presigned_upload_model_id_supported: false,
}

function addRoute(
  app: FastifyInstance,
  url: string,
  { methods, fields, answer: reply }: Route,
  contextOf: ContextOf,
): void {
  app.route({
    method: [...methods],
    url,
    handler: async (request, to) => {
      const { method, query, body, params } = request
      const contentType = request.headers['content-type']
      const message = readMessage({ method, contentType, query, body, path: params }, fields)
      const result = await reply(readFields(fields, message), contextOf(request))
      return sendJson(request, to, result)
    },
  })
}

/** Their bodies are not read before their handlers do. */
function addRawRoutes(app: FastifyInstance, base: string, contextOf: ContextOf): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    for (const { methods, path, handle } of rawRoutes) {
      scope.route({
        method: [...methods],
        url: `${base}/${path}`,
        bodyLimit: Number.MAX_SAFE_INTEGER,
        handler: async (request, reply) => handle({ request, reply }, contextOf(request)),
      })
    }
  })
}

const pack = promisify(gzip)

/** Packed when it is long and goes over a network: on one machine it would only cost time. */
async function sendJson(
  request: FastifyRequest,
  reply: FastifyReply,
  result: object | JsonPieces,
): Promise<FastifyReply> {
  reply.type('application/json')
  const isPacked = acceptsGzip(request) && !isLoopback(request.ip)
  if (isPacked) reply.header('vary', 'accept-encoding')
  if ('jsonPieces' in result) {
    const pieces = Readable.from(result.jsonPieces, { objectMode: false })
    if (!isPacked) return reply.send(pieces)
    return reply.header('content-encoding', 'gzip').send(pieces.pipe(createGzip({ level: 1 })))
  }
  const text = JSON.stringify(result)
  if (!isPacked || text.length < leastPackedBytes) return reply.send(text)
  return reply.header('content-encoding', 'gzip').send(await pack(text, { level: 1 }))
}

function acceptsGzip(request: FastifyRequest): boolean {
  return /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/.test(
    String(request.headers['accept-encoding']),
  )
}

function isLoopback(address: string): boolean {
  return /^(?:::1$|(?:::ffff:)?127\.)/.test(address)
}

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
  const isProbe = /^[^?]*\/(?:health|version)$/.test(request.url)
  if (!isProbe && !isAllowedHost(request.headers.host, options.allowedHosts ?? [])) {
    const message = `the Host header names no host of this server; start it with --allow-host to add one`
    void sendAnswer(reply, answer(403, 'PERMISSION_DENIED', message))
  } else if (isForeignOrigin(request)) {
    const message = 'a request that may change something came from a page of another origin'
    void sendAnswer(reply, answer(403, 'PERMISSION_DENIED', message))
  } else done()
}

function sendError(
  reply: FastifyReply,
  error: unknown,
  options: TrackingServerOptions,
): FastifyReply {
  const known = answerTo(error)
  if (known !== undefined) return sendAnswer(reply, known)
  options.onInternalError?.(error)
  return sendAnswer(reply, answerToFault(error))
}

function sendAnswer(reply: FastifyReply, { status, message }: ErrorAnswer): FastifyReply {
  return reply.code(status).type('application/json').send(message)
}
