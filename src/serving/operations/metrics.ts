/** What Prometheus reads at `/metrics`. */

import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Matrix } from '../../core/matrix.ts'
import { packageVersion } from '../../core/version.ts'
import { inBatches } from './in-batches.ts'
import type { Failure } from '../http/problem.ts'
import type { ModelSlots } from '../rollout/model-slots.ts'
import { createRolloutMetrics, type RolloutMetrics } from '../rollout/rollout-metrics.ts'
import type { Route } from '../routes.ts'
import type { ServedModel } from '../served-model.ts'

export const metricsPath = '/metrics'

/** Counts what a server does. No label holds anything a client can make up: their number is bounded. */
export interface ServingMetrics {
  readonly registry: Registry
  /** What becomes of models while the server runs. */
  readonly rollout: RolloutMetrics
  /** Says which models are served; both are asked whenever the metrics are read. */
  describeModels(models: Pick<ModelSlots, 'get'>, isReady: () => boolean): void
  /** The same model, counted. */
  countScorings(model: ServedModel): ServedModel
  /** Counts and times every request of the app, by route. */
  observeRequests(app: FastifyInstance): void
  /** Counts the problems of an invalid request by column. */
  countProblems(failure: Failure): void
  /** Counts a request that was refused so that others are answered. */
  countRefusal(reason: RefusalReason): void
  /** The answer to `/metrics`: of this process, or of all workers. */
  readonly collect: () => Promise<string>
}

/** Why a request was turned away before work was done for it. */
export type RefusalReason = 'busy' | 'rate' | 'token'

/** Seconds. Requests of tabular models take well below the 5 ms that other servers' buckets start at. */
const durationBuckets = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
]

/** Creates the counters of one app; `collectAll` answers for more than this process. */
export function createServingMetrics(collectAll?: () => Promise<string>): ServingMetrics {
  const registry = new Registry()
  const counters = createCounters(registry)
  let described: Pick<ModelSlots, 'get'> | undefined
  return {
    registry,
    rollout: createRolloutMetrics(registry),
    describeModels: (models, isReady) => {
      described = models
      describeModels(registry, models, isReady)
    },
    countScorings: (model) => countScorings(model, counters),
    observeRequests: (app) => observeRequests(app, counters),
    countProblems: ({ errors }) => {
      const columns = new Set(described?.get('champion')?.columnNames)
      for (const { pointer } of errors) {
        const field = columnOf(pointer, columns)
        counters.problems.inc({ field, policy: 'reject' })
      }
    },
    countRefusal: (reason) => counters.refusals.inc({ reason }),
    collect: collectAll ?? (() => formatMetrics(registry)),
  }
}

type Counters = ReturnType<typeof createCounters>

function createCounters(registry: Registry) {
  const registers = [registry]
  return {
    requests: createRequestCounters(registers),
    scorings: createScoringCounters(registers),
    problems: new Counter({
      name: 'mlpt_request_problems_total',
      help: 'Values that do not fit, by column of the model and what became of them',
      labelNames: ['field', 'policy'] as const,
      registers,
    }),
    refusals: new Counter({
      name: 'mlpt_requests_refused_total',
      help: 'Requests turned away so that others are answered, or for want of a token',
      labelNames: ['reason'] as const,
      registers,
    }),
  }
}

function createRequestCounters(registers: Registry[]) {
  const route = ['route', 'method'] as const
  const answers = inBatches<{
    readonly route: string
    readonly method: string
    readonly code: number
    readonly seconds: number
  }>(({ seconds, ...labels }) => {
    total.inc(labels)
    durations.observe({ route: labels.route, method: labels.method }, seconds)
  })
  const total = new Counter({
    name: 'mlpt_http_requests_total',
    help: 'Requests answered',
    labelNames: [...route, 'code'] as const,
    registers,
    collect: answers.finish,
  })
  const durations = new Histogram({
    name: 'mlpt_http_request_duration_seconds',
    help: 'From the head of a request to the end of its answer',
    labelNames: route,
    buckets: durationBuckets,
    registers,
    collect: answers.finish,
  })
  let inFlight = 0
  const gauge: Gauge = new Gauge({
    name: 'mlpt_http_requests_in_flight',
    help: 'Requests whose answer is not yet sent',
    registers,
    collect: (): void => gauge.set(inFlight),
  })
  return {
    answered: answers.add,
    begin: (): void => void inFlight++,
    end: (): void => void inFlight--,
  }
}

