import {
  fastify,
  type FastifyInstance,
  type FastifyPluginAsync,
  type FastifyReply,
  type FastifyRequest,
} from 'fastify'
import type { Predictor } from '../core/predictor.ts'
import { ToolkitError } from '../core/errors.ts'
import type { FeatureReader } from '../core/feature-reader.ts'
import type { ScoringObserver } from '../core/scored-rows.ts'
import type { PredictionLogWriter } from '../core/prediction-log.ts'
import { answerTogether } from './http/answer-together.ts'
import { answerClientError } from './http/client-error.ts'
import { decodeContent } from './http/content-encoding.ts'
import { docsRoutes } from './openapi/docs-page.ts'
import { feedbackRoutes } from './feedback.ts'
import { checkOrigin, securityHeaders } from './http/guard.ts'
import { withErrorDetail, type ErrorDetail } from './http/error-detail.ts'
import { createReadiness, healthPaths, healthRoutes, type Readiness } from './health.ts'
import { defaultLimits, type ServingLimits } from './http/limits.ts'
import { loggerOptions, logFailure, logRequests, type LogStream } from './operations/logging.ts'
import { createModelSource, type ModelSource } from './model-source.ts'
import { createServingMetrics, metricsRoutes, type ServingMetrics } from './operations/metrics.ts'
import { addGate, defaultOverloadLimits, type OverloadLimits } from './operations/overload.ts'
import { createOpenApiDocument } from './openapi/document.ts'
import { describeFailure, formatProblem, problemMediaType } from './http/problem.ts'
import { kserveFailures, kserveRoutes, vertexRoutes, type VertexPaths } from './protocols/kserve.ts'
import { mlflowFailures, mlflowProbePaths, mlflowRoutes } from './protocols/mlflow.ts'
import { nativeRoutes } from './protocols/native.ts'
import { openInferenceFailures, openInferenceRoutes } from './protocols/open-inference.ts'
import { observePredictionLog } from './operations/prediction-log-metrics.ts'
import { chooseRequestId } from './http/request-id.ts'
import { addRoutes } from './routes.ts'
import { createArmRouter, type CanaryOptions } from './rollout/arm-router.ts'
import { createModelSlots, type ModelSlots } from './rollout/model-slots.ts'
import { describeRolloutEvent } from './rollout/rollout-event.ts'
import { createShadowQueue } from './rollout/shadow-queue.ts'
import type { ServedModel } from './served-model.ts'

/** One model for good, or slots whose models change. */
export type ServingOptions = ServingSettings &
  (
    | {
        readonly predictor: Predictor
        /** Version in the registry; left out for a model that comes from a folder. */
        readonly modelVersion?: string | undefined
        readonly models?: undefined
      }
    | { readonly models: ModelSlots }
  )

export interface ServingSettings {
  /** How the canary is tried, once there is one. */
  readonly canary?: Partial<CanaryOptions>
  readonly limits?: Partial<ServingLimits>
  /** Names, without port, that a Host header may carry besides the loopback ones. */
  readonly allowedHosts?: readonly string[]
  /** Counters that are read elsewhere too; the app makes its own when they are left out. */
  readonly metrics?: ServingMetrics
  /** Serve Vertex AI too, on the paths that it tells a container in `AIP_HEALTH_ROUTE` and `AIP_PREDICT_ROUTE`. */
  readonly vertexPaths?: VertexPaths | undefined
  /** What is refused so that the rest is answered. */
  readonly overload?: Partial<OverloadLimits>
  /** SHA-256, in hex, of the tokens that open the server; open to everyone without any. */
  readonly tokenHashes?: readonly string[]
  /** Where a line of JSON goes for each request; nowhere when left out. */
  readonly log?: LogStream
  /** Told of every row that is scored. */
  readonly onScored?: ScoringObserver
  /** Keeps every row that is scored, and the labels that `POST /feedback` takes. Whoever opened it closes it. */
  readonly predictionLog?: PredictionLogWriter | undefined
  /** How much errors say of a request; everything when left out. */
  readonly errorDetail?: ErrorDetail
  /** Where rows that name an entity have the columns from that they do not send. */
  readonly features?: FeatureReader | undefined
  /** Told of every failure that is not the client's; its answer carries the same id. */
  readonly onInternalError?: (error: unknown, requestId: string) => void
}

