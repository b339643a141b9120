import { runStatuses, viewTypes } from '../../../core/tracking.ts'
import { anyText, integer, list, oneOf, pairs, requiredText, text } from '../fields.ts'
import { searchFields, toSearch } from '../page-fields.ts'
import { route, type Route } from '../route.ts'
import { formatNewRun, formatRun, formatRunInfo } from './messages.ts'
import { runIdFields, toRunId } from './run-fields.ts'
import { runLoggingRoutes } from './run-logging.ts'

/** Opening, ending, reading and finding runs. */
const lifeRoutes: readonly Route[] = [
  route({
    methods: ['POST'],
    path: 'runs/create',
    permission: 'write',
    summary: 'Open a run',
    fields: {
      experiment_id: requiredText,
      user_id: text,
      run_name: text,
      start_time: integer,
      tags: pairs,
    },
    answer: async (values, { store, userId }) => {
      const run = await store.createRun({
        experimentId: values.experiment_id,
        runName: values.run_name,
        userId: values.user_id || userId,
        startTime: values.start_time ?? 0,
        tags: values.tags,
      })
      return { run: formatNewRun(run) }
    },
  }),
  route({
    methods: ['GET'],
    path: 'runs/get',
    permission: 'read',
    summary: 'A run with its params, tags, latest metrics, inputs and outputs',
    fields: runIdFields,
    answer: async (values, { store }) => ({ run: formatRun(await store.getRun(toRunId(values))) }),
  }),
  route({
    methods: ['POST'],
    path: 'runs/update',
    permission: 'write',
    summary: 'Change the status, end time or name of a run',
    fields: { ...runIdFields, status: oneOf(runStatuses), end_time: integer, run_name: text },
    answer: async (values, { store }) => {
      const run = await store.updateRun(toRunId(values), {
        status: values.status,
        endTime: values.end_time,
        runName: values.run_name,
      })
      return { run_info: formatRunInfo(run) }
    },
  }),
  route({
    methods: ['POST'],
    path: 'runs/delete',
    permission: 'write',
    summary: 'Mark a run as deleted',
    fields: runIdFields,
    answer: async (values, { store }) => store.deleteRun(toRunId(values)),
  }),
  route({
    methods: ['POST'],
    path: 'runs/restore',
    permission: 'write',
    summary: 'Take back the deletion of a run',
    fields: runIdFields,
    answer: async (values, { store }) => store.restoreRun(toRunId(values)),
  }),
  route({
    methods: ['POST'],
    path: 'runs/search',
    permission: 'read',
    summary: 'Runs of experiments by filter and order',
    fields: {
      ...searchFields({ fallback: 1000, most: 50_000 }),
      experiment_ids: list(anyText),
      run_view_type: oneOf(viewTypes),
    },
    answer: async (values, { store }) => ({
      jsonPieces: store.searchRunsAsJson({
        ...toSearch(values),
        experimentIds: values.experiment_ids,
        viewType: values.run_view_type ?? 'ACTIVE_ONLY',
      }),
    }),
  }),
]

/** All of runs but the histories of their metrics. */
export const runRoutes: readonly Route[] = [...lifeRoutes, ...runLoggingRoutes]
