/** `POST /feedback`: what turned out to be true of predictions, for the log that has them. */

import type { FastifyReply, FastifyRequest } from 'fastify'
import { ToolkitError } from '../core/errors.ts'
import { isObject } from '../core/json.ts'
import { nearestName } from '../core/nearest.ts'
import {
  latestFeedbackTime,
  longestPredictionId,
  type Feedback,
  type PredictionLogWriter,
} from '../core/prediction-log.ts'
import { describePossibleLabels, labelNumber } from '../core/possible-labels.ts'
import type { ModelOutput } from '../core/predictor.ts'
import { readJsonBody } from './input/json-body.ts'
import { createProblemList, type ProblemList } from './input/problem-list.ts'
import type { Route } from './routes.ts'
import { escapePointer } from './input/escape-pointer.ts'

export const feedbackPath = '/feedback'

/** How many labels are in the log now. */
export interface FeedbackAnswer {
  readonly accepted: number
}

/** How many labels are taken, and of what kind of model. */
export interface FeedbackLimits {
  readonly rows: number
  readonly output: ModelOutput
}

/**
 * The route that takes labels; there is none without a log.
 *
 * @param limitsOf - asked with each request: models change
 */
export function feedbackRoutes(
  log: Pick<PredictionLogWriter, 'addFeedback'> | undefined,
  limitsOf: () => FeedbackLimits,
): readonly Route[] {
  if (log === undefined) return []
  const answer = async (request: FastifyRequest, reply: FastifyReply): Promise<FeedbackAnswer> => {
    const feedback = decodeFeedback(readJsonBody(request, { isTypeOptional: false }), limitsOf())
    try {
      await log.addFeedback(feedback)
    } catch (cause) {
      void reply.header('retry-after', '10')
      throw unwritten(cause)
    }
    return { accepted: feedback.length }
  }
  return [{ method: 'POST', path: feedbackPath, answer }]
}

/**
 * Decodes a body that is one label, `{"id": "…", "label": 1}`, or many, `{"rows": [{…}, …]}`.
 *
 * @throws {ToolkitError} `REQUEST_INVALID` with all problems
 */
export function decodeFeedback(body: unknown, limits: FeedbackLimits): readonly Feedback[] {
  const problems = createProblemList()
  const rows = listRows(body, problems)
  if (rows.length > limits.rows) {
    problems.add('/rows', () => ({
      expected: `at most ${limits.rows} labels`,
      value: rows.length,
      hint: 'send them in several requests',
    }))
    throw problems.toError()
  }
  const isMany = isObject(body) && body['rows'] === rows
  const feedback = rows.map((row, index) =>
    decodeLabel(row, isMany ? `/rows/${index}` : '', { problems, output: limits.output }),
  )
  problems.check()
  return feedback
}

function listRows(body: unknown, problems: ProblemList): readonly unknown[] {
  if (!isObject(body) || !Array.isArray(body['rows'])) return [body]
  const rows: readonly unknown[] = body['rows']
  if (rows.length === 0) problems.add('/rows', () => ({ expected: 'at least one label', value: 0 }))
  for (const name of Object.keys(body)) {
    if (name === 'rows') continue
    const value = body[name]
    problems.add(`/${escapePointer(name)}`, () => ({ expected: "nothing beside 'rows'", value }))
  }
  return rows
}

const members = ['id', 'label', 'time']

function describeNoLabel(value: unknown): { expected: string; value: unknown; hint?: string } {
  const expected = 'an object with id and label'
  return Array.isArray(value)
    ? { expected, value, hint: 'send many as {"rows": […]}' }
    : { expected, value }
}

function decodeLabel(
  row: unknown,
  pointer: string,
  { problems, output }: { readonly problems: ProblemList; readonly output: ModelOutput },
): Feedback {
  if (!isObject(row)) {
    problems.add(pointer, () => describeNoLabel(row))
    return { id: '', label: 0 }
  }
  refuseOtherMembers(row, pointer, problems)
  const [id, label, time] = members.map((name) =>
    Object.hasOwn(row, name) ? row[name] : undefined,
  )
  const expect = (name: string, value: unknown, expected: string): void =>
    problems.add(`${pointer}/${name}`, () => ({ expected, value }))
  if (!isId(id))
    expect('id', id, `the id of a prediction: a text of 1 to ${longestPredictionId} characters`)
  const number = labelNumber(output, label)
  if (number === undefined) expect('label', label, describePossibleLabels(output))
  if (time !== undefined && !isTime(time)) {
    expect('time', time, `milliseconds since 1970, an integer from 0 to ${latestFeedbackTime}`)
  }
  return {
    id: isId(id) ? id : '',
    label: number ?? 0,
    ...(isTime(time) && { time }),
  }
}

function refuseOtherMembers(
  row: Readonly<Record<string, unknown>>,
  pointer: string,
  problems: ProblemList,
): void {
  for (const name of Object.keys(row)) {
    if (members.includes(name)) continue
    const guess = name.length > 20 ? undefined : nearestName(name, members)
    problems.add(`${pointer}/${escapePointer(name)}`, () => ({
      expected: 'id, label or time',
      value: row[name],
      hint: guess === undefined ? 'leave it out' : `did you mean '${guess}'?`,
    }))
  }
}

function isId(value: unknown): value is string {
  if (typeof value !== 'string' || value === '') return false
  // Half a surrogate pair is in no file, and so in no log.
  return value.length <= longestPredictionId && value.isWellFormed()
}

function isTime(value: unknown): value is number {
  return (
    typeof value === 'number' &&
    Number.isInteger(value) &&
    value >= 0 &&
    value <= latestFeedbackTime
  )
}

function unwritten(cause: unknown): ToolkitError {
  return new ToolkitError('REQUEST_REFUSED', 'the labels cannot be written now', {
    hint: 'send them again after as many seconds as Retry-After says',
    cause,
  })
}
