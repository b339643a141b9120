/** Runs of the tracking contract over MLflow's REST API. */

import type { Batch, Page, Pairs, Run, RunTracking } from '../../core/tracking.ts'
import {
  checkBatch,
  checkDatasets,
  checkExperimentName,
  checkNewRun,
  checkRunChange,
} from '../store/runs/run-rules.ts'
import type { Connection, Message } from './connection-client.ts'
import { createExperimentClient, provideExperiment } from './experiments-client.ts'
import { messageOf } from './message-values.ts'
import { formatInputs, formatMetric, parseMetric, parsePage, parseRun } from './run-messages.ts'
import { listOf, formatPairs } from '../format-message.ts'

/** What a server takes in one batch. */
const batchLimits = { metrics: 1000, pairs: 100 } as const
const pageSize = 1000

export function createRunClient(connection: Connection): RunTracking {
  return {
    ...createRunLife(connection),
    ...createLogging(connection),
    ...createReading(connection),
  }
}

type RunLife = Pick<
  RunTracking,
  'createRun' | 'startRun' | 'updateRun' | 'endRun' | 'deleteRun' | 'restoreRun'
>

function createRunLife(connection: Connection): RunLife {
  const createRun: RunTracking['createRun'] = async (run) => {
    // A real server takes a fractional time and stores 0.
    checkNewRun({ runName: run.runName || 'made up', startTime: run.startTime, tags: {} })
    checkBatch({ tags: run.tags ?? {} })
    const answer = await connection.call({
      method: 'POST',
      path: 'runs/create',
      fields: {
        experiment_id: run.experimentId,
        run_name: run.runName,
        user_id: run.userId ?? run.tags?.['mlflow.user'],
        start_time: run.startTime,
        tags: formatPairs(run.tags),
      },
      isRepeatable: false,
    })
    return parseRun(messageOf(answer, 'run'))
  }
  const updateRun: RunTracking['updateRun'] = async (runId, change) => {
    checkRunChange(change)
    await post(connection, 'update', {
      run_id: runId,
      status: change.status,
      end_time: change.endTime,
      run_name: change.runName,
    })
    return getRun(connection, runId) // the answer to an update has neither params nor metrics
  }
  return {
    createRun,
    startRun: async ({ experimentName, ...run }) => {
      checkExperimentName(experimentName)
      checkNewRun(run)
      const experimentId = await provideExperiment(connection, experimentName)
      return (await createRun({ ...run, experimentId })).runId
    },
    updateRun,
    endRun: async (runId, status, endTime) => {
      checkRunChange({ endTime })
      await post(connection, 'update', { run_id: runId, status, end_time: endTime })
    },
    deleteRun: async (runId) => post(connection, 'delete', { run_id: runId }),
    restoreRun: async (runId) => post(connection, 'restore', { run_id: runId }),
  }
}

type Logging = Pick<
  RunTracking,
  'logParams' | 'logMetrics' | 'setTags' | 'deleteTag' | 'logBatch' | 'logInputs' | 'logOutputs'
>

/** All is checked before any of it is sent: a real server stores some faulty values as something else. */
function createLogging(connection: Connection): Logging {
  const send = async (runId: string, batch: Batch): Promise<void> =>
    post(connection, 'log-batch', {
      run_id: runId,
      metrics: listOf((batch.metrics ?? []).map(formatMetric)),
      params: formatPairs(batch.params),
      tags: formatPairs(batch.tags),
    })
  return {
    logParams: async (runId, params) => {
      checkBatch({ params })
      for (const part of partsOfPairs(params)) await send(runId, { params: part })
    },
    logMetrics: async (runId, metrics) => {
      checkBatch({ metrics })
      for (const part of partsOf(metrics, batchLimits.metrics)) await send(runId, { metrics: part })
    },
    setTags: async (runId, tags) => {
      checkBatch({ tags })
      for (const part of partsOfPairs(tags)) await send(runId, { tags: part })
    },
    deleteTag: async (runId, key) => {
      const fields = { run_id: runId, key }
      await connection.call({
        method: 'POST',
        path: 'runs/delete-tag',
        fields,
        isRepeatable: false,
      })
    },
    logBatch: async (runId, batch) => {
      checkBatch(batch)
      return send(runId, batch)
    },
    logInputs: async (runId, inputs) => {
      checkDatasets(inputs.datasets)
      return post(connection, 'log-inputs', { run_id: runId, ...formatInputs(inputs) })
    },
    logOutputs: async (runId, outputs) =>
      post(connection, 'outputs', {
        run_id: runId,
        models: outputs.map(({ modelId, step }) => ({ model_id: modelId, step })),
      }),
  }
}

