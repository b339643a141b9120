/** Runs of the tracking contract over MLflow's REST API. */

import type { Batch, ExperimentTracking, Pairs, Run, RunTracking } from '../../core/tracking.ts'
import {
  checkBatch,
  checkDatasets,
  checkExperimentName,
  checkNewRun,
  checkRunChange,
} from '../store/runs/run-rules.ts'
import { readAll } from '../all-pages.ts'
import type { Connection } from './connection-client.ts'
import { provideExperiment } from './experiments-client.ts'
import { messageOf } from './message-values.ts'
import { formatSearch, parsePage } from './page-messages.ts'
import { formatInputs, parseMetric, parseRun } from './run-messages.ts'
import { formatMetric, formatPairs, listOf } from '../format-message.ts'

/** What a server takes in one batch. */
const batchLimits = { metrics: 1000, pairs: 100 } as const
const pageSize = 1000

export function createRunClient(
  connection: Connection,
  experiments: ExperimentTracking,
): RunTracking {
  return {
    ...createRunLife(connection, experiments),
    ...createLogging(connection),
    ...createReading(connection, experiments),
  }
}

type RunLife = Pick<
  RunTracking,
  'createRun' | 'startRun' | 'updateRun' | 'endRun' | 'deleteRun' | 'restoreRun'
>

function createRunLife(connection: Connection, experiments: ExperimentTracking): RunLife {
  const { ask, askOnce } = connection
  const createRun: RunTracking['createRun'] = async (run) => {
    // A real server takes a fractional time and stores 0.
    checkNewRun({ runName: run.runName || 'made up', startTime: run.startTime, tags: {} })
    checkBatch({ tags: run.tags ?? {} })
    const answer = await askOnce('POST', 'runs/create', {
      experiment_id: run.experimentId,
      run_name: run.runName,
      user_id: run.userId ?? run.tags?.['mlflow.user'],
      start_time: run.startTime,
      tags: formatPairs(run.tags),
    })
    return parseRun(messageOf(answer, 'run'))
  }
  const updateRun: RunTracking['updateRun'] = async (runId, change) => {
    checkRunChange(change)
    await ask('POST', 'runs/update', {
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
      const experimentId = await provideExperiment(experiments, experimentName)
      return (await createRun({ ...run, experimentId })).runId
    },
    updateRun,
    endRun: async (runId, status, endTime) => {
      checkRunChange({ endTime })
      await ask('POST', 'runs/update', { run_id: runId, status, end_time: endTime })
    },
    deleteRun: async (runId) => {
      await ask('POST', 'runs/delete', { run_id: runId })
    },
    restoreRun: async (runId) => {
      await ask('POST', 'runs/restore', { run_id: runId })
    },
  }
}

type Logging = Pick<
  RunTracking,
  'logParams' | 'logMetrics' | 'setTags' | 'deleteTag' | 'logBatch' | 'logInputs' | 'logOutputs'
>

/** All is checked before any of it is sent: a real server stores some faulty values as something else. */
function createLogging({ ask, askOnce }: Connection): Logging {
  const send = async (runId: string, batch: Batch): Promise<void> => {
    await ask('POST', 'runs/log-batch', {
      run_id: runId,
      metrics: listOf((batch.metrics ?? []).map(formatMetric)),
      params: formatPairs(batch.params),
      tags: formatPairs(batch.tags),
    })
  }
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
      await askOnce('POST', 'runs/delete-tag', { run_id: runId, key })
    },
    logBatch: async (runId, batch) => {
      checkBatch(batch)
      return send(runId, batch)
    },
    logInputs: async (runId, inputs) => {
      checkDatasets(inputs.datasets)
      await ask('POST', 'runs/log-inputs', { run_id: runId, ...formatInputs(inputs) })
    },
    logOutputs: async (runId, outputs) => {
      const models = outputs.map(({ modelId, step }) => ({ model_id: modelId, step }))
      await ask('POST', 'runs/outputs', { run_id: runId, models })
    },
  }
}

type Reading = Pick<RunTracking, 'getRun' | 'searchRuns' | 'findRuns' | 'readMetricHistory'>

function createReading(connection: Connection, experiments: ExperimentTracking): Reading {
  const { ask } = connection
  const searchRuns: RunTracking['searchRuns'] = async (search) => {
    const fields = {
      ...formatSearch(search),
      experiment_ids: search.experimentIds,
      run_view_type: search.viewType,
    }
    return parsePage(await ask('POST', 'runs/search', fields), 'runs', parseRun)
  }
  return {
    getRun: async (runId) => getRun(connection, runId),
    searchRuns,
    findRuns: async (experimentName, tags) => {
      const found = await experiments.findExperimentByName(experimentName)
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
      const answer = await ask('GET', 'metrics/get-history', {
        run_id: runId,
        metric_key: key,
        max_results: maxResults,
        page_token: pageToken,
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

async function getRun({ ask }: Connection, runId: string): Promise<Run> {
  return parseRun(messageOf(await ask('GET', 'runs/get', { run_id: runId }), 'run'))
}

/** Where the artifacts of a run lie. @throws {ToolkitError} `TRACKING_NOT_FOUND` */
export async function getRunArtifactUri(connection: Connection, runId: string): Promise<string> {
  return (await getRun(connection, runId)).artifactUri
}

function partsOfPairs(pairs: Pairs): readonly Pairs[] {
  return partsOf(Object.entries(pairs), batchLimits.pairs).map((part) => Object.fromEntries(part))
}

/** At least one part: a call with nothing in it still says whether the run is there. */
function partsOf<T>(items: readonly T[], size: number): readonly (readonly T[])[] {
  const count = Math.max(1, Math.ceil(items.length / size))
  return Array.from({ length: count }, (_, i) => items.slice(i * size, (i + 1) * size))
}
