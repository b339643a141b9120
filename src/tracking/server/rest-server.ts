/** The tracking server: MLflow's REST API over a store, and the dashboard. */

import { fastify, type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { ToolkitError } from '../../core/errors.ts'
import type { MonitoringReader } from '../../core/monitored-window.ts'
import type { PipelineHistoryReader } from '../../core/pipeline-history.ts'
import { isObject } from '../../core/json.ts'
import { isAllowedHost, isForeignOrigin } from '../../core/request-origin.ts'
import type { TrackingStore } from '../store/sqlite-store.ts'
import { addressesOf, rawRoutes, routeGroups } from './all-routes.ts'
import { createAuthoriser, type Authorise } from './authorise.ts'
import { formatAnswerToBrokenRequest, maxHeaderBytes } from './broken-request.ts'
import { addDashboard } from './dashboard-files-server.ts'
import {
  answer,
  answerTo,
  answerToFault,
  answerToUnknownPath,
  type ErrorAnswer,
} from './error-answers.ts'
import { describeApi } from './openapi.ts'
import { readMessage } from './read-message.ts'
import { requirePermissions } from './route-permission.ts'
import type { AddressTarget, Route, RouteContext } from './route.ts'
import { addMonitoring } from './routes/monitoring.ts'
import { addPipelineRuns } from './routes/pipeline-runs.ts'
import { sendJson } from './send-json-server.ts'
import { signPath } from './signed-address.ts'
import { defaultPatience, limitArrival, limitReading, type Patience } from './slow-clients.ts'
import { createWebhookSender } from '../webhooks/webhook-client.ts'
import { startWebhookDelivery } from '../webhooks/webhook-delivery.ts'

export interface TrackingServerOptions {
  readonly store: TrackingStore
  /** The pipeline's runs, for the dashboard; without it there are none. */
  readonly history?: PipelineHistoryReader | undefined
  /** What is known of models in use, for the dashboard; without it there is nothing. */
  readonly monitoring?: MonitoringReader | undefined
  /** The page's files; those beside this code by default. */
  readonly dashboardDirectory?: string
  /** Names, without port, that a Host header may carry besides the loopback ones. */
  readonly allowedHosts?: readonly string[]
  /** A path before all others, for a proxy that does not take it away: `/mlflow`. */
  readonly staticPrefix?: string
  /** Webhooks may lead to private addresses and use plain http. */
  readonly allowsPrivateWebhooks?: boolean
  /** A token is wanted even while there is none; from the first one on it always is. */
  readonly requiresToken?: boolean
  /** Of one artifact; 1 TiB by default. */
  readonly maxArtifactBytes?: number
  /** How long clients may take; a minute for a message, two between the pieces of a file by default. */
  readonly patience?: Patience
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

const defaultMaxArtifactBytes = 2 ** 40

/** Creates the server; the caller listens and closes, and keeps the store open meanwhile. */
export function createTrackingServer(options: TrackingServerOptions): FastifyInstance {
  const prefix = checkPrefix(options.staticPrefix ?? '')
  const app = fastify({
    bodyLimit: maxMessageBytes,
    http: { maxHeaderSize: maxHeaderBytes },
    clientErrorHandler: ({ code }, socket) => {
      if (socket.writable) socket.end(formatAnswerToBrokenRequest(code))
      else socket.destroy()
    },
    // Longer than clients keep idle connections, so that none is closed under a request.
    keepAliveTimeout: 75_000,
    // An upload may take its time; slow-clients.ts limits all else.
    requestTimeout: 0,
    routerOptions: { maxParamLength: 4000 },
    // Routes check their messages by fields.ts; Fastify's own compilers take 15 ms to load.
    schemaController: {
      compilersFactory: { buildValidator: refuseSchemas, buildSerializer: refuseSchemas },
    },
    rewriteUrl: ({ url = '/' }) => {
      // Clients join an address that ends with a slash and a path that begins with one.
      const path = url.replace(/^\/{2,}/, '/')
      return prefix !== '' && path.startsWith(`${prefix}/`) ? path.slice(prefix.length) : path
    },
    frameworkErrors: (error, _request, reply) => sendError(reply, error, options),
  })
  // Only buffers: who may send what is decided below, in one place.
  app.removeAllContentTypeParsers()
  app.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) => done(null, body))
  // Clients may send the message of a GET as its body.
  app.addHttpMethod('GET', { hasBody: true, overrideExisting: true })
  requirePermissions(app)
  const signingKey = keepSigningKey(app, options.store)
  addGuards(app, options, signingKey)
  app.setErrorHandler((error, _request, reply) => sendError(reply, error, options))
  app.setNotFoundHandler((request, reply) => {
    const path = request.url.split('?')[0] ?? ''
    return sendAnswer(reply, answerToUnknownPath(request.method, path))
  })
  addApi(app, createContext(app, options, signingKey))
  addPipelineRuns(app, options.history)
  addMonitoring(app, options.monitoring)
  addDashboard(app, options.dashboardDirectory)
  return app
}