type Reading = Pick<RunTracking, 'getRun' | 'searchRuns' | 'findRuns' | 'readMetricHistory'>

function createReading(connection: Connection): Reading {
  const searchRuns: RunTracking['searchRuns'] = async (search) => {
    const fields = {
      experiment_ids: search.experimentIds,
      filter: search.filter,
      order_by: search.orderBy,
      max_results: search.maxResults,
      page_token: search.pageToken,
      run_view_type: search.viewType,
    }
    const answer = await connection.call({ method: 'POST', path: 'runs/search', fields })
    return parsePage(answer, 'runs', parseRun)
  }
  return {
    getRun: async (runId) => getRun(connection, runId),
    searchRuns,
    findRuns: async (experimentName, tags) => {
      const found = await createExperimentClient(connection).findExperimentByName(experimentName)
      if (found === undefined) return []
      const filter = filterByTags(tags)
      const experimentIds = [found.experimentId]
      const runs = await readAll((pageToken) =>
        searchRuns({ experimentIds, filter, maxResults: pageSize, pageToken }),
      )
      // Some texts no filter can quote, so what came is compared again.
      return runs.filter((run) => Object.entries(tags).every(([k, v]) => run.tags[k] === v))
    },
    readMetricHistory: async ({ runId, key, maxResults, pageToken }) => {
      const answer = await connection.call({
        method: 'GET',
        path: 'metrics/get-history',
        fields: { run_id: runId, metric_key: key, max_results: maxResults, page_token: pageToken },
      })
      return parsePage(answer, 'metrics', parseMetric)
    },
  }
}

/** By the tags that a filter can name: no quote can be escaped there. */
function filterByTags(tags: Pairs): string {
  return Object.entries(tags)
    .filter(([key, value]) => !key.includes('`') && !value.includes("'"))
    .map(([key, value]) => `tags.\`${key}\` = '${value}'`)
    .join(' AND ')
}

async function getRun(connection: Connection, runId: string): Promise<Run> {
  const fields = { run_id: runId }
  const answer = await connection.call({ method: 'GET', path: 'runs/get', fields })
  return parseRun(messageOf(answer, 'run'))
}

/** Where the artifacts of a run lie. @throws {ToolkitError} `TRACKING_NOT_FOUND` */
export async function getRunArtifactUri(connection: Connection, runId: string): Promise<string> {
  return (await getRun(connection, runId)).artifactUri
}

async function post(connection: Connection, action: string, fields: Message): Promise<void> {
  await connection.call({ method: 'POST', path: `runs/${action}`, fields })
}

/** Every page of a list, one after the other. */
export async function readAll<T>(
  readPage: (pageToken: string | undefined) => Promise<Page<T>>,
): Promise<readonly T[]> {
  const items: T[] = []
  let pageToken: string | undefined
  do {
    const page = await readPage(pageToken)
    items.push(...page.items)
    pageToken = page.nextPageToken
  } while (pageToken !== undefined)
  return items
}

function partsOfPairs(pairs: Pairs): readonly Pairs[] {
  return partsOf(Object.entries(pairs), batchLimits.pairs).map((part) => Object.fromEntries(part))
}

/** At least one part: a call with nothing in it still says whether the run is there. */
function partsOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.max(1, Math.ceil(items.length / size))
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size))
}
