/** What the document says of the Open Inference Protocol. */

import type { ServingLimits } from '../http/limits.ts'
import { json, reference, type Json } from './parts.ts'
import { createOutputs } from '../protocols/open-inference-outputs.ts'
import { describeInputs } from '../protocols/open-inference-tensors.ts'
import { decodeRows } from '../schemas.ts'
import type { ServedModel } from '../served-model.ts'

/** The operations below `/v2`. */
export function inferenceOperations(
  model: ServedModel,
  options: ServingLimits & { readonly requestId: string },
): Json {
  const { name } = model.identity
  const base = `/v2/models/${encodeURIComponent(name)}`
  return {
    '/v2': { get: inferenceGet('metadata', 'What this server is') },
    '/v2/health/live': { get: inferenceGet('inferenceLive', 'Whether the process answers') },
    '/v2/health/ready': { get: readyOperation('inferenceReady', 'Whether to send requests here') },
    [base]: { get: inferenceGet('modelMetadata', "The model's inputs and outputs") },
    [`${base}/ready`]: { get: readyOperation('modelReady', 'Whether the model is ready') },
    [`${base}/infer`]: { post: inferOperation(model, options) },
    '/v2/repository/index': { post: indexOperation(model) },
  }
}

const tags = ['open inference protocol']

function inferenceGet(operationId: string, summary: string): Json {
  return {
    tags,
    operationId,
    summary,
    responses: { 200: { description: 'Yes.', content: json({ type: 'object' }) } },
  }
}

function readyOperation(operationId: string, summary: string): Json {
  const content = json({ type: 'object' })
  return {
    tags,
    operationId,
    summary,
    responses: { 200: { description: 'Yes.', content }, 503: { description: 'Not now.', content } },
  }
}

function inferOperation(
  model: ServedModel,
  options: ServingLimits & { readonly requestId: string },
): Json {
  const cells = model.columns.map((column) => model.example[column.name] ?? null)
  const request = {
    inputs: describeInputs(model.columns).map(({ name, datatype, shape }, i, { length }) => ({
      name,
      shape: shape.map((size) => Math.abs(size)),
      datatype,
      data: cells.slice(length === 1 ? 0 : i, length === 1 ? undefined : i + 1),
    })),
  }
  const scores = model.score(decodeRows(model.example, model.columns, options).matrix)
  return {
    tags,
    operationId: 'infer',
    summary: 'Predict tensors',
    description:
      'With the header `Inference-Header-Content-Length`, the bytes of tensors follow the JSON, as the binary tensor data extension says; answers have them when asked for.',
    requestBody: {
      required: true,
      content: json(reference('InferenceRequest'), { one: { value: request } }),
    },
    responses: {
      200: {
        description: 'The predictions.',
        content: {
          ...json(reference('InferenceAnswer'), { one: { value: inferenceAnswer(model, scores) } }),
          'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
        },
      },
      400: inferenceError('The tensors do not fit the model.'),
      404: inferenceError('There is no such model or version.'),
      '4XX': inferenceError('The request is refused before its tensors are read.'),
      '5XX': inferenceError('The server failed; its log has the request id.'),
    },
  }
}

function inferenceAnswer({ identity, output }: ServedModel, scores: Float32Array): Json {
  return {
    model_name: identity.name,
    ...(identity.version !== null && { model_version: identity.version }),
    outputs: createOutputs(output, scores, 1).map(({ name, datatype, shape, data }) => ({
      name,
      datatype,
      shape,
      data: Array.from<string | number>(data),
    })),
  }
}

function indexOperation({ identity: { name, version } }: ServedModel): Json {
  const listed = { name, ...(version !== null && { version }), state: 'READY', reason: '' }
  const request = { type: 'object', properties: { ready: { type: 'boolean' } } }
  return {
    tags,
    operationId: 'repositoryIndex',
    summary: 'The models and their states',
    requestBody: { content: json(request, { ready: { value: { ready: true } } }) },
    responses: {
      200: {
        description: 'There is one.',
        content: json({ type: 'array', items: { type: 'object' } }, { one: { value: [listed] } }),
      },
      '4XX': inferenceError('The request cannot be read.'),
    },
  }
}

function inferenceError(description: string): Json {
  return { description, content: json(reference('InferenceError')) }
}
