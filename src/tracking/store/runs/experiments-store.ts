/** Experiments in the tracking database: writing them, and reading rows of them. */

import { ToolkitError } from '../../../core/errors.ts'
import type { Experiment, ExperimentTracking } from '../../../core/tracking.ts'
import type { Row, TrackingDatabase } from '../database/database-store.ts'
import { groupPairs, numberOf, textOf } from '../database/rows.ts'
import { checkExperimentName, checkExperimentTag, checkArtifactLocation } from './run-rules.ts'

/** @throws {ToolkitError} `TRACKING_EXISTS`, also for the name of a deleted one; `TRACKING_INVALID` */
export function createExperiment(
  database: TrackingDatabase,
  experiment: Parameters<ExperimentTracking['createExperiment']>[0],
  time: number,
): string {
  const { name, artifactLocation = '', tags = {} } = experiment
  checkExperimentName(name)
  checkArtifactLocation(artifactLocation)
  for (const [key, value] of Object.entries(tags)) checkExperimentTag(key, value)
  return database.write(() => {
    checkNameIsFree(database, name)
    const { experimentId } = insertExperiment(database, { name, artifactLocation, time })
    for (const [key, value] of Object.entries(tags))
      writeTag(database, experimentId, { key, value })
    return String(experimentId)
  })
}

/** Deleted ones too. @throws {ToolkitError} `TRACKING_NOT_FOUND` */
export function getExperiment(database: TrackingDatabase, experimentId: string): Experiment {
  const rows = database.rows('SELECT * FROM experiments WHERE experiment_id = ?', [
    toExperimentNumber(experimentId),
  ])
  return completeExperiments(database, rows)[0] ?? missingExperiment(experimentId)
}