/**
 * Creates the prediction API of one model, not yet listening: `POST /predict`,
 * health, documentation at `/docs`, the Open Inference Protocol below `/v2`,
 * KServe's first below `/v1`, and MLflow's `/invocations`.
 * The model scores its own example when the app becomes ready; if it cannot,
 * the server lives but reports itself not ready.
 * With slots for models, requests, documents and metrics follow them.
 */
export function createServingApp(options: ServingOptions): FastifyInstance {
  const limits = { ...defaultLimits, ...options.limits }
  const settled = { ...options, metrics: options.metrics ?? createServingMetrics() }
  const app = createHttpApp(limits, settled)
  app.setNotFoundHandler((request, reply) =>
    sendFailure(unknownPath(request), { request, reply, options: settled }),
  )
  addServing(app, limits, { ...settled, hasLog: options.log !== undefined })
  return app
}

/**
 * The same API as a plugin for an app of your own, which keeps its log, its time limits and its answer to unknown
 * paths: `await app.register(servingPlugin({ predictor }))`. Its rules hold for its own paths alone. It takes no prefix.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` when it is registered with a prefix
 */
export function servingPlugin(options: ServingOptions): FastifyPluginAsync {
  return async (app) => {
    if (app.prefix !== '') {
      throw new ToolkitError(
        'CONFIG_INVALID',
        `the API of a model has the prefix '${app.prefix}'`,
        {
          hint: 'register it without one: clients of its protocols know their paths',
        },
      )
    }
    const limits = { ...defaultLimits, ...options.limits }
    app.addHook('onRequest', (request, _reply, done) => {
      request.id = chooseRequestId(request.headers['x-request-id'])
      done()
    })
    const metrics = options.metrics ?? createServingMetrics()
    // The app's own log, if it has one.
    addServing(app, limits, { ...options, metrics, hasLog: true })
  }
}

function addServing(
  app: FastifyInstance,
  limits: ServingLimits,
  options: ServingOptions & { readonly metrics: ServingMetrics; readonly hasLog: boolean },
): void {
  const { metrics } = options
  const slots = options.models ?? createModelSlots(options)
  const readiness = createReadiness(() => slots.champion())
  metrics.describeModels(slots, () => readiness.state() === 'ready')
  const models = createRoutedModels(slots, options)
  readBodies(app, limits)
  app.setErrorHandler((error, request, reply) => sendFailure(error, { request, reply, options }))
  observeRollout(app, { slots, metrics, readiness })
  metrics.observeRequests(app)
  const isProbe = (url: string): boolean => probes.has(url) || url === options.vertexPaths?.health
  logRequests(app, { isProbe, hasLog: options.hasLog })
  addHooks(app, readiness, { ...options, isProbe })
  answerTogether(app)
  addGate(app, {
    limits: { ...defaultOverloadLimits, ...options.overload },
    tokenHashes: options.tokenHashes ?? [],
    metrics,
    isProbe,
  })
  const { predictionLog, features } = options
  if (predictionLog !== undefined)
    observePredictionLog(metrics.registry, () => predictionLog.counts())
  const served = { models, readiness, limits }
  const routes = [
    ...nativeRoutes(models, { ...limits, features }),
    ...feedbackRoutes(predictionLog, () => ({
      rows: limits.rows,
      output: slots.champion().output,
    })),
    ...healthRoutes(models, readiness),
    ...openInferenceRoutes(served),
    ...mlflowRoutes(served),
    ...kserveRoutes(served),
    ...metricsRoutes(metrics),
    ...describingRoutes(slots, limits, { ...options, isProbe }),
  ]
  addRoutes(app, routes, limits.bodyBytes)
  if (options.vertexPaths !== undefined) {
    const taken = routes.map(({ path }) => path)
    const vertex = vertexRoutes(served, options.vertexPaths, taken)
    addRoutes(app, vertex, limits.bodyBytes)
  }
}

