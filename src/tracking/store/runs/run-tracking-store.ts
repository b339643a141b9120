/** Runs of the tracking contract over the database, and what a server needs of them beyond it. */

import { randomBytes } from 'node:crypto'
import type { Batch, Pairs, Run, RunSearch, RunTracking } from '../../../core/tracking.ts'
import { findRuns, searchRuns } from '../../search/run-search.ts'
import { searchRunsAsJson } from '../../search/runs-as-json.ts'
import type { ArtifactsStore } from '../artifacts/artifacts-store.ts'
import type { TrackingDatabase } from '../database/database-store.ts'
import { placeOfActiveExperiment, provideExperiment } from './experiments-store.ts'
import { collectGarbage, type Garbage } from './garbage-store.ts'
import { searchDatasets, writeInputs, writeOutputs, type DatasetSummary } from './inputs-store.ts'
import {
  readMetricHistories,
  readMetricHistory,
  sampleMetricHistories,
  type HistoriesSearch,
  type RunMetricPoint,
  type SampleSearch,
} from './metric-history-store.ts'
import {
  appendModelHistory,
  changeRun,
  insertRun,
  markRunActive,
  markRunDeleted,
  removeTag,
  writeBatch,
} from './run-changes-store.ts'
import { formatRunName } from './run-names.ts'
import {
  checkBatch,
  checkBatchSize,
  checkDatasets,
  checkExperimentName,
  checkNewRun,
  checkRunChange,
  runNameTag,
} from './run-rules.ts'
import { checkActive, getRun } from './runs-store.ts'

/** What a server needs beyond the contract. */
export interface RunStore {
  /** A page of runs as the pieces of MLflow's message. @throws {ToolkitError} `TRACKING_INVALID`, at once. */
  searchRunsAsJson(search: RunSearch): Iterable<string>
  /** Of several runs: by run id, then time, step and value. Ends at `maxResults` points. */
  readMetricHistories(search: HistoriesSearch): Promise<readonly RunMetricPoint[]>
  /** An even sample of each run, by step, with the first and the last point. */
  sampleMetricHistories(search: SampleSearch): Promise<readonly RunMetricPoint[]>
  /** Every dataset that runs of the experiments read, once per context. */
  searchDatasets(experimentIds: readonly string[]): Promise<readonly DatasetSummary[]>
  /** What clients before MLflow 3 tell of a model that they logged among a run's artifacts. */
  logModelHistory(runId: string, model: object): Promise<void>
  /**
   * Removes for good what was deleted before `olderThan` (milliseconds since 1970): rows, then
   * artifacts. Runs whose models are registered stay. A dry run only tells.
   */
  collectGarbage(options: {
    readonly olderThan: number
    readonly isDryRun: boolean
  }): Promise<Garbage>
}

export interface RunTrackingOptions {
  readonly clock: () => number
  readonly createRunId?: (() => string) | undefined
}

export function createRunTracking(
  database: TrackingDatabase,
  artifacts: ArtifactsStore,
  options: RunTrackingOptions,
): RunTracking & RunStore {
  return {
    ...createRunLife(database, options),
    ...createLogging(database),
    getRun: async (runId) => database.read(() => getRun(database, runId)),
    searchRuns: async (search) => database.read(() => searchRuns(database, search)),
    searchRunsAsJson: (search) => searchRunsAsJson(database, search),
    findRuns: async (experimentName, tags) =>
      database.read(() => findRuns(database, experimentName, tags)),
    readMetricHistory: async (history) => database.read(() => readMetricHistory(database, history)),
    readMetricHistories: async (search) =>
      database.read(() => readMetricHistories(database, search)),
    sampleMetricHistories: async (search) =>
      database.read(() => sampleMetricHistories(database, search)),
    searchDatasets: async (experimentIds) =>
      database.read(() => searchDatasets(database, experimentIds)),
    collectGarbage: (wanted) => collectGarbage(database, artifacts, wanted),
  }
}

type RunLife = Pick<
  RunTracking,
  'createRun' | 'startRun' | 'updateRun' | 'endRun' | 'deleteRun' | 'restoreRun'
>

function createRunLife(
  database: TrackingDatabase,
  { clock, createRunId = () => randomBytes(16).toString('hex') }: RunTrackingOptions,
): RunLife {
  const change = (runId: string, wanted: Parameters<RunLife['updateRun']>[1]): Promise<Run> => {
    checkRunChange(wanted)
    return database.writeSoon(() => {
      changeRun(database, runId, wanted)
      return getRun(database, runId)
    })
  }
  return {
    createRun: async ({ experimentId, runName, userId, startTime, tags = {} }) => {
      const name = runName || tags[runNameTag] || formatRunName(randomBytes(4))
      const run = { runName: name, startTime, tags }
      checkNewRun(run)
      return database.writeSoon(() => {
        const place = placeOfActiveExperiment(database, experimentId)
        const runId = createRunId()
        insertRun(database, place, { ...run, runId, userId: userId || userOf(tags) })
        return getRun(database, runId)
      })
    },
    startRun: async (run) => {
      checkExperimentName(run.experimentName)
      checkNewRun(run)
      return database.writeSoon(() => {
        const place = provideExperiment(database, run.experimentName, run.startTime)
        const runId = createRunId()
        insertRun(database, place, { ...run, runId, userId: userOf(run.tags) })
        return runId
      })
    },
    updateRun: async (runId, wanted) => change(runId, wanted),
    endRun: async (runId, status, endTime) => {
      await change(runId, { status, endTime })
    },
    deleteRun: async (runId) => database.write(() => markRunDeleted(database, runId, clock())),
    restoreRun: async (runId) => database.write(() => markRunActive(database, runId)),
  }
}

function userOf(tags: Pairs): string {
  return tags['mlflow.user'] ?? ''
}

type Logging = Pick<
  RunTracking,
  'logParams' | 'logMetrics' | 'setTags' | 'deleteTag' | 'logBatch' | 'logInputs' | 'logOutputs'
> &
  Pick<RunStore, 'logModelHistory'>

/** What comes often and from many at once shares commits. */
function createLogging(database: TrackingDatabase): Logging {
  const log = (runId: string, batch: Batch): Promise<void> => {
    checkBatch(batch)
    // Points of metrics come by the thousand; whatever the run does next syncs them with it.
    const durability = Object.keys(batch).every((kind) => kind === 'metrics') ? 'soon' : 'now'
    return database.writeSoon(() => writeBatch(database, runId, batch), durability)
  }
  const logToActive = (runId: string, write: () => void): Promise<void> =>
    database.writeSoon(() => {
      checkActive(database, runId)
      write()
    })
  return {
    logParams: async (runId, params) => log(runId, { params }),
    logMetrics: async (runId, metrics) => log(runId, { metrics }),
    setTags: async (runId, tags) => log(runId, { tags }),
    logBatch: async (runId, batch) => {
      const { metrics = [], params = {}, tags = {} } = batch
      checkBatchSize({
        metrics: metrics.length,
        params: Object.keys(params).length,
        tags: Object.keys(tags).length,
      })
      return log(runId, batch)
    },
    deleteTag: async (runId, key) => database.writeSoon(() => removeTag(database, runId, key)),
    logInputs: async (runId, inputs) => {
      checkDatasets(inputs.datasets)
      return logToActive(runId, () => writeInputs(database, runId, inputs))
    },
    logOutputs: async (runId, outputs) =>
      logToActive(runId, () => writeOutputs(database, runId, outputs)),
    logModelHistory: async (runId, model) =>
      database.writeSoon(() => appendModelHistory(database, runId, model)),
  }
}
