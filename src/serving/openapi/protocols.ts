/** What the document says of the protocols that other servers made: MLflow's and KServe's first. */

import { formatCsvCell } from '../../core/csv-cell.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { RequestContent } from '../input/json-body.ts'
import type { ServingLimits } from '../http/limits.ts'
import { json, reference, type Json } from './parts.ts'
import { describeFailure, type FailureShape } from '../http/problem.ts'
import { kserveFailures, predictInstances } from '../protocols/kserve.ts'
import {
  invocationForms,
  mlflowFailures,
  mlflowPaths,
  scoreInvocation,
} from '../protocols/mlflow.ts'
import type { ServedModel } from '../served-model.ts'

/** The operations of MLflow's scoring server. */
export function mlflowOperations(model: ServedModel, limits: ServingLimits): Json {
  return {
    [mlflowPaths.invocations]: { post: invocationsOperation(model, limits) },
    [mlflowPaths.ping]: { get: pingOperation('ping') },
    [mlflowPaths.health]: { get: pingOperation('health') },
    [mlflowPaths.version]: {
      get: {
        tags: ['mlflow'],
        operationId: 'version',
        summary: 'The version of this server',
        responses: { 200: { description: 'Plain text, though its type says JSON.' } },
      },
    },
  }
}

function invocationsOperation(model: ServedModel, limits: ServingLimits): Json {
  const { example } = model
  const columns = Object.keys(example)
  const split = { dataframe_split: { columns, data: [Object.values(example)] } }
  const requests = { split, records: { dataframe_records: [example] }, inputs: { inputs: example } }
  const csv = [columns, Object.values(example)].map(
    (cells) => `${cells.map((cell) => formatCsvCell(String(cell ?? ''))).join(',')}\n`,
  )
  const answer = (content: RequestContent): unknown => scoreInvocation(content, model, limits)
  const csvExample = findCsvExample(csv.join(''), answer)
  return {
    tags: ['mlflow'],
    operationId: 'invocations',
    summary: 'Predict a data frame',
    description: `The body is an object with one of ${listOf(invocationForms)}, or CSV with a header.`,
    requestBody: {
      required: true,
      content: {
        ...json(reference('InvocationRequest'), valuesOf(requests)),
        'text/csv': { schema: { type: 'string' }, examples: valuesOf(csvExample?.request ?? {}) },
      },
    },
    responses: {
      200: {
        description: 'The predictions, as `mlflow models serve` answers for this model.',
        content: json(
          reference('InvocationAnswer'),
          valuesOf({
            ...mapValues(requests, (body) => answer(jsonContent(body))),
            ...csvExample?.answer,
          }),
        ),
      },
      400: refusal(
        'InvocationError',
        'The rows do not fit the model; the message has all problems.',
        {
          shape: mlflowFailures,
          fail: () => answer(jsonContent({ dataframe_records: [{}] })),
        },
      ),
      415: {
        description: 'The body is neither JSON nor CSV.',
        content: { 'text/plain': { schema: { type: 'string' } } },
      },
      '4XX': refusal('InvocationError', 'The request is refused before its rows are read.'),
      '5XX': refusal('InvocationError', 'The server failed; its log has the request id.'),
    },
  }
}

/** The example as CSV and its answer; none where CSV cannot say it: the text `NA` is missing there. */
function findCsvExample(
  csv: string,
  answer: (content: RequestContent) => unknown,
): { readonly request: Json; readonly answer: Json } | undefined {
  try {
    const content = { headers: { 'content-type': 'text/csv' }, body: Buffer.from(csv) }
    return { request: { csv }, answer: { csv: answer(content) } }
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'REQUEST_INVALID') return undefined
    throw error
  }
}

function pingOperation(operationId: string): Json {
  return {
    tags: ['mlflow'],
    operationId,
    summary: 'Whether to send requests here',
    responses: {
      200: { description: 'The model is ready: an empty line.' },
      404: { description: 'It is not.' },
    },
  }
}

/** The operations of KServe's first protocol. */
export function kserveOperations(model: ServedModel, limits: ServingLimits): Json {
  const { name } = model.identity
  const path = `/v1/models/${encodeURIComponent(name)}`
  const requests = {
    objects: { instances: [model.example] },
    lists: { instances: [Object.values(model.example)] },
  }
  const answer = (body: unknown): unknown => predictInstances(jsonContent(body), model, limits)
  return {
    '/v1/models': {
      get: kserveGet('listModels', 'The names of the models', {
        200: {
          description: 'There is one.',
          content: json({ type: 'object' }, valuesOf({ one: { models: [name] } })),
        },
      }),
    },
    [path]: {
      get: kserveGet('kserveReady', 'Whether the model is ready', {
        200: {
          description: 'It is.',
          content: json({ type: 'object' }, valuesOf({ ready: { name, ready: true } })),
        },
        503: {
          description: 'It is not.',
          content: json({ type: 'object' }, valuesOf({ starting: { name, ready: false } })),
        },
      }),
    },
    [`${path}:predict`]: {
      post: {
        tags: ['kserve'],
        operationId: 'predictInstances',
        summary: 'Predict instances',
        requestBody: {
          required: true,
          content: json(reference('InstancesRequest'), valuesOf(requests)),
        },
        responses: {
          200: {
            description: 'The predictions, in the order of the instances.',
            content: json(reference('InstancesAnswer'), valuesOf(mapValues(requests, answer))),
          },
          400: refusal(
            'InferenceError',
            'The instances do not fit the model; the text has all problems.',
            {
              shape: kserveFailures(),
              fail: () => answer({ instances: [{}] }),
            },
          ),
          '4XX': refusal('InferenceError', 'The request is refused before its rows are read.'),
          '5XX': refusal('InferenceError', 'The server failed; its log has the request id.'),
        },
      },
    },
  }
}

function kserveGet(operationId: string, summary: string, responses: Json): Json {
  return { tags: ['kserve'], operationId, summary, responses }
}

/** An error of a protocol; with what it answers when `fail` throws. */
function refusal(
  schema: string,
  description: string,
  example?: { readonly shape: FailureShape; readonly fail: () => unknown },
): Json {
  if (example === undefined) return { description, content: json(reference(schema)) }
  try {
    return { description, content: json(reference(schema), valuesOf({ one: example.fail() })) }
  } catch (error) {
    const { body } = example.shape.format(describeFailure(error))
    return { description, content: json(reference(schema), valuesOf({ one: JSON.parse(body) })) }
  }
}

function jsonContent(body: unknown): RequestContent {
  const headers = { 'content-type': 'application/json' }
  return { headers, body: Buffer.from(JSON.stringify(body)) }
}

function valuesOf(examples: Json): Json {
  return mapValues(examples, (value) => ({ value }))
}

function mapValues(object: Json, map: (value: unknown) => unknown): Json {
  return Object.fromEntries(Object.entries(object).map(([name, value]) => [name, map(value)]))
}

function listOf(names: readonly string[]): string {
  return names.map((name) => `\`${name}\``).join(', ')
}