/** The API's document and the page that shows it, of the model that is served when they are asked for. */
function describingRoutes(
  slots: ModelSlots,
  limits: ServingLimits,
  options: ServingOptions & { readonly isProbe: (url: string) => boolean },
): ReturnType<typeof docsRoutes> {
  const { predictionLog, features, tokenHashes = [], overload, isProbe } = options
  const hasRate = overload?.requestsPerSecond !== undefined
  return docsRoutes(
    () => slots.champion().identity.name,
    onceEach(slots, (model) =>
      createOpenApiDocument(model, limits, {
        hasFeedback: predictionLog !== undefined,
        features,
        gate: { hasTokens: tokenHashes.length > 0, hasRate, isProbe },
      }),
    ),
  )
}

/** Where each request finds its model: counted, on trial where one is, and told to the observer and the shadow. */
function createRoutedModels(
  slots: ModelSlots,
  options: ServingSettings & { readonly metrics: ServingMetrics },
): ModelSource {
  const { metrics, canary = {} } = options
  const onScored = observerOf(options)
  const route = createArmRouter(slots, { canary, metrics: metrics.rollout })
  const shadow = createShadowQueue({ slots, metrics: metrics.rollout, onScored })
  const counted = new WeakMap<ServedModel, ServedModel>()
  const count = (model: ServedModel): ServedModel => {
    const known = counted.get(model)
    if (known !== undefined) return known
    const added = metrics.countScorings(model)
    counted.set(model, added)
    return added
  }
  const observe: ScoringObserver = (scored) => {
    onScored?.(scored)
    shadow(scored)
  }
  return createModelSource(
    (request) => {
      const { model, arm } = route(request)
      return { model: count(model), arm }
    },
    () => (slots.get('shadow') === undefined ? onScored : observe),
  )
}

/** Whom every scoring is told, the prediction log first. */
function observerOf({ predictionLog, onScored }: ServingSettings): ScoringObserver | undefined {
  if (predictionLog === undefined || onScored === undefined)
    return predictionLog?.observe ?? onScored
  return (scored) => {
    predictionLog.observe(scored)
    onScored(scored)
  }
}

/** Tells metrics and log what becomes of the models; a server that its first model kept from being ready is, with a better one. */
function observeRollout(
  app: FastifyInstance,
  context: {
    readonly slots: ModelSlots
    readonly metrics: ServingMetrics
    readonly readiness: Readiness
  },
): void {
  const { slots, metrics, readiness } = context
  slots.listen((event) => {
    metrics.rollout.countEvent(event)
    app.log.info({ event: event.kind }, describeRolloutEvent(event))
    const isMended = event.kind === 'swapped' && readiness.state() === 'failed'
    if (isMended && event.arm === 'champion') readiness.warmUp()
  })
}

/** The answer for the current model, worked out when it is first asked for. */
function onceEach<Answer>(slots: ModelSlots, answer: (model: ServedModel) => Answer): () => Answer {
  let known: { readonly model: ServedModel; readonly answer: Answer } | undefined
  return () => {
    const model = slots.champion()
    if (known?.model !== model) known = { model, answer: answer(model) }
    return known.answer
  }
}

