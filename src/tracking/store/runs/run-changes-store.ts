/** Writing runs in the tracking database: their life, and what is logged to them. Each function is one transaction's work. */

import { ToolkitError } from '../../../core/errors.ts'
import type { Batch, NewRun, Pairs, RunTracking } from '../../../core/tracking.ts'
import type { TrackingDatabase } from '../database/database-store.ts'
import type { ExperimentPlace } from './experiments-store.ts'
import { writeMetrics } from './metrics-store.ts'
import { loggedModelsTag, runNameTag, truncateParam, truncateTag } from './run-rules.ts'
import { checkActive, missingRun } from './runs-store.ts'

/** Opens a run with status RUNNING; its name stands in a tag too. */
export function insertRun(
  database: TrackingDatabase,
  place: ExperimentPlace,
  run: Omit<NewRun, 'experimentName'> & { readonly runId: string; readonly userId: string },
): void {
  const location = place.artifactLocation.replace(/\/+$/, '')
  database.change(
    `INSERT INTO runs (run_id, run_name, experiment_id, user_id, status, start_time, artifact_uri)
     VALUES (?, ?, ?, ?, 'RUNNING', ?, ?)`,
    [
      run.runId,
      run.runName,
      place.experimentId,
      run.userId,
      run.startTime,
      `${location}/${run.runId}/artifacts`,
    ],
  )
  database.change(
    'UPDATE experiments SET last_update_time = max(last_update_time, ?) WHERE experiment_id = ?',
    [run.startTime, place.experimentId],
  )
  writeTags(database, run.runId, { ...run.tags, [runNameTag]: run.runName })
}

/** An empty name is none. @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` */
export function changeRun(
  database: TrackingDatabase,
  runId: string,
  change: Parameters<RunTracking['updateRun']>[1],
): void {
  checkActive(database, runId)
  database.change(
    `UPDATE runs SET status = coalesce(?, status), end_time = coalesce(?, end_time) WHERE run_id = ?`,
    [change.status ?? null, change.endTime ?? null, runId],
  )
  if (change.runName) writeTags(database, runId, { [runNameTag]: change.runName })
}

/** Deleting or restoring twice is the same as once. @throws {ToolkitError} `TRACKING_NOT_FOUND` */
export function markRunDeleted(database: TrackingDatabase, runId: string, time: number): void {
  const changed = database.change(
    `UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = coalesce(deleted_time, ?)
     WHERE run_id = ?`,
    [time, runId],
  )
  if (changed === 0) missingRun(runId)
}

/** See {@link markRunDeleted}. */
export function markRunActive(database: TrackingDatabase, runId: string): void {
  const changed = database.change(
    `UPDATE runs SET lifecycle_stage = 'active', deleted_time = NULL WHERE run_id = ?`,
    [runId],
  )
  if (changed === 0) missingRun(runId)
}

/** Metrics, params and tags at once. @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` */
export function writeBatch(
  database: TrackingDatabase,
  runId: string,
  { metrics = [], params = {}, tags = {} }: Batch,
): void {
  checkActive(database, runId)
  writeParams(database, runId, params)
  writeMetrics(database, runId, metrics)
  writeTags(database, runId, tags)
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND`, also for a tag that is not there. */
export function removeTag(database: TrackingDatabase, runId: string, key: string): void {
  checkActive(database, runId)
  const changed = database.change('DELETE FROM tags WHERE run_id = ? AND key = ?', [runId, key])
  if (changed > 0) return
  throw new ToolkitError(
    'TRACKING_NOT_FOUND',
    `No tag with name: ${key.slice(0, 250)} in run with id ${runId}`,
  )
}

/**
 * Adds a model to the tag that clients before MLflow 3 keep their models in. The same model twice
 * in a row is a client that asked again.
 */
export function appendModelHistory(database: TrackingDatabase, runId: string, model: object): void {
  checkActive(database, runId)
  const row = database.row('SELECT value FROM tags WHERE run_id = ? AND key = ?', [
    runId,
    loggedModelsTag,
  ])
  const history = row === undefined ? [] : parseHistory(String(row['value']))
  if (JSON.stringify(history.at(-1)) === JSON.stringify(model)) return
  writeTag(database, runId, loggedModelsTag, JSON.stringify([...history, model]))
}

function parseHistory(text: string): readonly unknown[] {
  try {
    const value: unknown = JSON.parse(text)
    if (Array.isArray(value)) return value
  } catch (error) {
    throw brokenHistory(text, error)
  }
  throw brokenHistory(text)
}

function brokenHistory(text: string, cause?: unknown): ToolkitError {
  return new ToolkitError(
    'TRACKING_INVALID',
    `the run's tag '${loggedModelsTag}' is no JSON list: '${text.slice(0, 100)}'`,
    { hint: 'delete the tag, then log the model again', cause },
  )
}

/** Write-once, all or none, naming every changed param. */
function writeParams(database: TrackingDatabase, runId: string, params: Pairs): void {
  const problems: string[] = []
  for (const [key, long] of Object.entries(params)) {
    const value = truncateParam(long)
    const inserted = database.change(
      'INSERT INTO params (run_id, key, value) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      [runId, key, value],
    )
    if (inserted > 0) continue
    const known = database.row('SELECT value FROM params WHERE run_id = ? AND key = ?', [
      runId,
      key,
    ])?.['value']
    if (known !== value) {
      const shown = String(known).slice(0, 200)
      problems.push(`param '${key}' is '${shown}', not '${value.slice(0, 200)}'`)
    }
  }
  if (problems.length === 0) return
  throw new ToolkitError(
    'TRACKING_INVALID',
    `Changing param values is not allowed. ${problems.join('; ')} (run ${runId})`,
    { hint: 'log the new values to a new run', details: { runId, problems } },
  )
}

function writeTags(database: TrackingDatabase, runId: string, tags: Pairs): void {
  for (const [key, value] of Object.entries(tags)) {
    writeTag(database, runId, key, truncateTag(value))
  }
  const runName = tags[runNameTag]
  if (runName === undefined) return
  database.change('UPDATE runs SET run_name = ? WHERE run_id = ?', [truncateTag(runName), runId])
}

function writeTag(database: TrackingDatabase, runId: string, key: string, value: string): void {
  database.change(
    `INSERT INTO tags (run_id, key, value) VALUES (?, ?, ?)
     ON CONFLICT (run_id, key) DO UPDATE SET value = excluded.value`,
    [runId, key, value],
  )
}
