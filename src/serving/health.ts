import type { FastifyReply } from 'fastify'
import type { ModelSource } from './model-source.ts'
import type { ModelIdentity, ServedModel } from './served-model.ts'
import type { Route } from './routes.ts'
import { warmUp } from './warm-up.ts'

/** Whether the server should be sent requests, from its start to its end. */
export interface Readiness {
  /** Scores the model's own example once; ready from then on, or failed. Throws what the model throws. */
  warmUp(): void
  /** Not ready from now on: the server is about to stop. */
  startDraining(): void
  state(): ReadinessState
}

export type ReadinessState = 'starting' | 'ready' | 'failed' | 'draining'

/** Creates the readiness of a server: not ready until its model, whichever it is then, has scored its example. */
export function createReadiness(model: () => ServedModel): Readiness {
  let state: ReadinessState = 'starting'
  return {
    warmUp: () => {
      state = 'failed'
      warmUp(model())
      state = 'ready'
    },
    startDraining: () => {
      state = 'draining'
    },
    state: () => state,
  }
}

export const healthPaths = { live: '/health/live', ready: '/health/ready' } as const

/** What the probes answer. */
export interface HealthReport {
  readonly status: 'live' | ReadinessState
  readonly model: ModelIdentity
}

/** The probes: live while the process answers at all, ready while it should be sent requests. */
export function healthRoutes(models: ModelSource, readiness: Readiness): readonly Route[] {
  return [
    {
      method: 'GET',
      path: healthPaths.live,
      answer: (): HealthReport => ({ status: 'live', model: models.current().identity }),
    },
    {
      method: 'GET',
      path: healthPaths.ready,
      answer: (_request, reply): HealthReport => reportReadiness(reply, { models, readiness }),
    },
  ]
}

function reportReadiness(
  reply: FastifyReply,
  { models, readiness }: { readonly models: ModelSource; readonly readiness: Readiness },
): HealthReport {
  const status = readiness.state()
  if (status !== 'ready') void reply.code(503)
  return { status, model: models.current().identity }
}
