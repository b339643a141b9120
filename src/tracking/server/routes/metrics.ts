import { ToolkitError } from '../../../core/errors.ts'
import {
  type Field,
  integer,
  invalidValue,
  list,
  missingParameter,
  requiredText,
  text,
} from '../fields.ts'
import { formatPage } from '../page-fields.ts'
import { route, type Route } from '../route.ts'
import { formatRunMetric } from './messages.ts'
import { runIdFields, toRunId } from './run-fields.ts'
import type { StepRange } from '../../store/runs/metric-history-store.ts'
import { formatPoint, listOf } from '../../format-message.ts'

/** A page of a history; without `max_results` MLflow answers everything at once. */
const mostPoints = 1_000_000
const mostBulkPoints = 25_000
const mostBulkRuns = 100
const mostSampledPoints = 2500

/** Histories of metrics: in pages, of many runs, and sampled. */
export const metricRoutes: readonly Route[] = [
  route({
    methods: ['GET'],
    path: 'metrics/get-history',
    permission: 'read',
    summary: 'All points of one metric of a run, by time',
    fields: {
      ...runIdFields,
      metric_key: requiredText,
      max_results: upTo(mostPoints),
      page_token: text,
    },
    answer: async (values, { store }) => {
      const page = await store.readMetricHistory({
        runId: toRunId(values),
        key: values.metric_key,
        maxResults: values.max_results,
        pageToken: values.page_token,
      })
      return formatPage(page, 'metrics', formatPoint)
    },
  }),
  route({
    methods: ['GET'],
    path: 'metrics/get-history-bulk',
    permission: 'read',
    summary: 'The points of one metric of several runs',
    fields: {
      run_id: list(requiredText),
      metric_key: text,
      max_results: upTo(mostBulkPoints),
    },
    answer: async (values, { store }) => {
      const { run_id: runIds, metric_key: key = '' } = values
      if (runIds.length === 0) throw bulkRefusal('must specify at least one run_id.')
      if (runIds.length > mostBulkRuns) {
        throw bulkRefusal(
          `cannot specify more than ${mostBulkRuns} run_ids. Received ${runIds.length} run_ids.`,
        )
      }
      if (key === '') throw bulkRefusal('must specify a metric_key.')
      const points = await store.readMetricHistories({
        runIds,
        key,
        maxResults: values.max_results,
      })
      return { metrics: points.map(formatRunMetric) }
    },
  }),
  route({
    methods: ['GET'],
    path: 'metrics/get-history-bulk-interval',
    permission: 'read',
    summary: 'An even sample of one metric of several runs, by step',
    fields: {
      run_ids: list(requiredText),
      metric_key: requiredText,
      start_step: integer,
      end_step: integer,
      max_results: integer,
    },
    answer: async (values, { store }) => {
      checkRunIds(values.run_ids)
      const size = values.max_results ?? mostSampledPoints
      if (size < 1 || size > mostSampledPoints) {
        throw invalidValue(
          'max_results',
          size,
          `max_results must be between 1 and ${mostSampledPoints}.`,
        )
      }
      const points = await store.sampleMetricHistories({
        runIds: values.run_ids,
        key: values.metric_key,
        steps: toSteps(values.start_step, values.end_step),
        maxPointsPerRun: size,
      })
      return { metrics: listOf(points.map(formatRunMetric)) }
    },
  }),
]

/** At least 1; what is absent or larger is `most`. */
function upTo(most: number): Field<number> {
  return {
    isRequired: false,
    schema: { ...integer.schema, minimum: 1, default: most },
    read: (value, path) => {
      const number = integer.read(value, path) ?? most
      if (number >= 1) return Math.min(number, most)
      throw invalidValue(path, value, 'a positive integer')
    },
  }
}

/** In MLflow's words. */
function bulkRefusal(what: string): ToolkitError {
  return new ToolkitError('TRACKING_INVALID', `GetMetricHistoryBulk request ${what}`)
}

function checkRunIds(runIds: readonly string[]): void {
  if (runIds.length === 0) throw missingParameter('run_ids')
  if (runIds.length <= mostBulkRuns) return
  throw new ToolkitError(
    'TRACKING_INVALID',
    `GetMetricHistoryBulkInterval request must specify at most ${mostBulkRuns} run_ids. Received ${runIds.length} run_ids.`,
  )
}

function toSteps(start: number | undefined, end: number | undefined): StepRange | undefined {
  if (start === undefined && end === undefined) return undefined
  if (start === undefined || end === undefined) {
    throw invalidValue(
      start === undefined ? 'start_step' : 'end_step',
      null,
      'If either start step or end step are specified, both must be specified.',
    )
  }
  if (start <= end) return { start, end }
  throw invalidValue(
    'end_step',
    end,
    `end_step must be greater than start_step. Found start_step=${start} and end_step=${end}.`,
  )
}
