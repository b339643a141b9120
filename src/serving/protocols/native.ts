/** The API of our own: rows as JSON objects in, predictions out, problem documents on failure. */

import type { Contributions } from '../../core/contributions.ts'
import type { FeatureReader } from '../../core/feature-reader.ts'
import type { ModelOutput } from '../../core/predictor.ts'
import { predictionIdOf } from '../../core/prediction-log.ts'
import { parseJsonBytes, readJsonBytes } from '../input/json-body.ts'
import type { ServingLimits } from '../http/limits.ts'
import type { ModelSource } from '../model-source.ts'
import { createPredictions, type Prediction } from '../prediction.ts'
import type { RequestWarning } from '../input/problem-list.ts'
import type { Route } from '../routes.ts'
import { scanRow } from '../input/scan-row.ts'
import { decodeRows, type DecodedRows } from '../schemas.ts'
import type { ModelIdentity, ServedModel } from '../served-model.ts'

/** The answer for one row. */
export type RowPrediction = Prediction & {
  /** Names it in the prediction log, and to whoever says later what was true. */
  readonly id: string
  /** Only when the request asks for it. */
  readonly explanation?: Explanation
}

/** Why: of one score, or of the score of each class, whose softmax the probabilities are. */
export type Explanation = { readonly score: Contributions['score'] } & (
  | ScoreExplanation
  | { readonly classes: Readonly<Record<string, ScoreExplanation>> }
)

/** The base and all contributions sum to the score. */
export interface ScoreExplanation {
  readonly base: number
  /** By column, in the model's order. */
  readonly contributions: Readonly<Record<string, number>>
}

/** One row asked, one prediction answered; many asked, a list in the order of the rows. */
export type PredictAnswer = {
  readonly model: ModelIdentity
  /** The first hundred values that do not fit and were scored all the same; absent when there are none. */
  readonly warnings?: readonly RequestWarning[]
} & (RowPrediction | { readonly predictions: readonly RowPrediction[] })

export const predictPath = '/predict'

/** @param limits - `features`: where rows that name an entity have columns from */
export function nativeRoutes(
  models: ModelSource,
  limits: ServingLimits & { readonly features?: FeatureReader | undefined },
): readonly Route[] {
  return [
    {
      method: 'POST',
      path: predictPath,
      answer: (request) => {
        const bytes = readJsonBytes(request, { isTypeOptional: false })
        const model = models.take(request, 'native')
        const row = readUsualRow(bytes, model)
        return row === undefined
          ? predict(parseJsonBytes(bytes), model, { ...limits, requestId: request.id })
          : answerRows(row, model, request.id)
      },
    },
  ]
}

/**
 * Answers a parsed body.
 *
 * @param options - limits, and the id of the request, from which the predictions have theirs
 * @throws {ToolkitError} `REQUEST_INVALID`, `MODEL_INVALID`, `EXPLANATION_UNSUPPORTED`
 */
export function predict(
  body: unknown,
  model: ServedModel,
  options: {
    readonly rows: number
    readonly explainedRows?: number
    readonly features?: FeatureReader | undefined
    readonly requestId: string
  },
): PredictAnswer {
  return answerRows(decodeRows(body, model.columns, options), model, options.requestId)
}

function readUsualRow(bytes: Uint8Array, { columns }: ServedModel): DecodedRows | undefined {
  const values = scanRow(bytes, columns)
  if (values === undefined) return undefined
  const matrix = { rows: 1, columns: columns.length, values }
  return { isSingle: true, isExplained: false, matrix, warnings: undefined }
}

function answerRows(
  { isSingle, isExplained, matrix, warnings }: DecodedRows,
  model: ServedModel,
  requestId: string,
): PredictAnswer {
  if (warnings !== undefined) model.warn(warnings)
  const { rows } = matrix
  const plain = createPredictions(model.output, model.score(matrix)).map((prediction, row) =>
    Object.assign({ id: predictionIdOf(requestId, { row, rows }) }, prediction),
  )
  const predictions = isExplained
    ? addExplanations(plain, model.output, model.explain(matrix))
    : plain
  const [first] = predictions
  const told = warnings === undefined ? {} : { warnings: warnings.listed }
  return isSingle && first !== undefined
    ? { model: model.identity, ...first, ...told }
    : { model: model.identity, predictions, ...told }
}

function addExplanations(
  predictions: readonly RowPrediction[],
  output: ModelOutput,
  told: readonly Contributions[],
): readonly RowPrediction[] {
  const score = told[0]!.score
  return predictions.map((prediction, row) => {
    const scores = told.map((one) => explainRow(one, row))
    const explanation: Explanation =
      output.kind === 'classes'
        ? {
            score,
            classes: Object.fromEntries(output.classes.map((name, k) => [name, scores[k]!])),
          }
        : { score, ...scores[0]! }
    return Object.assign({}, prediction, { explanation })
  })
}

function explainRow({ base, columns, values }: Contributions, row: number): ScoreExplanation {
  const entries = columns.map((name, c) => [name, values[row * columns.length + c]!] as const)
  return { base, contributions: Object.fromEntries(entries) }
}