function refuseSchemas(): never {
  throw new TypeError('no route of this server has a schema of Fastify')
}

/** @throws {ToolkitError} `TRACKING_INVALID` */
function checkPrefix(prefix: string): string {
  if (prefix === '' || /^(?:\/[\w.~-]+)+$/.test(prefix)) return prefix
  throw new ToolkitError('TRACKING_INVALID', `'${prefix}' is no prefix of paths`, {
    hint: `begin it with '/' and end it without: '/mlflow'`,
  })
}

/** Read before the first request is answered. */
function keepSigningKey(app: FastifyInstance, store: TrackingStore): () => Uint8Array {
  let key: Uint8Array | undefined
  app.addHook('onReady', async () => {
    key = await store.readSigningKey()
  })
  return () => {
    if (key === undefined) throw new TypeError('the server was asked before it was ready')
    return key
  }
}

/** Whose token a request showed. */
const userIds = new WeakMap<FastifyRequest, string>()

/** What every request passes before its body is read, and before anything is looked up for it. */
function addGuards(
  app: FastifyInstance,
  options: TrackingServerOptions,
  signingKey: () => Uint8Array,
): void {
  const { patience = defaultPatience } = options
  const authorise = createAuthoriser({
    tokens: options.store.tokens,
    requiresToken: options.requiresToken ?? false,
    signingKey,
    clock: clockOf(options),
  })
  app.addHook('onRequest', async (request, reply) => {
    addSafeHeaders(reply)
    const refusal =
      judgeOrigin(request, options.allowedHosts ?? []) ?? (await judgeToken(request, authorise))
    const isUpload = request.routeOptions.bodyLimit === Number.MAX_SAFE_INTEGER
    const kind = isUpload && refusal === undefined ? 'upload' : 'message'
    limitArrival(request, reply, { kind, patience })
    if (refusal === undefined) return
    // One a line: of two in one line Chromium takes neither, and asks nobody for the token.
    if (refusal.status === 401) reply.header('www-authenticate', ['Basic realm="mlpt"', 'Bearer'])
    if (refusal.status === 429) reply.header('retry-after', '60')
    await sendAnswer(reply, refusal)
  })
  app.addHook('onSend', async (request) => limitReading(request, patience))
}

/** Every answer is inert in a browser, and none goes to a page of another origin. */
function addSafeHeaders(reply: FastifyReply): void {
  reply
    .header('x-content-type-options', 'nosniff')
    .header('x-frame-options', 'DENY')
    .header('referrer-policy', 'no-referrer')
    .header('cross-origin-resource-policy', 'same-origin')
    .header('cache-control', 'no-store')
}

function judgeOrigin(
  request: FastifyRequest,
  allowedHosts: readonly string[],
): ErrorAnswer | undefined {
  const isPublic = request.routeOptions.config.permission === 'public'
  if (!isPublic && !isAllowedHost(request.headers.host, allowedHosts)) {
    const message = `the Host header names no host of this server; start it with --allow-host to add one`
    return answer(403, 'PERMISSION_DENIED', message)
  }
  if (!isForeignOrigin(request)) return undefined
  const message = 'a request that may change something came from a page of another origin'
  return answer(403, 'PERMISSION_DENIED', message)
}