/** Deleted ones too, as their names stay taken. */
export function findExperimentByName(
  database: TrackingDatabase,
  name: string,
): Experiment | undefined {
  const rows = database.rows('SELECT * FROM experiments WHERE name = ?', [name])
  return completeExperiments(database, rows)[0]
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND`, `TRACKING_EXISTS`, or `TRACKING_INVALID` when it is deleted. */
export function renameExperiment(
  database: TrackingDatabase,
  experimentId: string,
  change: { readonly newName: string; readonly time: number },
): void {
  const { newName, time } = change
  checkExperimentName(newName)
  database.write(() => {
    const id = checkActiveExperiment(database, experimentId)
    const named = database.row('SELECT experiment_id FROM experiments WHERE name = ?', [newName])
    if (named !== undefined && numberOf(named, 'experiment_id') !== id) throw nameTaken(newName)
    database.change(
      'UPDATE experiments SET name = ?, last_update_time = ? WHERE experiment_id = ?',
      [newName, time, id],
    )
  })
}

/**
 * With all its runs. Deleting or restoring twice is an error, as in MLflow.
 *
 * @throws {ToolkitError} `TRACKING_NOT_FOUND`, also when it is deleted already.
 */
export function deleteExperiment(
  database: TrackingDatabase,
  experimentId: string,
  time: number,
): void {
  database.write(() => {
    const id = toggleExperiment(database, experimentId, { from: 'active', to: 'deleted', time })
    database.change(
      `UPDATE runs SET lifecycle_stage = 'deleted', deleted_time = ?
       WHERE experiment_id = ? AND lifecycle_stage = 'active'`,
      [time, id],
    )
  })
}

/** With all its runs, those too that were deleted before it. @throws {ToolkitError} `TRACKING_NOT_FOUND` */
export function restoreExperiment(
  database: TrackingDatabase,
  experimentId: string,
  time: number,
): void {
  database.write(() => {
    const id = toggleExperiment(database, experimentId, { from: 'deleted', to: 'active', time })
    database.change(
      `UPDATE runs SET lifecycle_stage = 'active', deleted_time = NULL WHERE experiment_id = ?`,
      [id],
    )
  })
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND`, `TRACKING_INVALID` */
export function setExperimentTag(
  database: TrackingDatabase,
  experimentId: string,
  tag: { readonly key: string; readonly value: string },
): void {
  checkExperimentTag(tag.key, tag.value)
  database.write(() => writeTag(database, checkActiveExperiment(database, experimentId), tag))
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND`, also for a tag that is not there. */
export function deleteExperimentTag(
  database: TrackingDatabase,
  experimentId: string,
  key: string,
): void {
  database.write(() => {
    const id = checkActiveExperiment(database, experimentId)
    const changed = database.change(
      'DELETE FROM experiment_tags WHERE experiment_id = ? AND key = ?',
      [id, key],
    )
    if (changed > 0) return
    throw new ToolkitError(
      'TRACKING_NOT_FOUND',
      `No tag with name: ${key.slice(0, 250)} in experiment with id ${id}`,
    )
  })
}

/** The experiment of that name, which is created when there is none; inside a transaction. */
export function provideExperiment(
  database: TrackingDatabase,
  name: string,
  time: number,
): ExperimentPlace {
  const row = database.row('SELECT * FROM experiments WHERE name = ?', [name])
  if (row === undefined) return insertExperiment(database, { name, artifactLocation: '', time })
  if (textOf(row, 'lifecycle_stage') === 'deleted') {
    throw new ToolkitError('TRACKING_INVALID', `the experiment '${name}' is deleted`, {
      hint: 'restore it, or name another experiment',
    })
  }
  return placeOf(row)
}

/** What a new run must know of its experiment. */
export interface ExperimentPlace {
  readonly experimentId: number
  readonly artifactLocation: string
}

/** @throws {ToolkitError} `TRACKING_NOT_FOUND`, or `TRACKING_INVALID` when it is deleted. */
export function placeOfActiveExperiment(
  database: TrackingDatabase,
  experimentId: string,
): ExperimentPlace {
  const id = checkActiveExperiment(database, experimentId)
  return placeOf(database.row('SELECT * FROM experiments WHERE experiment_id = ?', [id])!)
}

function placeOf(row: Row): ExperimentPlace {
  return {
    experimentId: numberOf(row, 'experiment_id'),
    artifactLocation: textOf(row, 'artifact_location'),
  }
}

/** @throws {ToolkitError} `TRACKING_INVALID` when the id is not a whole number. */
export function toExperimentNumber(experimentId: string): number {
  if (/^\d{1,15}$/.test(experimentId)) return Number(experimentId)
  throw new ToolkitError(
    'TRACKING_INVALID',
    `Invalid experiment ID '${experimentId.slice(0, 100)}'. Experiment ID must be a valid integer.`,
  )
}

/** Adds the tags to rows of `experiments`; one query, however many rows. */
export function completeExperiments(
  database: TrackingDatabase,
  rows: readonly Row[],
): Experiment[] {
  const ids = rows.map((row) => numberOf(row, 'experiment_id'))
  const tags = groupPairs(
    database.rows(
      'SELECT * FROM experiment_tags WHERE experiment_id IN (SELECT value FROM json_each(?)) ORDER BY key',
      [JSON.stringify(ids)],
    ),
    (row) => String(numberOf(row, 'experiment_id')),
  )
  return rows.map((row) => {
    const experimentId = String(numberOf(row, 'experiment_id'))
    return {
      experimentId,
      name: textOf(row, 'name'),
      artifactLocation: textOf(row, 'artifact_location'),
      lifecycleStage: textOf(row, 'lifecycle_stage') === 'deleted' ? 'deleted' : 'active',
      creationTime: numberOf(row, 'creation_time'),
      lastUpdateTime: numberOf(row, 'last_update_time'),
      tags: tags.get(experimentId) ?? {},
    }
  })
}

function insertExperiment(
  database: TrackingDatabase,
  experiment: { readonly name: string; readonly artifactLocation: string; readonly time: number },
): ExperimentPlace {
  const { name, artifactLocation, time } = experiment
  const row = database.row(
    `INSERT INTO experiments (name, artifact_location, creation_time, last_update_time)
     VALUES (?, ?, ?, ?) RETURNING experiment_id`,
    [name, artifactLocation, time, time],
  )
  const experimentId = numberOf(row!, 'experiment_id')
  if (artifactLocation !== '') return { experimentId, artifactLocation }
  const location = `mlflow-artifacts:/${experimentId}`
  database.change('UPDATE experiments SET artifact_location = ? WHERE experiment_id = ?', [
    location,
    experimentId,
  ])
  return { experimentId, artifactLocation: location }
}

function writeTag(
  database: TrackingDatabase,
  experimentId: number,
  { key, value }: { readonly key: string; readonly value: string },
): void {
  database.change(
    `INSERT INTO experiment_tags (experiment_id, key, value) VALUES (?, ?, ?)
     ON CONFLICT (experiment_id, key) DO UPDATE SET value = excluded.value`,
    [experimentId, key, value],
  )
}

function checkNameIsFree(database: TrackingDatabase, name: string): void {
  const row = database.row('SELECT 1 FROM experiments WHERE name = ?', [name])
  if (row !== undefined) throw nameTaken(name)
}

function nameTaken(name: string): ToolkitError {
  return new ToolkitError('TRACKING_EXISTS', `Experiment(name=${name}) already exists.`, {
    hint: 'a deleted experiment keeps its name: restore it, or take another name',
  })
}

function checkActiveExperiment(database: TrackingDatabase, experimentId: string): number {
  const id = toExperimentNumber(experimentId)
  const row = database.row('SELECT lifecycle_stage FROM experiments WHERE experiment_id = ?', [id])
  if (row === undefined) missingExperiment(experimentId)
  if (row?.['lifecycle_stage'] === 'active') return id
  throw new ToolkitError(
    'TRACKING_INVALID',
    `The experiment ${id} must be in the 'active' state. Current state is deleted.`,
  )
}

function toggleExperiment(
  database: TrackingDatabase,
  experimentId: string,
  change: { readonly from: string; readonly to: string; readonly time: number },
): number {
  const id = toExperimentNumber(experimentId)
  const changed = database.change(
    `UPDATE experiments SET lifecycle_stage = ?, last_update_time = ?
     WHERE experiment_id = ? AND lifecycle_stage = ?`,
    [change.to, change.time, id, change.from],
  )
  return changed === 0 ? missingExperiment(experimentId) : id
}

function missingExperiment(experimentId: string): never {
  throw new ToolkitError('TRACKING_NOT_FOUND', `No Experiment with id=${experimentId} exists`)
}
