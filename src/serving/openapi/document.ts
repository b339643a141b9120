/** The API's own description, an OpenAPI 3.1 document made from the model's columns. */

import { ToolkitError } from '../../core/errors.ts'
import type { ModelOutput } from '../../core/predictor.ts'
import type { FeatureReader } from '../../core/feature-reader.ts'
import { healthPaths, type HealthReport } from '../health.ts'
import type { ServingLimits } from '../http/limits.ts'
import { feedbackOperations, feedbackSchemas } from './feedback.ts'
import { inferenceOperations } from './inference.ts'
import { instanceSchemas } from './instances.ts'
import { json, reference, type Json, problemAnswer } from './parts.ts'
import { kserveOperations, mlflowOperations } from './protocols.ts'
import { addRefusals, tokenScheme, type GateDescription } from './refusals.ts'
import { componentSchemas, describeCells } from './schemas.ts'
import { describeFailure, formatProblem } from '../http/problem.ts'
import { parseJson } from '../input/parse-json.ts'
import { predict, predictPath } from '../protocols/native.ts'
import { decodeRows, explainFlag } from '../schemas.ts'
import type { ServedModel } from '../served-model.ts'

/** Of the requests that the document shows. */
const exampleId = '7d4e1c02'

interface Described {
  readonly model: ServedModel
  readonly limits: ServingLimits
  /** Whether the model can explain its predictions. */
  readonly isExplained: boolean
  readonly features?: FeatureReader | undefined
}

/**
 * Describes the API of one model. Every example in it is real: requests that
 * the server takes, and what it answers to them.
 *
 * @param options - `hasFeedback`: whether the server takes labels; `gate`: what it refuses before it looks; `features`: where rows
 *   that name an entity have columns from
 */
export function createOpenApiDocument(
  model: ServedModel,
  limits: ServingLimits,
  options: {
    readonly hasFeedback?: boolean
    readonly gate?: GateDescription
    readonly features?: FeatureReader | undefined
  } = {},
): Json {
  const { hasFeedback = false, gate, features } = options
  const described = { model, limits, isExplained: canExplain(model), features }
  const paths = {
    [predictPath]: { post: predictOperation(described) },
    ...(hasFeedback && feedbackOperations({ rows: limits.rows, output: model.output })),
    ...healthOperations(model),
    ...inferenceOperations(model, { ...limits, requestId: exampleId }),
    ...kserveOperations(model, limits),
    ...mlflowOperations(model, limits),
  }
  const { name, version } = model.identity
  return {
    openapi: '3.1.0',
    info: {
      title: name,
      version: version ?? 'unversioned',
      description: introduction(described),
    },
    // The folder of this document, wherever a proxy or an app has put it.
    servers: [{ url: '.' }],
    tags: [
      { name: 'prediction', description: 'rows in, probabilities out' },
      ...(hasFeedback ? [{ name: 'feedback', description: 'what turned out to be true' }] : []),
      { name: 'health', description: 'for load balancers and orchestrators' },
      {
        name: 'open inference protocol',
        description: 'version 2, as KServe, Triton and MLServer speak it; tensors as JSON or bytes',
      },
      { name: 'kserve', description: "version 1, TensorFlow Serving's; so asks Vertex AI" },
      { name: 'mlflow', description: 'as `mlflow models serve`; so asks SageMaker' },
    ],
    paths: gate === undefined ? paths : addRefusals(paths, gate),
    components: {
      ...(gate?.hasTokens === true && { securitySchemes: tokenScheme }),
      schemas: {
        ...componentSchemas(model, described),
        ...instanceSchemas(model, limits),
        ...(hasFeedback && feedbackSchemas({ rows: limits.rows, output: model.output })),
      },
    },
  }
}

function canExplain(model: ServedModel): boolean {
  try {
    model.explain(decodeRows(model.example, model.columns, { rows: 1 }).matrix)
    return true
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'EXPLANATION_UNSUPPORTED') return false
    throw error
  }
}

function introduction({ model, limits }: Described): string {
  const { name, version, digest } = model.identity
  const served = version === null ? `\`${name}\`` : `\`${name}\`, version ${version}`
  return [
    `Serves ${served}: ${model.columns.length} columns in, ${describeOutput(model.output)} out.`,
    `The model is \`sha256:${digest}\`. A request may hold ${limits.rows} rows and ${limits.bodyBytes} bytes.`,
    'Nothing is coerced: a request that does not fit is refused with all its problems at once.',
  ].join('\n\n')
}

