/** MLflow's scoring server, and with it SageMaker's hosting contract: `/invocations` and `/ping`. */

import { isTimeField } from '../../core/schema.ts'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { Matrix } from '../../core/matrix.ts'
import { packageVersion } from '../../core/version.ts'
import type { Readiness } from '../health.ts'
import { readTextBody, type RequestContent } from '../input/json-body.ts'
import type { ServingLimits } from '../http/limits.ts'
import type { ModelSource } from '../model-source.ts'
import {
  createPredictions,
  type ClassPrediction,
  type ProbabilityPrediction,
  type ValuePrediction,
} from '../prediction.ts'
import { parseJson } from '../input/parse-json.ts'
import { describeFailureFully, type FailureShape } from '../http/problem.ts'
import { createProblemList } from '../input/problem-list.ts'
import type { Route } from '../routes.ts'
import { escapePointer } from '../input/escape-pointer.ts'
import type { Column, ServedModel } from '../served-model.ts'
import { passWarnings, tellingInHeader } from '../http/warnings-header.ts'
import { decodeCsv } from './csv-rows.ts'
import { decodeInstances, decodeRecordList, decodeSplit, type RowContext } from './row-forms.ts'

export const mlflowPaths = {
  invocations: '/invocations',
  ping: '/ping',
  health: '/health',
  version: '/version',
} as const

/** The paths that load balancers and SageMaker ask, under whatever name. */
export const mlflowProbePaths = [mlflowPaths.ping, mlflowPaths.health]

/** The routes of MLflow's scoring server. A model that is not ready is none: 404, as there. */
export function mlflowRoutes(options: {
  readonly models: ModelSource
  readonly readiness: Readiness
  readonly limits: ServingLimits
}): readonly Route[] {
  const { models, readiness, limits } = options
  const ping = (_request: FastifyRequest, reply: FastifyReply): FastifyReply =>
    reply
      .code(readiness.state() === 'ready' ? 200 : 404)
      .type('application/json')
      .send('\n')
  return [
    ...mlflowProbePaths.map((path): Route => ({ method: 'GET', path, answer: ping })),
    {
      method: 'GET',
      path: mlflowPaths.version,
      // Not in quotes, and called JSON all the same: so does MLflow.
      answer: (_request, reply) => reply.type('application/json').send(packageVersion),
    },
    {
      method: 'POST',
      path: mlflowPaths.invocations,
      answer: (request, reply) =>
        scoreInvocation(request, tellingInHeader(models.take(request, 'mlflow'), reply), limits),
    },
  ]
}

/**
 * What `mlflow models serve` answers for the same model folder: each row with the name of the model's output. Of several
 * classes it makes a row of each number; here a row of data stays one.
 */
export interface InvocationAnswer {
  readonly predictions: readonly (
    | Pick<ProbabilityPrediction, 'probability'>
    | ValuePrediction
    | ClassPrediction
  )[]
}

/**
 * Answers a request of rows as JSON or CSV.
 *
 * @throws {ToolkitError} `REQUEST_TYPE_UNSUPPORTED`, `REQUEST_MALFORMED`, `REQUEST_INVALID`
 */
export function scoreInvocation(
  request: RequestContent,
  model: ServedModel,
  limits: { readonly rows: number },
): InvocationAnswer {
  checkTypeParameters(request.headers['content-type'])
  const { type, text } = readTextBody(request, {
    types: ['application/json', 'text/csv'],
    isTypeOptional: false,
  })
  const problems = createProblemList()
  const context = { columns: invocationColumns(model), limits, problems }
  const matrix =
    type === 'text/csv'
      ? decodeCsv(text, context)
      : decodeBody(parseJson(replaceNaN(text)), context)
  problems.check()
  passWarnings(problems, model)
  const scores = model.score(matrix)
  if (model.output.kind !== 'probability') {
    return { predictions: createPredictions(model.output, scores) }
  }
  return { predictions: Array.from(scores, (probability) => ({ probability })) }
}

/**
 * The columns as MLflow's signature of the model has them: its dates and moments are doubles, the days and milliseconds that the
 * graph takes, because no type of MLflow's is a time that reaches a graph. Written as everywhere else, they are taken too.
 */
