/** The part of the API's description that is there when a prediction log is kept. */

import { latestFeedbackTime, longestPredictionId } from '../../core/prediction-log.ts'
import { possibleLabels } from '../../core/possible-labels.ts'
import type { ModelOutput } from '../../core/predictor.ts'
import { decodeFeedback, feedbackPath, type FeedbackLimits } from '../feedback.ts'
import { json, reference, type Json, problemAnswer } from './parts.ts'
import { describeFailure, formatProblem } from '../http/problem.ts'

/** `POST /feedback`. */
export function feedbackOperations(limits: FeedbackLimits): Json {
  const [first, second] = exampleLabels(limits.output)
  const one = { id: '7d4e1c02', label: first }
  const many = { rows: [one, { id: '8a1f.3', label: second, time: 1_764_412_800_000 }] }
  return {
    [feedbackPath]: {
      post: {
        tags: ['feedback'],
        operationId: 'feedback',
        summary: 'Say what turned out to be true of predictions',
        description:
          'One label, or many. They are joined with the prediction log by the id of the prediction; of several labels of one prediction the latest counts, and a repeat changes nothing. The answer comes when they are written.',
        requestBody: {
          required: true,
          content: json(
            { oneOf: [reference('Feedback'), reference('ManyFeedback')] },
            {
              one: { summary: 'one label', value: one },
              many: { summary: 'many labels', value: many },
            },
          ),
        },
        responses: {
          200: {
            description: 'They are in the log.',
            content: json(reference('FeedbackAnswer'), { one: { value: { accepted: 1 } } }),
          },
          422: problemAnswer(
            'They are no labels; all their problems are listed.',
            invalidExample(limits),
          ),
          '4XX': problemAnswer('The request is refused before its labels are read.'),
          503: problemAnswer(
            'They cannot be written now: Retry-After says when to send them again.',
          ),
          '5XX': problemAnswer('The server failed; its log has the request id.'),
        },
      },
    },
  }
}

function exampleLabels(output: ModelOutput): readonly unknown[] {
  const labels = (possibleLabels(output) ?? []).map(({ sent }) => sent)
  const names = labels.filter((label) => typeof label === 'string')
  const shown = names.length > 0 ? names : labels.filter((label) => typeof label === 'number')
  return shown.length > 0 ? [shown.at(-1), shown[0]] : [1, 0]
}

/** What the label of a model may be, as it is sent. */
function labelSchema(output: ModelOutput): Json {
  const labels = possibleLabels(output)
  if (labels === undefined) return { type: 'number', description: 'the value' }
  return { enum: labels.map(({ sent }) => sent), description: 'the class' }
}

/** What the operation refers to by name. */
export function feedbackSchemas(limits: FeedbackLimits): Json {
  const label = {
    type: 'object',
    title: 'One label',
    properties: {
      id: {
        type: 'string',
        minLength: 1,
        maxLength: longestPredictionId,
        description: 'of the prediction',
      },
      label: labelSchema(limits.output),
      time: {
        type: 'integer',
        minimum: 0,
        maximum: latestFeedbackTime,
        description: 'when it became known, in milliseconds since 1970; now when absent',
      },
    },
    required: ['id', 'label'],
    additionalProperties: false,
  }
  const rows = { type: 'array', items: reference('Feedback'), minItems: 1, maxItems: limits.rows }
  return {
    Feedback: label,
    ManyFeedback: {
      type: 'object',
      title: 'Many labels',
      properties: { rows },
      required: ['rows'],
      additionalProperties: false,
    },
    FeedbackAnswer: {
      type: 'object',
      properties: { accepted: { type: 'integer', description: 'labels' } },
      required: ['accepted'],
    },
  }
}

function invalidExample(limits: FeedbackLimits): unknown {
  try {
    return decodeFeedback({ id: '7d4e1c02', label: null }, limits)
  } catch (error) {
    return formatProblem(describeFailure(error), '5b0a77e1')
  }
}