function createScoringCounters(registers: Registry[]) {
  const scorings = inBatches<{ readonly rows: number; readonly seconds: number }>((scored) => {
    durations.observe(scored.seconds)
    calls.inc({ outcome: 'ok' })
    rows.inc(scored.rows)
  })
  const calls = new Counter({
    name: 'mlpt_inference_requests_total',
    help: 'Calls of the model',
    labelNames: ['outcome'] as const,
    registers,
    collect: scorings.finish,
  })
  const rows = new Counter({
    name: 'mlpt_inference_rows_total',
    help: 'Rows scored',
    registers,
    collect: scorings.finish,
  })
  const durations = new Histogram({
    name: 'mlpt_inference_duration_seconds',
    help: 'Time in the model alone',
    buckets: durationBuckets,
    registers,
    collect: scorings.finish,
  })
  return { scored: scorings.add, failed: (): void => calls.inc({ outcome: 'error' }) }
}

function describeModels(
  registry: Registry,
  models: Pick<ModelSlots, 'get'>,
  isReady: () => boolean,
): void {
  const info = new Gauge({
    name: 'mlpt_model_info',
    help: 'Which models are served',
    labelNames: ['arm', 'model', 'version', 'digest'] as const,
    registers: [registry],
    aggregator: 'first',
    collect: (): void => {
      info.reset()
      for (const arm of ['champion', 'canary', 'shadow'] as const) {
        const served = models.get(arm)?.identity
        if (served === undefined) continue
        const { name, version, digest } = served
        info.set({ arm, model: name, version: version ?? '', digest }, 1)
      }
    },
  })
  new Gauge({
    name: 'mlpt_build_info',
    help: 'Which program serves it',
    labelNames: ['version', 'node'] as const,
    registers: [registry],
    aggregator: 'first',
  }).set({ version: packageVersion, node: process.version }, 1)
  const ready: Gauge = new Gauge({
    name: 'mlpt_model_ready',
    help: '1 while the server should be sent requests',
    registers: [registry],
    aggregator: 'min',
    collect: (): void => ready.set(isReady() ? 1 : 0),
  })
}

function countScorings(model: ServedModel, counters: Counters): ServedModel {
  const call = <Result>(rows: Matrix, score: () => Result): Result => {
    const startedAt = performance.now()
    try {
      const result = score()
      const seconds = (performance.now() - startedAt) / 1000
      counters.scorings.scored({ rows: rows.rows, seconds })
      return result
    } catch (error) {
      counters.scorings.failed()
      throw error
    }
  }
  return {
    ...model,
    score: (rows) => call(rows, () => model.score(rows)),
    warn: (warnings) => {
      for (const { column, policy, count } of warnings.counts) {
        counters.problems.inc({ field: column, policy }, count)
      }
      model.warn(warnings)
    },
  }
}

function observeRequests(app: FastifyInstance, { requests }: Counters): void {
  app.addHook('onRequest', (request, reply, done) => {
    const startedAt = performance.now()
    requests.begin()
    // Also when the client went away, of which Fastify's own hooks do not tell; they would listen for two more events.
    reply.raw.on('close', () => {
      requests.end()
      if (!reply.raw.writableFinished) return
      requests.answered({
        route: routeOf(request),
        method: request.method,
        code: reply.statusCode,
        seconds: (performance.now() - startedAt) / 1000,
      })
    })
    done()
  })
}

/** The pattern of the path, never the path: anyone can make up paths. */
export function routeOf(request: FastifyRequest): string {
  return request.routeOptions.url ?? 'unmatched'
}

/** The column that the place of a problem names, whatever the protocol calls the place. */
function columnOf(pointer: string, columns: ReadonlySet<string>): string {
  const name = pointer
    .slice(Math.max(pointer.lastIndexOf('/'), pointer.lastIndexOf(', ') + 1) + 1)
    .replaceAll('~1', '/')
    .replaceAll('~0', '~')
  return columns.has(name) ? name : 'other'
}

/** The route that Prometheus asks. */
export function metricsRoutes({ collect }: ServingMetrics): readonly Route[] {
  const answer = async (_request: FastifyRequest, reply: FastifyReply): Promise<string> => {
    const text = await collect()
    void reply.type(Registry.PROMETHEUS_CONTENT_TYPE)
    return text
  }
  return [{ method: 'GET', path: metricsPath, answer }]
}

async function formatMetrics(registry: Registry): Promise<string> {
  const [own, ofProcess] = await Promise.all([registry.metrics(), processRegistry().metrics()])
  return own + ofProcess
}

let sharedRegistry: Registry | undefined

/** Memory, CPU and event loop of the process: one however many apps it has, watched from the first question on. */
export function processRegistry(): Registry {
  if (sharedRegistry === undefined) {
    sharedRegistry = new Registry()
    collectDefaultMetrics({ register: sharedRegistry })
  }
  return sharedRegistry
}