function describeOutput(output: ModelOutput): string {
  switch (output.kind) {
    case 'probability':
      return 'the probability of class 1'
    case 'value':
      return 'a number'
    case 'classes':
      return `the probability of each of ${output.classes.length} classes`
  }
}

function predictOperation({ model, limits, isExplained, features }: Described): Json {
  const many = { rows: [model.example, model.example] }
  const explained = { rows: [model.example], explain: true }
  const answered = { ...limits, requestId: exampleId }
  const hasFlag = isExplained && model.columns.every(({ name }) => name !== explainFlag)
  return {
    tags: ['prediction'],
    operationId: 'predict',
    summary: 'Predict one row, or many',
    description: `The body is one row, or an object with \`rows\`. The answer has the same shape: one prediction, or a list in the order of the rows.${isExplained ? explainSentence : ''}\n\n${columnTable(model)}`,
    requestBody: {
      required: true,
      content: json(
        {
          oneOf: [
            reference('Row'),
            reference('Rows'),
            ...(hasFlag ? [reference('ExplainedRow')] : []),
            ...(isExplained ? [reference('ExplainedRows')] : []),
            ...(features === undefined ? [] : [reference('EntityRow')]),
          ],
        },
        {
          one: { summary: 'one row', value: model.example },
          many: { summary: 'many rows', value: many },
          ...(isExplained && { explained: { summary: 'rows, explained', value: explained } }),
        },
      ),
    },
    responses: {
      200: {
        description: 'The predictions.',
        content: json(
          { oneOf: [reference('OnePrediction'), reference('ManyPredictions')] },
          {
            one: { summary: 'one row', value: predict(model.example, model, answered) },
            many: { summary: 'many rows', value: predict(many, model, answered) },
            ...(isExplained && {
              explained: { summary: 'rows, explained', value: predict(explained, model, answered) },
            }),
          },
        ),
      },
      422: problemAnswer(
        'The rows do not fit the model; all their problems are listed.',
        failureOf(() => predict(misspell(model), model, answered)),
      ),
      '4XX': problemAnswer(
        'The request is refused before its rows are read: 400 not JSON, 403 from a page of another origin or to an unknown host, 413 too large, 415 not `application/json`.',
        failureOf(() => parseJson('{"AGE": NaN}')),
      ),
      '5XX': problemAnswer(
        'The server failed; its log has the request id.',
        failureOf(() => {
          throw new Error('not told')
        }),
      ),
    },
  }
}

const explainSentence =
  ' With `"explain": true` beside the columns or beside `rows`, each prediction says what each column adds to its score.'

/** The columns in words, folded away until somebody wants them. */
function columnTable({ columns, example }: ServedModel): string {
  const rows = columns.map(({ name, field }) => {
    const cells = [name, field.description ?? '', describeCells(field), String(example[name])]
    return `| ${cells.map(plainCell).join(' | ')} |`
  })
  return [
    `<details><summary>The ${columns.length} columns</summary>`,
    '',
    '| column | meaning | values | example |',
    '| --- | --- | --- | --- |',
    ...rows,
    '',
    '</details>',
  ].join('\n')
}

/** Names and levels are data: nothing in them is Markdown, or HTML, which stands in Markdown as it is. */
function plainCell(text: string): string {
  return text
    .replaceAll(/\p{Cc}/gu, ' ')
    .replaceAll(/[\\`*[\]<>&!]|\b_|_\b/g, String.raw`\$&`)
    .replaceAll('|', '&#124;')
}

/** The example with its first column misspelt. */
function misspell({ columns, example }: ServedModel): Json {
  const entries = Object.entries(example).map(([name, value]) => [
    name === columns[0]?.name ? `${name}_` : name,
    value,
  ])
  return Object.fromEntries(entries)
}

/** What the server answers to a request that ends in this. */
function failureOf(answer: () => unknown): unknown {
  try {
    return answer()
  } catch (error) {
    return formatProblem(describeFailure(error), exampleId)
  }
}

function healthOperations({ identity }: ServedModel): Json {
  const report = (status: HealthReport['status']): Json => ({
    description: `The server is ${status}.`,
    content: json(reference('Health'), { [status]: { value: { status, model: identity } } }),
  })
  return {
    [healthPaths.live]: {
      get: {
        tags: ['health'],
        operationId: 'live',
        summary: 'Whether the process answers',
        responses: { 200: report('live') },
      },
    },
    [healthPaths.ready]: {
      get: {
        tags: ['health'],
        operationId: 'ready',
        summary: 'Whether to send requests here',
        responses: { 200: report('ready'), 503: report('draining') },
      },
    },
  }
}
