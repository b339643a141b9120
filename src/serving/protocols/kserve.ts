/** KServe's first protocol, which is TensorFlow Serving's; Vertex AI asks in the same shape on paths of its own. */

import { ToolkitError } from '../../core/errors.ts'
import { isObject } from '../../core/json.ts'
import type { Readiness } from '../health.ts'
import { readJsonBody, type RequestContent } from '../input/json-body.ts'
import type { ServingLimits } from '../http/limits.ts'
import type { ModelSource } from '../model-source.ts'
import { createPredictions, type Prediction } from '../prediction.ts'
import { describeFailureFully, type FailureShape } from '../http/problem.ts'
import { createProblemList } from '../input/problem-list.ts'
import type { Route } from '../routes.ts'
import { escapePointer } from '../input/escape-pointer.ts'
import type { ServedModel } from '../served-model.ts'
import { passWarnings, tellingInHeader } from '../http/warnings-header.ts'
import { checkModel, markReady } from './model-place.ts'
import { mlflowPaths } from './mlflow.ts'
import { decodeInstances } from './row-forms.ts'

interface KserveOptions {
  readonly models: ModelSource
  readonly readiness: Readiness
  readonly limits: ServingLimits
}

/** Where Vertex AI asks: what it says in `AIP_HEALTH_ROUTE` and `AIP_PREDICT_ROUTE`. */
export interface VertexPaths {
  readonly health: string
  readonly predict: string
}

export function kserveRoutes({ models, readiness, limits }: KserveOptions): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/v1/models',
      answer: () => ({ models: [models.current().identity.name] }),
    },
    {
      method: 'GET',
      path: '/v1/models/:name([^:]+)',
      answer: (request, reply) => {
        const model = models.current()
        checkModel(request, model)
        return { name: model.identity.name, ready: markReady(reply, readiness) }
      },
    },
    {
      method: 'POST',
      // The router's way to write one colon. Without the pattern, the two paths would be one to it.
      path: '/v1/models/:name([^:]+)::predict',
      answer: (request, reply) => {
        const model = tellingInHeader(models.take(request, 'kserve'), reply)
        checkModel(request, model)
        return predictInstances(request, model, limits)
      },
    },
  ]
}

/**
 * The two routes that Vertex AI asks, less those that are there already and answer it as they are.
 *
 * @param taken - the paths of all other routes
 * @throws {ToolkitError} `CONFIG_INVALID` when a path is none, or another protocol's
 */
export function vertexRoutes(
  { models, readiness, limits }: KserveOptions,
  paths: VertexPaths,
  taken: readonly string[],
): readonly Route[] {
  const health: Route = {
    method: 'GET',
    path: routerPath(paths.health),
    answer: (_request, reply) => ({ ready: markReady(reply, readiness) }),
  }
  const predict: Route = {
    method: 'POST',
    path: routerPath(paths.predict),
    answer: (request, reply) =>
      predictInstances(request, tellingInHeader(models.take(request, 'vertex'), reply), limits),
  }
  const isAnswered = paths.predict === mlflowPaths.invocations
  if (taken.includes(paths.predict) && !isAnswered) {
    throw new ToolkitError(
      'CONFIG_INVALID',
      `the path of Vertex AI's predictions is '${paths.predict}', which is another protocol's here`,
      { hint: `set AIP_PREDICT_ROUTE to ${mlflowPaths.invocations}, or to a path of its own` },
    )
  }
  return [health, predict].filter(({ path }) => !taken.includes(path))
}

function routerPath(path: string): string {
  if (/^\/[\w/:.-]*$/.test(path)) return path.replaceAll(':', '::')
  throw new ToolkitError('CONFIG_INVALID', `the path of a route for Vertex AI is '${path}'`, {
    hint: 'begin it with a slash; letters, digits and / : . - _ may follow',
  })
}

/**
 * Answers a request of instances.
 *
 * @throws {ToolkitError} `REQUEST_TYPE_UNSUPPORTED`, `REQUEST_MALFORMED`, `REQUEST_INVALID`
 */
export function predictInstances(
  request: RequestContent,
  model: ServedModel,
  limits: ServingLimits,
): { readonly predictions: readonly Prediction[] } {
  const body = readJsonBody(request, { isTypeOptional: true })
  const problems = createProblemList()
  const rowsName = isObject(body) && !Object.hasOwn(body, 'instances') ? 'inputs' : 'instances'
  if (!isObject(body) || !Object.hasOwn(body, rowsName)) {
    problems.add('', () => ({ expected: "an object with 'instances'", value: body }))
    throw problems.toError()
  }
  for (const [name, value] of Object.entries(body)) {
    if (name === rowsName || name === 'parameters') continue
    const expected = `nothing beside '${rowsName}' and 'parameters'`
    problems.add(`/${escapePointer(name)}`, () => ({ expected, value, hint: 'leave it out' }))
  }
  const context = { columns: model.columns, limits, problems }
  const matrix = decodeInstances(body[rowsName], `/${rowsName}`, context)
  problems.check()
  passWarnings(problems, model)
  return { predictions: createPredictions(model.output, model.score(matrix)) }
}

/** The protocol's error: one text with every problem; what is invalid in a body is 400 here. */
export function kserveFailures(vertex?: VertexPaths): FailureShape {
  const paths: ReadonlySet<string | undefined> = new Set([vertex?.health, vertex?.predict])
  return {
    owns: (url) => /^\/v1(?:[/?]|$)/.test(url) || paths.has(url.split('?')[0]),
    format: (failure) => ({
      status: failure.status === 422 ? 400 : failure.status,
      mediaType: 'application/json; charset=utf-8',
      body: JSON.stringify({ error: describeFailureFully(failure) }),
    }),
  }
}