export function invocationColumns({ columns }: ServedModel): readonly Column[] {
  if (!columns.some(({ field }) => isTimeField(field))) return columns
  return columns.map((column) =>
    isTimeField(column.field) ? Object.assign({ takesTimeNumbers: true } as const, column) : column,
  )
}

/**
 * MLflow's own client writes missing values of a frame as NaN, which JSON does not have: null is meant.
 * Infinity stays what JSON refuses.
 */
function replaceNaN(text: string): string {
  if (!text.includes('NaN')) return text
  return text.replaceAll(/"[^"\\]*(?:\\.[^"\\]*)*"|\bNaN\b/g, (token) =>
    token === 'NaN' ? 'null' : token,
  )
}

/** Clients before MLflow 2 sent `format=pandas-split`, and bodies that mean something else. */
function checkTypeParameters(type: string | string[] | undefined): void {
  const [, ...parameters] = String(type ?? '').split(';')
  const fault = parameters.find((parameter) => !/^\s*charset\s*=/i.test(parameter))
  if (fault === undefined) return
  throw new ToolkitError(
    'REQUEST_TYPE_UNSUPPORTED',
    `the content type has the parameter '${fault.trim().slice(0, 100)}', expected none but charset`,
    { hint: "send 'dataframe_split' or 'dataframe_records', as MLflow does since version 2" },
  )
}

const forms: Readonly<
  Record<string, (value: unknown, pointer: string, context: RowContext) => Matrix>
> = {
  dataframe_split: decodeSplit,
  dataframe_records: decodeRecordList,
  instances: decodeInstances,
  inputs: decodeInstances,
}

/** The members that hold rows; a body has one of them. */
export const invocationForms: readonly string[] = Object.keys(forms)

function decodeBody(body: unknown, context: RowContext): Matrix {
  const { problems } = context
  const found = isObject(body) ? Object.keys(body).filter((name) => Object.hasOwn(forms, name)) : []
  const [form] = found
  if (!isObject(body) || form === undefined || found.length > 1) {
    const expected = `an object with exactly one of ${invocationForms.join(', ')}`
    const value = isObject(body) ? describeMembers(Object.keys(body)) : body
    problems.add('', () => ({ expected, value }))
    throw problems.toError()
  }
  checkMembers(body, form, context)
  return forms[form]!(body[form], `/${form}`, context)
}

function describeMembers(names: readonly string[]): string {
  return names.length === 0 ? 'empty' : `an object of ${names.slice(0, 5).join(', ')}`
}

/** Beside the rows, only `params` may stand. They are read by no model of ours: none has a schema of them. */
function checkMembers(
  body: Readonly<Record<string, unknown>>,
  form: string,
  { problems }: RowContext,
): void {
  for (const [name, value] of Object.entries(body)) {
    if (name === form) continue
    if (name === 'params') {
      if (value === null || isObject(value)) continue
      problems.add('/params', () => ({ expected: 'an object', value }))
      continue
    }
    const expected = `nothing beside '${form}' and 'params'`
    problems.add(`/${escapePointer(name)}`, () => ({ expected, value, hint: 'leave it out' }))
  }
}

/** MLflow's errors: a code by the status, and a message with every problem; a wrong type is plain text. */
export const mlflowFailures: FailureShape = {
  owns: (url) => /^\/(?:invocations|ping|health|version)\/?(?:\?|$)/.test(url),
  format: (failure) => {
    const status = failure.status === 422 ? 400 : failure.status
    const message = describeFailureFully(failure)
    if (status === 415) return { status, mediaType: 'text/plain; charset=utf-8', body: message }
    return {
      status,
      mediaType: 'application/json; charset=utf-8',
      body: JSON.stringify({ error_code: errorCodes[status] ?? 'BAD_REQUEST', message }),
    }
  },
}

/** MLflow's codes of these statuses. */
const errorCodes: Readonly<Record<number, string>> = {
  401: 'UNAUTHENTICATED',
  403: 'PERMISSION_DENIED',
  404: 'RESOURCE_DOES_NOT_EXIST',
  429: 'REQUEST_LIMIT_EXCEEDED',
  500: 'INTERNAL_ERROR',
  503: 'TEMPORARILY_UNAVAILABLE',
}
