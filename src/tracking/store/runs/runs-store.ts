/** Runs in the tracking database: reading rows of them. */

import { ToolkitError } from '../../../core/errors.ts'
import { type Run, type RunStatus, runStatuses } from '../../../core/tracking.ts'
import type { Row, TrackingDatabase } from '../database/database-store.ts'
import { toMetricPoint } from './metrics-store.ts'
import { readDatasetInputs, readModelInputs, readModelOutputs } from './inputs-store.ts'
import { groupPairs, numberOf, optionalNumberOf, textOf } from '../database/rows.ts'

/** With its model inputs, which searches leave out. @throws {ToolkitError} `TRACKING_NOT_FOUND` */
export function getRun(database: TrackingDatabase, runId: string): Run {
  const rows = database.rows('SELECT * FROM runs WHERE run_id = ?', [runId])
  const run = completeRuns(database, rows)[0] ?? missingRun(runId)
  return { ...run, inputs: { ...run.inputs, modelIds: readModelInputs(database, runId) } }
}

/** Adds params, latest metrics, tags, datasets and outputs to rows of `runs`; one query each, however many rows. */
export function completeRuns(database: TrackingDatabase, rows: readonly Row[]): Run[] {
  const ids = JSON.stringify(rows.map(runOf))
  const sidesOf = (table: string): Row[] =>
    database.rows(
      `SELECT * FROM ${table} WHERE run_id IN (SELECT value FROM json_each(?)) ORDER BY run_id, key`,
      [ids],
    )
  const params = groupPairs(sidesOf('params'), runOf)
  const tags = groupPairs(sidesOf('tags'), runOf)
  const metrics = Map.groupBy(sidesOf('latest_metrics'), runOf)
  const datasets = readDatasetInputs(database, ids)
  const outputs = readModelOutputs(database, ids)
  return rows.map((row) => {
    const runId = runOf(row)
    return {
      ...toRunInfo(row),
      params: params.get(runId) ?? {},
      metrics: (metrics.get(runId) ?? []).map((metric) =>
        toMetricPoint(textOf(metric, 'key'), metric),
      ),
      tags: tags.get(runId) ?? {},
      inputs: { datasets: datasets.get(runId) ?? [], modelIds: [] },
      outputs: outputs.get(runId) ?? [],
    }
  })
}

type RunInfo = Omit<Run, 'params' | 'metrics' | 'tags' | 'inputs' | 'outputs'>

function toRunInfo(row: Row): RunInfo {
  return {
    runId: runOf(row),
    runName: textOf(row, 'run_name'),
    experimentId: String(numberOf(row, 'experiment_id')),
    userId: textOf(row, 'user_id'),
    status: toStatus(textOf(row, 'status')),
    startTime: numberOf(row, 'start_time'),
    endTime: optionalNumberOf(row, 'end_time'),
    artifactUri: textOf(row, 'artifact_uri'),
    lifecycleStage: textOf(row, 'lifecycle_stage') === 'deleted' ? 'deleted' : 'active',
  }
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND`, or `TRACKING_INVALID` when the run is deleted. */
export function checkActive(database: TrackingDatabase, runId: string): void {
  const row = database.row('SELECT lifecycle_stage FROM runs WHERE run_id = ?', [runId])
  if (row === undefined) missingRun(runId)
  if (row?.['lifecycle_stage'] === 'active') return
  throw new ToolkitError(
    'TRACKING_INVALID',
    `The run ${runId} must be in the 'active' state. Current state is deleted.`,
  )
}

export function missingRun(runId: string): never {
  throw new ToolkitError('TRACKING_NOT_FOUND', `Run with id=${runId.slice(0, 100)} not found`)
}

export function runOf(row: Row): string {
  return textOf(row, 'run_id')
}

function toStatus(text: string): RunStatus {
  const status = runStatuses.find((known) => known === text)
  if (status === undefined) throw new TypeError(`a run has the status ${text}`)
  return status
}