function createHttpApp(limits: ServingLimits, options: ServingOptions): FastifyInstance {
  return fastify({
    ...loggerOptions(options.log),
    bodyLimit: limits.bodyBytes,
    requestTimeout: limits.requestTimeoutMs,
    // Longer than clients keep idle connections, so that none is closed under a request.
    keepAliveTimeout: 75_000,
    connectionTimeout: 60_000,
    http: {
      headersTimeout: limits.requestTimeoutMs,
      connectionsCheckingInterval: Math.min(5000, limits.requestTimeoutMs),
    },
    // While draining, what still arrives is still answered; the answer closes its connection.
    return503OnClosing: false,
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 500 },
    requestIdHeader: false,
    genReqId: (request) => chooseRequestId(request.headers['x-request-id']),
    clientErrorHandler: answerClientError,
    // These come before any hook.
    frameworkErrors: (error, request, reply) =>
      sendFailure(error, { request, reply: setHeaders(request, reply), options }),
  })
}

function readBodies(app: FastifyInstance, limits: ServingLimits): void {
  // Only buffers, so that type and content are judged in one place: json-body.ts.
  app.removeAllContentTypeParsers()
  // The framework looks a type that is named up; of any other it reads the parameters first.
  for (const type of ['application/json', '*']) {
    app.addContentTypeParser<Buffer>(type, { parseAs: 'buffer' }, (request, body, done) => {
      try {
        done(null, decodeContent(body, request.headers['content-encoding'], limits))
      } catch (error) {
        // What is thrown from here would reach nobody.
        done(asError(error))
      }
    })
  }
}

function asError(value: unknown): Error {
  return value instanceof Error ? value : new Error(String(value))
}

/** Whoever asks for them, whatever Host they name: probes reveal nothing and change nothing. */
const probes: ReadonlySet<string> = new Set([
  ...Object.values(healthPaths),
  ...mlflowProbePaths,
  '/v2/health/live',
  '/v2/health/ready',
])

function addHooks(
  app: FastifyInstance,
  readiness: Readiness,
  options: ServingOptions & { readonly isProbe: (url: string) => boolean },
): void {
  const { allowedHosts = [], isProbe } = options
  app.addHook('onRequest', (request, reply, done) => {
    setHeaders(request, reply)
    if (!isProbe(request.url)) checkOrigin(request, allowedHosts)
    done()
  })
  app.addHook('onSend', (_request, reply, _payload, done) => {
    if (readiness.state() === 'draining') void reply.header('connection', 'close')
    done()
  })
  app.addHook('onReady', (done) => {
    try {
      readiness.warmUp()
    } catch (error) {
      options.onInternalError?.(error, 'warm-up')
    }
    done()
  })
  app.addHook('preClose', (done) => {
    readiness.startDraining()
    done()
  })
}

function setHeaders(request: FastifyRequest, reply: FastifyReply): FastifyReply {
  return reply.headers(securityHeaders).header('x-request-id', request.id)
}

function unknownPath(request: FastifyRequest): ToolkitError {
  const path = request.url.split('?')[0]?.slice(0, 200)
  return new ToolkitError('REQUEST_PATH_UNKNOWN', `there is nothing at '${path}'`, {
    hint: 'see /docs',
  })
}

/** Answers a failure in the shape of the protocol that the path belongs to. */
function sendFailure(
  error: unknown,
  context: {
    readonly request: FastifyRequest
    readonly reply: FastifyReply
    readonly options: ServingOptions
  },
): FastifyReply {
  const { request, reply, options } = context
  const all = describeFailure(error)
  const failure = withErrorDetail(all, options.errorDetail ?? 'full')
  options.metrics?.countProblems(all)
  logFailure(request, failure, error)
  if (failure.isInternal) options.onInternalError?.(error, request.id)
  const shapes = [openInferenceFailures, mlflowFailures, kserveFailures(options.vertexPaths)]
  const shape = shapes.find((candidate) => candidate.owns(request.url))
  if (shape !== undefined) {
    const { status, mediaType, body } = shape.format(failure)
    return reply.code(status).type(mediaType).send(body)
  }
  return reply
    .code(failure.status)
    .type(problemMediaType)
    .send(JSON.stringify(formatProblem(failure, request.id)))
}
