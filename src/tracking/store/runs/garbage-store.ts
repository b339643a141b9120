/**
 * Removing for good what was deleted. Rows go first, in one transaction that leaves a note of the
 * artifacts and metric points which are still to go; the note goes when they are gone. Whenever the
 * process dies, no run is half there, and the next collection finishes what is noted.
 */

import { setImmediate } from 'node:timers/promises'
import type { ArtifactsStore } from '../artifacts/artifacts-store.ts'
import type { TrackingDatabase } from '../database/database-store.ts'
import { numberOf, textOf } from '../database/rows.ts'
import { runOf } from './runs-store.ts'

/** What a collection removed, or would remove. */
export interface Garbage {
  readonly runIds: readonly string[]
  /** Deleted ones that have no runs left. */
  readonly experimentIds: readonly string[]
  /** Deleted runs that stay, because a version of a registered model came from them. */
  readonly keptRunIds: readonly string[]
}

/** See `RunStore.collectGarbage`. */
export async function collectGarbage(
  database: TrackingDatabase,
  artifacts: ArtifactsStore,
  { olderThan, isDryRun }: { readonly olderThan: number; readonly isDryRun: boolean },
): Promise<Garbage> {
  if (isDryRun) return database.read(() => planGarbage(database, olderThan))
  const garbage = database.write(() => {
    const planned = planGarbage(database, olderThan)
    for (const runId of planned.runIds) removeRun(database, runId)
    for (const experimentId of planned.experimentIds) removeExperiment(database, experimentId)
    return planned
  })
  await sweep(database, artifacts)
  return garbage
}

function planGarbage(database: TrackingDatabase, olderThan: number): Garbage {
  const rows = database.rows(
    `SELECT run_id, EXISTS (SELECT 1 FROM model_versions AS v WHERE v.run_id = runs.run_id
       OR v.model_id IN (SELECT model_id FROM logged_models WHERE source_run_id = runs.run_id)) AS is_kept
     FROM runs WHERE lifecycle_stage = 'deleted' AND coalesce(deleted_time, 0) < ? ORDER BY sequence`,
    [olderThan],
  )
  const runIds = rows.filter((row) => row['is_kept'] === 0).map(runOf)
  const experiments = database.rows(
    `SELECT experiment_id FROM experiments
     WHERE lifecycle_stage = 'deleted' AND last_update_time < ? AND NOT EXISTS (
         SELECT 1 FROM runs WHERE runs.experiment_id = experiments.experiment_id
         AND run_id NOT IN (SELECT value FROM json_each(?)))
       AND NOT EXISTS (
         SELECT 1 FROM logged_models JOIN model_versions USING (model_id)
         WHERE logged_models.experiment_id = experiments.experiment_id)
     ORDER BY experiment_id`,
    [olderThan, JSON.stringify(runIds)],
  )
  return {
    runIds,
    experimentIds: experiments.map((row) => String(numberOf(row, 'experiment_id'))),
    keptRunIds: rows.filter((row) => row['is_kept'] === 1).map(runOf),
  }
}

function removeRun(database: TrackingDatabase, runId: string): void {
  const run = database.row('SELECT artifact_uri FROM runs WHERE run_id = ?', [runId])!
  noteArtifacts(database, textOf(run, 'artifact_uri'), runId)
  database.change(
    `INSERT INTO garbage (kind, place) SELECT 'series', series_id FROM metric_series WHERE run_id = ?`,
    [runId],
  )
  // Params, tags, series, latest metrics, inputs and outputs go with it.
  database.change('DELETE FROM runs WHERE run_id = ?', [runId])
}

function removeExperiment(database: TrackingDatabase, experimentId: string): void {
  const models = database.rows(
    'SELECT model_id, artifact_uri FROM logged_models WHERE experiment_id = ?',
    [experimentId],
  )
  for (const model of models) {
    noteArtifacts(database, textOf(model, 'artifact_uri'), textOf(model, 'model_id'))
  }
  // Its tags, datasets and logged models go with it.
  database.change('DELETE FROM experiments WHERE experiment_id = ?', [experimentId])
}

/** Only what lies in our own folder, in one of the owner's own: nothing elsewhere is touched. */
function noteArtifacts(database: TrackingDatabase, artifactUri: string, owner: string): void {
  const path = /^mlflow-artifacts:\/(?!\/)(.+)\/artifacts$/.exec(artifactUri)?.[1]
  if (path === undefined || !path.endsWith(`/${owner}`)) return
  database.change(
    `INSERT INTO garbage (kind, place) VALUES ('artifacts', ?) ON CONFLICT DO NOTHING`,
    [path],
  )
}

/** So many points go in one transaction: other writers, and requests, wait no longer than that takes. */
const pointsAtOnce = 20_000

async function sweep(database: TrackingDatabase, artifacts: ArtifactsStore): Promise<void> {
  for (const note of database.rows('SELECT kind, place FROM garbage')) {
    const place = textOf(note, 'place')
    if (note['kind'] === 'artifacts') await artifacts.remove(place)
    else await removePoints(database, Number(place))
    database.change('DELETE FROM garbage WHERE kind = ? AND place = ?', [
      textOf(note, 'kind'),
      place,
    ])
  }
}

async function removePoints(database: TrackingDatabase, seriesId: number): Promise<void> {
  const removeSome = (): number =>
    database.change(
      `DELETE FROM metric_points WHERE series_id = ? AND (timestamp, step, value, is_nan) IN (
         SELECT timestamp, step, value, is_nan FROM metric_points WHERE series_id = ? LIMIT ?)`,
      [seriesId, seriesId, pointsAtOnce],
    )
  while (removeSome() === pointsAtOnce) await setImmediate()
}
