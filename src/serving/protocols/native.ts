/** The API of our own: rows as JSON objects in, probabilities out, problem documents on failure. */

import { readJsonBody } from '../json-body.ts'
import type { ServingLimits } from '../limits.ts'
import type { Route } from '../routes.ts'
import { decodeRows } from '../schemas.ts'
import { threshold, type ModelIdentity, type ServedModel } from '../served-model.ts'

/** The answer for one row. */
export interface Prediction {
  /** Of class 1. */
  readonly probability: number
  /** Class 1 from a probability of 0.5 on. */
  readonly prediction: 0 | 1
}

/** One row asked, one prediction answered; many asked, a list in the order of the rows. */
export type PredictAnswer = { readonly model: ModelIdentity } & (
  | Prediction
  | { readonly predictions: readonly Prediction[] }
)

export const predictPath = '/predict'

export function nativeRoutes(model: ServedModel, limits: ServingLimits): readonly Route[] {
  return [
    {
      method: 'POST',
      path: predictPath,
      answer: (request) => predict(readJsonBody(request, { isTypeOptional: false }), model, limits),
    },
  ]
}

/**
 * Answers a parsed body.
 *
 * @throws {ToolkitError} `REQUEST_INVALID`, `MODEL_INVALID`
 */
export function predict(
  body: unknown,
  model: ServedModel,
  limits: { readonly rows: number },
): PredictAnswer {
  const { isSingle, matrix } = decodeRows(body, model.columns, limits)
  const predictions = Array.from(model.score(matrix), createPrediction)
  const [first] = predictions
  return isSingle && first !== undefined
    ? { model: model.identity, ...first }
    : { model: model.identity, predictions }
}

function createPrediction(probability: number): Prediction {
  return { probability, prediction: probability >= threshold ? 1 : 0 }
}