/** Also who asks for what is not there needs a token. */
async function judgeToken(
  request: FastifyRequest,
  authorise: Authorise,
): Promise<ErrorAnswer | undefined> {
  const { query } = request
  const verdict = await authorise(
    {
      method: request.method,
      path: request.url.split('?')[0] ?? '',
      query: isObject(query) ? query : {},
      authorization: request.headers.authorization,
      address: request.ip,
    },
    request.routeOptions.config.permission ?? 'read',
  )
  if (verdict.kind === 'refused') return verdict.answer
  if (verdict.userId !== undefined) userIds.set(request, verdict.userId)
  return undefined
}

type ContextOf = (request: FastifyRequest) => RouteContext

/** What endpoints work with, and the delivery of webhooks while the server runs. */
function createContext(
  app: FastifyInstance,
  options: TrackingServerOptions,
  signingKey: () => Uint8Array,
): ContextOf {
  const { store, maxArtifactBytes = defaultMaxArtifactBytes } = options
  const clock = clockOf(options)
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
  return (request) => ({
    store,
    clock,
    userId: userIds.get(request),
    webhookSender,
    maxArtifactBytes,
    signAddress: ({ method, path, seconds }: AddressTarget) => {
      const expires = clock() + seconds * 1000
      return `${baseOf(request)}${signPath({ method, path, expires }, signingKey())}`
    },
  })
}

function clockOf({ clock }: TrackingServerOptions): () => number {
  // oxlint-disable-next-line no-restricted-properties -- the server is where the time comes from
  return clock ?? Date.now
}

/** As the client called it; a proxy before us may speak TLS and may have added a prefix. */
function baseOf(request: FastifyRequest): string {
  const isSecure = request.headers['x-forwarded-proto'] === 'https'
  const prefix = request.originalUrl.slice(0, request.originalUrl.length - request.url.length)
  return `${isSecure ? 'https' : request.protocol}://${request.host}${prefix}`
}

function addApi(app: FastifyInstance, contextOf: ContextOf): void {
  const open = { config: { permission: 'public' } } as const
  app.get('/health', open, async (_request, reply) => reply.type('text/plain').send('OK'))
  app.get('/version', open, async (_request, reply) => reply.type('text/plain').send(mlflowVersion))
  const reading = { config: { permission: 'read' } } as const
  app.get('/openapi.json', reading, async (request, reply) =>
    sendJson({ request, reply }, describeApi()),
  )
  for (const base of ['/api/3.0', '/ajax-api/3.0']) {
    app.get(`${base}/mlflow/server-info`, reading, async () => serverInfo)
  }
  for (const [group, routes] of Object.entries(routeGroups)) {
    for (const route of routes) addRoute(app, `${group}/${route.path}`, { route, contextOf })
  }
  addRawRoutes(app, contextOf)
}

const serverInfo = {
  store_type: 'SqlStore',
  workspaces_enabled: false,
  trace_archival_enabled: false,
  multipart_uploads_enabled: true,
  multipart_downloads_enabled: true,
  presigned_upload_run_id_supported: true,
  presigned_upload_model_id_supported: true,
}

function addRoute(
  app: FastifyInstance,
  path: string,
  { route, contextOf }: { readonly route: Route; readonly contextOf: ContextOf },
): void {
  const { methods, fields, permission } = route
  for (const url of addressesOf(path)) {
    app.route({
      method: [...methods],
      url,
      config: { permission },
      handler: async (request, reply) => {
        const { method, query, body, params } = request
        const contentType = request.headers['content-type']
        const values = readMessage({ method, contentType, query, body, path: params }, fields)
        const message = (await route.answer(values, contextOf(request))) ?? {}
        return sendJson({ request, reply }, message)
      },
    })
  }
}

/** Their bodies are not read before their handlers do. */
function addRawRoutes(app: FastifyInstance, contextOf: ContextOf): void {
  app.register(async (scope) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    for (const { methods, path, permission, handle } of rawRoutes) {
      for (const url of addressesOf(path)) {
        scope.route({
          method: methods.includes('GET') ? [...methods, 'HEAD'] : [...methods],
          // Fastify's own would read the file to its end, and say that it is empty.
          exposeHeadRoute: false,
          url,
          config: { permission },
          bodyLimit: Number.MAX_SAFE_INTEGER,
          handler: async (request, reply) => handle({ request, reply }, contextOf(request)),
        })
      }
    }
  })
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
