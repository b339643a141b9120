/** The model repository extension of the Open Inference Protocol: what is there can be listed, and not be changed. */

import type { FastifyRequest } from 'fastify'
import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { Readiness, ReadinessState } from '../health.ts'
import { readJsonBody } from '../input/json-body.ts'
import type { ModelSource } from '../model-source.ts'
import type { Route } from '../routes.ts'
import { checkModel } from './model-place.ts'

/**
 * The index, and refusals to load and unload: what a server has is for whoever runs it to say, not for whoever can
 * send it a request.
 */
export function modelRepositoryRoutes(options: {
  readonly models: ModelSource
  readonly readiness: Readiness
}): readonly Route[] {
  return [
    {
      method: 'POST',
      path: '/v2/repository/index',
      answer: (request) => listModels(request, options),
    },
    ...(['load', 'unload'] as const).map((action) => ({
      method: 'POST' as const,
      path: `/v2/repository/models/:name/${action}`,
      answer: (request: FastifyRequest): never => {
        checkModel(request, options.models.current())
        throw new ToolkitError('REQUEST_FORBIDDEN', `no request can ${action} a model here`, {
          hint: 'start the server with another model, or move the alias that it follows',
        })
      },
    })),
  ]
}

interface ListedModel {
  readonly name: string
  readonly version?: string
  readonly state: 'READY' | 'LOADING' | 'UNAVAILABLE'
  readonly reason: string
}

function listModels(
  request: FastifyRequest,
  { models, readiness }: { readonly models: ModelSource; readonly readiness: Readiness },
): readonly ListedModel[] {
  const isReadyOnly = readFilter(request)
  const { name, version } = models.current().identity
  const listed = {
    name,
    ...(version !== null && { version }),
    ...states[readiness.state()],
  }
  return isReadyOnly && listed.state !== 'READY' ? [] : [listed]
}

/** tritonclient sends no body at all. */
function readFilter(request: FastifyRequest): boolean {
  if (!(request.body instanceof Uint8Array) || request.body.length === 0) return false
  const body = readJsonBody(request, { isTypeOptional: true })
  const ready = isObject(body) ? body['ready'] : null
  if (ready === undefined || typeof ready === 'boolean') return ready ?? false
  throw new ToolkitError(
    'REQUEST_INVALID',
    "the body must be an object, with 'ready' true or false",
  )
}

const states: Readonly<Record<ReadinessState, Pick<ListedModel, 'state' | 'reason'>>> = {
  ready: { state: 'READY', reason: '' },
  starting: { state: 'LOADING', reason: 'the model has not made its first prediction' },
  failed: { state: 'UNAVAILABLE', reason: 'the model could not predict its own example' },
  draining: { state: 'UNAVAILABLE', reason: 'the server is stopping' },
}
