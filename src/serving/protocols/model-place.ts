/** The model that a path of KServe's protocols names: `/models/{name}/versions/{version}`. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { Readiness } from '../health.ts'
import type { ServedModel } from '../served-model.ts'

/** Whether requests should be sent here; if not, the answer is a 503. */
export function markReady(reply: FastifyReply, readiness: Readiness): boolean {
  const isReady = readiness.state() === 'ready'
  if (!isReady) void reply.code(503)
  return isReady
}

/**
 * Checks that the path names the model, and its version if it names one.
 *
 * @throws {ToolkitError} `MODEL_NOT_FOUND`
 */
export function checkModel(request: FastifyRequest, { identity }: ServedModel): void {
  const { name, version } = readPlace(request.params)
  if (name !== identity.name) {
    throw new ToolkitError('MODEL_NOT_FOUND', `there is no model '${name.slice(0, 100)}'`, {
      hint: `this server has '${identity.name}'`,
    })
  }
  if (version === undefined || version === identity.version) return
  throw new ToolkitError(
    'MODEL_NOT_FOUND',
    `there is no version '${version.slice(0, 100)}' of '${identity.name}'`,
    {
      hint:
        identity.version === null
          ? 'the model has no version: leave it out of the path'
          : `this server has '${identity.version}'`,
    },
  )
}

/** What the router took from the path; a version only where the path has one. */
function readPlace(params: unknown): { name: string; version: string | undefined } {
  const { name, version } = isObject(params) ? params : {}
  return {
    name: typeof name === 'string' ? name : '',
    version: typeof version === 'string' ? version : undefined,
  }
}
