/** The Open Inference Protocol, version 2, over REST. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { isObject } from '../../core/json.ts'
import { packageVersion } from '../../core/version.ts'
import type { Readiness } from '../health.ts'
import type { ServingLimits } from '../http/limits.ts'
import type { ModelSource } from '../model-source.ts'
import { describeFailureFully, type FailureShape } from '../http/problem.ts'
import { createProblemList } from '../input/problem-list.ts'
import type { Route } from '../routes.ts'
import type { ServedModel } from '../served-model.ts'
import { passWarnings, tellingInHeader } from '../http/warnings-header.ts'
import { checkModel, markReady } from './model-place.ts'
import { modelRepositoryRoutes } from './model-repository.ts'
import { binaryOutputs, readTensorBody, sendTensors } from './open-inference-binary.ts'
import { createOutputs, describeOutputs } from './open-inference-outputs.ts'
import { decodeTensors, describeInputs, invalid, wholeInput } from './open-inference-tensors.ts'

export interface OpenInferenceOptions {
  readonly models: ModelSource
  readonly readiness: Readiness
  readonly limits: ServingLimits
}

/** The protocol's error: one sentence; what is invalid in a body is 400 here. */
export const openInferenceFailures: FailureShape = {
  owns: (url) => /^\/v2(?:[/?]|$)/.test(url),
  format: (failure) => ({
    status: failure.status === 422 ? 400 : failure.status,
    mediaType: 'application/json; charset=utf-8',
    body: JSON.stringify({ error: describeFailureFully(failure) }),
  }),
}

/** What the server can beyond the protocol itself. */
const extensions = ['binary_tensor_data', 'model_repository']

export function openInferenceRoutes(options: OpenInferenceOptions): readonly Route[] {
  const { readiness, models } = options
  return [
    get('/v2', () => ({ name: 'ml-pipeline-toolkit', version: packageVersion, extensions })),
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
        answer: (request: FastifyRequest, reply: FastifyReply) => infer(request, reply, options),
      },
    ]),
    ...modelRepositoryRoutes(options),
  ]
}

function get(path: string, answer: Route['answer']): Route {
  return { method: 'GET', path, answer }
}

function describeModel({ identity, columns, output }: ServedModel): object {
  return {
    name: identity.name,
    ...(identity.version !== null && { versions: [identity.version] }),
    platform: 'onnx_onnxv1',
    inputs: describeInputs(columns),
    outputs: describeOutputs(output),
    properties: {
      columns: columns.map((column) => column.name).join(','),
      digest: identity.digest,
      ...(output.kind === 'classes' && { classes: output.classes.join(',') }),
    },
  }
}

function infer(
  request: FastifyRequest,
  reply: FastifyReply,
  { models, limits }: OpenInferenceOptions,
): object {
  const model = tellingInHeader(models.take(request, 'open-inference'), reply)
  checkModel(request, model)
  const raw = { name: wholeInput, width: model.columns.length }
  const { body, tail } = readTensorBody(request, raw)
  if (!isObject(body)) throw invalid('the body must be an object')
  const { id } = body
  if (id !== undefined && typeof id !== 'string') throw invalid("'id' must be a string")
  const isWanted = wantedOutputs(body, model)
  const isBinary = binaryOutputs(body)
  const problems = createProblemList()
  const matrix = decodeTensors(body['inputs'], { columns: model.columns, limits, problems, tail })
  problems.check()
  passWarnings(problems, model)
  const { name, version } = model.identity
  const head = {
    model_name: name,
    ...(version !== null && { model_version: version }),
    ...(id !== undefined && { id }),
  }
  const outputs = createOutputs(model.output, model.score(matrix), matrix.rows)
  return sendTensors(reply, {
    head,
    outputs: outputs.filter((output) => isWanted(output.name)),
    isBinary,
  })
}

/** All outputs where none is asked for by name. */
function wantedOutputs(
  { outputs }: Readonly<Record<string, unknown>>,
  { output: given }: ServedModel,
): (name: string) => boolean {
  if (outputs === undefined) return () => true
  const names = describeOutputs(given).map(({ name }) => name)
  if (!Array.isArray(outputs)) throw invalid("'outputs' must be a list")
  const wanted = outputs.map((output: unknown) => {
    const name = isObject(output) ? names.find((known) => known === output['name']) : undefined
    if (name !== undefined) return name
    const known = names.map((each) => `'${each}'`).join(' or ')
    throw invalid(`every entry of 'outputs' must be named ${known}`)
  })
  return (name) => wanted.length === 0 || wanted.includes(name)
}
