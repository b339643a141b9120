/** Logged models in the tracking database. */

import { randomBytes } from 'node:crypto'
import { ToolkitError } from '../../../core/errors.ts'
import type {
  LoggedModel,
  LoggedModelStatus,
  MetricPoint,
  LoggedModelDescription,
  Pairs,
} from '../../../core/tracking.ts'
import type { Row, TrackingDatabase } from '../database/database-store.ts'
import { placeOfActiveExperiment } from '../runs/experiments-store.ts'
import { insertRow } from '../database/insert-row.ts'
import {
  checkLoggedModelPairs,
  checkNewLoggedModel,
  mergeRegistrations,
  type Registration,
  registrationsTag,
} from './logged-model-rules.ts'
import { toMetricPoint } from '../runs/metrics-store.ts'
import { formatRunName } from '../runs/run-names.ts'
import { groupPairs, numberOf, textOf } from '../database/rows.ts'

/** How many points of a metric a logged model tells of: the last ones. The run has all. */
const shownPoints = 1000

/** @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` when there is no such experiment. */
export function createLoggedModel(
  database: TrackingDatabase,
  model: LoggedModelDescription,
  time: number,
): LoggedModel {
  checkNewLoggedModel(model)
  const modelId = `m-${randomBytes(16).toString('hex')}`
  return database.write(() => {
    const experiment = placeOfActiveExperiment(database, model.experimentId)
    insertRow(database, 'logged_models', {
      model_id: modelId,
      experiment_id: experiment.experimentId,
      name: model.name || formatRunName(randomBytes(4)),
      model_type: model.modelType ?? '',
      source_run_id: model.sourceRunId ?? '',
      artifact_uri: `${experiment.artifactLocation}/models/${modelId}/artifacts`,
      status: 'LOGGED_MODEL_PENDING',
      creation_time: time,
      last_update_time: time,
    })
    for (const [key, value] of Object.entries(model.params ?? {})) {
      insertRow(database, 'logged_model_params', { model_id: modelId, key, value })
    }
    for (const [key, value] of Object.entries(model.tags ?? {})) {
      putTag(database, modelId, { key, value })
    }
    return getLoggedModel(database, modelId)
  })
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND` */
export function finishLoggedModel(
  database: TrackingDatabase,
  modelId: string,
  change: { readonly status: LoggedModelStatus; readonly time: number },
): LoggedModel {
  return database.write(() => {
    checkActive(database, modelId)
    database.change(
      'UPDATE logged_models SET status = ?, last_update_time = ? WHERE model_id = ?',
      [change.status, change.time, modelId],
    )
    return getLoggedModel(database, modelId)
  })
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND`, also for a deleted one. */
export function getLoggedModel(database: TrackingDatabase, modelId: string): LoggedModel {
  checkActive(database, modelId)
  const found = findLoggedModel(database, modelId)
  if (found !== undefined) return found
  throw loggedModelNotFound(modelId)
}

/** A deleted one too. */
export function findLoggedModel(
  database: TrackingDatabase,
  modelId: string,
): LoggedModel | undefined {
  const rows = database.rows('SELECT * FROM logged_models WHERE model_id = ?', [modelId])
  return completeLoggedModels(database, rows)[0]
}

/** Marks it; again is the same as once. @throws {ToolkitError} `TRACKING_NOT_FOUND` */
export function deleteLoggedModel(database: TrackingDatabase, modelId: string, time: number): void {
  const changed = database.change(
    `UPDATE logged_models SET lifecycle_stage = 'deleted',
       last_update_time = iif(lifecycle_stage = 'active', ?, last_update_time) WHERE model_id = ?`,
    [time, modelId],
  )
  if (changed === 0) throw loggedModelNotFound(modelId)
}

/** @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` */
export function setLoggedModelTags(database: TrackingDatabase, modelId: string, tags: Pairs): void {
  checkLoggedModelPairs('tag', tags)
  database.write(() => {
    checkActive(database, modelId)
    for (const [key, value] of Object.entries(tags)) putTag(database, modelId, { key, value })
  })
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND`, also when there is no such tag. */
export function deleteLoggedModelTag(
  database: TrackingDatabase,
  modelId: string,
  key: string,
): void {
  database.write(() => {
    checkActive(database, modelId)
    const sql = 'DELETE FROM logged_model_tags WHERE model_id = ? AND key = ?'
    if (database.change(sql, [modelId, key]) > 0) return
    throw new ToolkitError(
      'TRACKING_NOT_FOUND',
      `No tag with key '${key.slice(0, 300)}' found for model with ID '${modelId}'.`,
    )
  })
}

/** The same value again is fine. @throws {ToolkitError} `TRACKING_INVALID`, `TRACKING_NOT_FOUND` */
export function logLoggedModelParams(
  database: TrackingDatabase,
  modelId: string,
  params: Pairs,
): void {
  checkLoggedModelPairs('param', params)
  database.write(() => {
    checkActive(database, modelId)
    const { params: before } = getLoggedModel(database, modelId)
    const changed = Object.entries(params).filter(
      ([key, value]) => Object.hasOwn(before, key) && before[key] !== value,
    )
    if (changed.length > 0) {
      throw new ToolkitError(
        'TRACKING_INVALID',
        `Changing param values is not allowed. ${changed
          .map(([key, value]) => `Param '${key}' is '${before[key]}' and was given as '${value}'`)
          .join('; ')}`,
      )
    }
    for (const [key, value] of Object.entries(params)) {
      database.change(
        `INSERT INTO logged_model_params (model_id, key, value) VALUES (?, ?, ?)
         ON CONFLICT DO NOTHING`,
        [modelId, key, value],
      )
    }
  })
}

/** Within a transaction: a logged model knows what it is registered as. */
export function addRegistration(
  database: TrackingDatabase,
  modelId: string,
  registration: Registration,
): void {
  const row = database.row('SELECT 1 FROM logged_models WHERE model_id = ?', [modelId])
  // A version may come from elsewhere and name a logged model that stayed there.
  if (row === undefined) return
  const known = database.row('SELECT value FROM logged_model_tags WHERE model_id = ? AND key = ?', [
    modelId,
    registrationsTag,
  ])
  const before = known === undefined ? '[]' : textOf(known, 'value')
  putTag(database, modelId, {
    key: registrationsTag,
    value: mergeRegistrations(before, [registration]),
  })
}

/** Rows of `logged_models` with params, tags and metrics; three queries, however many rows. */
export function completeLoggedModels(
  database: TrackingDatabase,
  rows: readonly Row[],
): LoggedModel[] {
  const asked = JSON.stringify(rows.map(idOf))
  const pairsOf = (table: string): Map<string, Record<string, string>> =>
    groupPairs(
      database.rows(
        `SELECT * FROM ${table} WHERE model_id IN (SELECT value FROM json_each(?))
         ORDER BY model_id, key`,
        [asked],
      ),
      idOf,
    )
  const [params, tags] = [pairsOf('logged_model_params'), pairsOf('logged_model_tags')]
  const metrics = Map.groupBy(readMetrics(database, asked), ({ modelId }) => modelId)
  return rows.map((row) => ({
    modelId: idOf(row),
    experimentId: String(numberOf(row, 'experiment_id')),
    name: textOf(row, 'name'),
    modelType: textOf(row, 'model_type'),
    sourceRunId: textOf(row, 'source_run_id'),
    artifactUri: textOf(row, 'artifact_uri'),
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only this file fills the column
    status: textOf(row, 'status') as LoggedModelStatus,
    creationTime: numberOf(row, 'creation_time'),
    lastUpdateTime: numberOf(row, 'last_update_time'),
    params: params.get(idOf(row)) ?? {},
    tags: tags.get(idOf(row)) ?? {},
    metrics: metrics.get(idOf(row)) ?? [],
  }))
}

function readMetrics(database: TrackingDatabase, asked: string): MetricPoint[] {
  const rows = database.rows(
    `SELECT * FROM (
       SELECT *, row_number() OVER (
         PARTITION BY model_id, key, run_id, dataset_name, dataset_digest
         ORDER BY step DESC, timestamp DESC, value DESC) AS age
       FROM logged_model_metrics WHERE model_id IN (SELECT value FROM json_each(?)))
     WHERE age <= ? ORDER BY model_id, key, step, timestamp, value`,
    [asked, shownPoints],
  )
  return rows.map((row) =>
    Object.assign(toMetricPoint(textOf(row, 'key'), row), {
      modelId: idOf(row),
      runId: textOf(row, 'run_id') || undefined,
      datasetName: textOf(row, 'dataset_name') || undefined,
      datasetDigest: textOf(row, 'dataset_digest') || undefined,
    }),
  )
}

/** The list of registrations is one that clients write as well as the registry: kept without doubles. */
function putTag(
  database: TrackingDatabase,
  modelId: string,
  { key, value }: { readonly key: string; readonly value: string },
): void {
  database.change(
    `INSERT INTO logged_model_tags (model_id, key, value) VALUES (?, ?, ?)
     ON CONFLICT DO UPDATE SET value = excluded.value`,
    [modelId, key, key === registrationsTag ? mergeRegistrations(value, []) : value],
  )
}

function checkActive(database: TrackingDatabase, modelId: string): void {
  const row = database.row(
    `SELECT 1 FROM logged_models WHERE model_id = ? AND lifecycle_stage = 'active'`,
    [modelId],
  )
  if (row === undefined) throw loggedModelNotFound(modelId)
}

function loggedModelNotFound(modelId: string): ToolkitError {
  return new ToolkitError(
    'TRACKING_NOT_FOUND',
    `Logged model with ID '${modelId.slice(0, 300)}' not found.`,
  )
}

function idOf(row: Row): string {
  return textOf(row, 'model_id')
}
