/** The Open Inference Protocol, version 2, over REST with JSON tensors. */

import type { FastifyRequest } from 'fastify'
import { isObject } from '../../core/json.ts'
import { packageVersion } from '../../core/version.ts'
import type { Readiness } from '../health.ts'
import { readJsonBody } from '../json-body.ts'
import type { ServingLimits } from '../limits.ts'
import type { ModelSource } from '../model-source.ts'
import type { FailureShape } from '../problem.ts'
import type { Route } from '../routes.ts'
import type { ServedModel } from '../served-model.ts'
import { checkModel, markReady } from './model-place.ts'
import { binaryRefused, decodeTensors, invalid, wholeInput } from './open-inference-tensors.ts'

export interface OpenInferenceOptions {
  readonly models: ModelSource
  readonly readiness: Readiness
  readonly limits: ServingLimits
}

/** The name of the one output. */
export const outputName = 'probability'

/** The protocol's error: one sentence; what is invalid in a body is 400 here. */
export const openInferenceFailures: FailureShape = {
  owns: (url) => /^\/v2(?:[/?]|$)/.test(url),
  format: ({ status, message, hint }) => ({
    status: status === 422 ? 400 : status,
    mediaType: 'application/json; charset=utf-8',
    body: JSON.stringify({ error: hint === undefined ? message : `${message} (${hint})` }),
  }),
}

export function openInferenceRoutes(options: OpenInferenceOptions): readonly Route[] {
  const { readiness, models } = options
  return [
    get('/v2', () => ({ name: 'ml-pipeline-toolkit', version: packageVersion, extensions: [] })),
    get('/v2/health/live', () => ({ live: true })),
    get('/v2/health/ready', (_request, reply) => ({ ready: markReady(reply, readiness) })),
    ...['/v2/models/:name', '/v2/models/:name/versions/:version'].flatMap((path) => [
      get(path, (request) => {
        const model = models.current()
        checkModel(request, model)
        return describeModel(model)
      }),
      get(`${path}/ready`, (request, reply) => {
        const model = models.current()
        checkModel(request, model)
        return { name: model.identity.name, ready: markReady(reply, readiness) }
      }),
      {
        method: 'POST' as const,
        path: `${path}/infer`,
        answer: (request: FastifyRequest) => infer(request, options),
      },
    ]),
  ]
}

function get(path: string, answer: Route['answer']): Route {
  return { method: 'GET', path, answer }
}

function describeModel({ identity, columns }: ServedModel): object {
  return {
    name: identity.name,
    ...(identity.version !== null && { versions: [identity.version] }),
    platform: 'onnx_onnxv1',
    inputs: [{ name: wholeInput, datatype: 'FP32', shape: [-1, columns.length] }],
    outputs: [{ name: outputName, datatype: 'FP32', shape: [-1] }],
    properties: {
      columns: columns.map((column) => column.name).join(','),
      digest: identity.digest,
    },
  }
}

function infer(request: FastifyRequest, { models, limits }: OpenInferenceOptions): object {
  const model = models.take(request, 'open-inference')
  checkModel(request, model)
  if (request.headers['inference-header-content-length'] !== undefined) throw binaryRefused()
  // tritonclient sends no content type at all.
  const body = readJsonBody(request, { isTypeOptional: true })
  if (!isObject(body)) throw invalid('the body must be an object')
  const { id } = body
  if (id !== undefined && typeof id !== 'string') throw invalid("'id' must be a string")
  checkOutputs(body)
  const probabilities = model.score(decodeTensors(body['inputs'], model.columns, limits))
  return {
    model_name: model.identity.name,
    ...(model.identity.version !== null && { model_version: model.identity.version }),
    ...(id !== undefined && { id }),
    outputs: [
      {
        name: outputName,
        datatype: 'FP32',
        shape: [probabilities.length],
        data: Array.from(probabilities),
      },
    ],
  }
}

/** Asked for by name or not at all, the one output is what is answered. */
function checkOutputs(body: Readonly<Record<string, unknown>>): void {
  const { outputs, parameters } = body
  if (isObject(parameters) && parameters['binary_data_output'] === true) throw binaryRefused()
  if (outputs === undefined) return
  if (!Array.isArray(outputs)) throw invalid("'outputs' must be a list")
  for (const output of outputs) {
    if (!isObject(output) || output['name'] !== outputName) {
      throw invalid(`every entry of 'outputs' must be named '${outputName}'`)
    }
    if (isObject(output['parameters']) && output['parameters']['binary_data'] === true) {
      throw binaryRefused()
    }
  }
}
