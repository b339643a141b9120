/** What the server answers to what went wrong: MLflow's status, code and shape. */

import { ToolkitError, type ErrorCode } from '../../core/errors.ts'
import { notJson } from './read-message.ts'

export interface ErrorAnswer {
  readonly status: number
  readonly message: ErrorMessage
}

export interface ErrorMessage {
  readonly error_code: string
  readonly message: string
}

/** MLflow's code and status for ours; what is not listed is not the client's to know. */
const answers: Partial<Record<ErrorCode, { readonly code: string; readonly status: number }>> = {
  TRACKING_EXISTS: { code: 'RESOURCE_ALREADY_EXISTS', status: 400 },
  TRACKING_FORBIDDEN: { code: 'PERMISSION_DENIED', status: 403 },
  TRACKING_INVALID: { code: 'INVALID_PARAMETER_VALUE', status: 400 },
  TRACKING_NOT_FOUND: { code: 'RESOURCE_DOES_NOT_EXIST', status: 404 },
  TRACKING_TOO_LARGE: { code: 'BAD_REQUEST', status: 413 },
}

/** `undefined` for what is the server's own fault. */
export function answerTo(error: unknown): ErrorAnswer | undefined {
  if (error instanceof ToolkitError) {
    const known = answers[error.code]
    return known && answer(known.status, known.code, error.message)
  }
  const status = requestFaultStatus(error)
  if (status === undefined) return undefined
  if (status === 415) return answer(400, 'INVALID_PARAMETER_VALUE', notJson)
  return answer(status, 'BAD_REQUEST', requestFaults[status] ?? 'bad request')
}

/** The answer to a fault of the server: clients try again later. */
export function answerToFault(error: unknown): ErrorAnswer {
  if (error instanceof ToolkitError && error.code === 'TRACKING_STORE_BUSY') {
    const message = 'the store is locked by another process; try again'
    return answer(503, 'TEMPORARILY_UNAVAILABLE', message)
  }
  return answer(500, 'INTERNAL_ERROR', 'the server failed; its own output says why')
}

/** What MLflow has and this server does not: traces, and all about generative models. */
const outOfScope =
  /^\/(?:ajax-)?(?:api\/[23]\.0\/mlflow\/(?:traces|assessments|datasets|evaluations|gateway(?!-proxy$)|genai|issues|jobs|labeling|prompts|review|scorers|workspaces)|v1\/)/

export function answerToUnknownPath(method: string, path: string): ErrorAnswer {
  const shown = `'${method} ${path.slice(0, 200)}'`
  return outOfScope.test(path)
    ? answer(501, 'NOT_IMPLEMENTED', `${shown}: traces and generative models are out of scope here`)
    : answer(404, 'ENDPOINT_NOT_FOUND', `there is no endpoint ${shown}`)
}

export function answer(status: number, code: string, message: string): ErrorAnswer {
  return { status, message: { error_code: code, message } }
}

const requestFaults: Readonly<Record<number, string>> = {
  400: 'the request is malformed: check the encoding of its path and its length',
  413: 'the request body is too large',
  414: 'the path is too long',
}

/** The status of an error of the HTTP framework that the client caused. */
function requestFaultStatus(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('statusCode' in error)) return undefined
  const { statusCode } = error
  return typeof statusCode === 'number' && statusCode < 500 ? statusCode : undefined
}
