/** What runs read and made, in the tracking database: datasets and logged models. */

import { ToolkitError } from '../../../core/errors.ts'
import type { DatasetInput, ModelOutput, Pairs, RunInputs } from '../../../core/tracking.ts'
import type { Row, TrackingDatabase } from '../database/database-store.ts'
import { toExperimentNumber } from './experiments-store.ts'
import { numberOf, optionalTextOf, textOf } from '../database/rows.ts'

/** A dataset as a list of them shows it. */
export interface DatasetSummary {
  readonly experimentId: string
  readonly name: string
  readonly digest: string
  /** The tag 'mlflow.data.context' of the input: 'training', 'evaluation', … */
  readonly context: string | undefined
}

/** A list of datasets has at most so many. */
const maxSummaries = 1000

/**
 * Inside a transaction, for an active run. The same dataset in the same run again changes nothing,
 * its tags included.
 */
export function writeInputs(database: TrackingDatabase, runId: string, inputs: RunInputs): void {
  const run = database.row('SELECT experiment_id FROM runs WHERE run_id = ?', [runId])!
  const experimentId = numberOf(run, 'experiment_id')
  for (const input of inputs.datasets) {
    database.change(
      `INSERT INTO run_datasets (run_id, dataset_id, tags) VALUES (?, ?, ?) ON CONFLICT DO NOTHING`,
      [runId, provideDataset(database, experimentId, input), JSON.stringify(input.tags)],
    )
  }
  for (const modelId of inputs.modelIds) {
    database.change(
      `INSERT INTO run_models (run_id, direction, model_id, step) VALUES (?, 'input', ?, 0)
       ON CONFLICT DO NOTHING`,
      [runId, modelId],
    )
  }
}

/** Inside a transaction, for an active run; a model that is there already gets the new step. */
export function writeOutputs(
  database: TrackingDatabase,
  runId: string,
  outputs: readonly ModelOutput[],
): void {
  for (const { modelId, step } of outputs) {
    if (!Number.isSafeInteger(step)) {
      throw new ToolkitError(
        'TRACKING_INVALID',
        `Invalid value ${step} for parameter 'models.step' supplied: expected an integer`,
      )
    }
    database.change(
      `INSERT INTO run_models (run_id, direction, model_id, step) VALUES (?, 'output', ?, ?)
       ON CONFLICT (run_id, direction, model_id) DO UPDATE SET step = excluded.step`,
      [runId, modelId, step],
    )
  }
}

/** By run. @param runIds - a JSON list */
export function readDatasetInputs(
  database: TrackingDatabase,
  runIds: string,
): ReadonlyMap<string, readonly DatasetInput[]> {
  const rows = database.rows(
    `SELECT run_id, tags, datasets.* FROM run_datasets JOIN datasets USING (dataset_id)
     WHERE run_id IN (SELECT value FROM json_each(?)) ORDER BY run_id, dataset_id`,
    [runIds],
  )
  return groupByRun(rows, toDatasetInput)
}

/** By run. @param runIds - a JSON list */
export function readModelOutputs(
  database: TrackingDatabase,
  runIds: string,
): ReadonlyMap<string, readonly ModelOutput[]> {
  const rows = database.rows(
    `SELECT run_id, model_id, step FROM run_models
     WHERE direction = 'output' AND run_id IN (SELECT value FROM json_each(?))
     ORDER BY run_id, step, model_id`,
    [runIds],
  )
  return groupByRun(rows, (row) => ({
    modelId: textOf(row, 'model_id'),
    step: numberOf(row, 'step'),
  }))
}

export function readModelInputs(database: TrackingDatabase, runId: string): readonly string[] {
  const rows = database.rows(
    `SELECT model_id FROM run_models WHERE run_id = ? AND direction = 'input' ORDER BY model_id`,
    [runId],
  )
  return rows.map((row) => textOf(row, 'model_id'))
}

/** Every dataset that runs of the experiments read, once per context. @throws {ToolkitError} `TRACKING_INVALID` */
export function searchDatasets(
  database: TrackingDatabase,
  experimentIds: readonly string[],
): readonly DatasetSummary[] {
  const rows = database.rows(
    `SELECT DISTINCT experiment_id, name, digest,
       (SELECT value FROM json_each(run_datasets.tags) WHERE key = 'mlflow.data.context') AS context
     FROM datasets JOIN run_datasets USING (dataset_id)
     WHERE experiment_id IN (SELECT value FROM json_each(?))
     ORDER BY experiment_id, name, digest, context LIMIT ?`,
    [JSON.stringify(experimentIds.map(toExperimentNumber)), maxSummaries],
  )
  return rows.map((row) => ({
    experimentId: String(numberOf(row, 'experiment_id')),
    name: textOf(row, 'name'),
    digest: textOf(row, 'digest'),
    context: optionalTextOf(row, 'context'),
  }))
}

function provideDataset(
  database: TrackingDatabase,
  experimentId: number,
  { dataset }: DatasetInput,
): number {
  const { name, digest } = dataset
  const find = (): Row | undefined =>
    database.row(
      'SELECT dataset_id FROM datasets WHERE experiment_id = ? AND name = ? AND digest = ?',
      [experimentId, name, digest],
    )
  const row =
    find() ??
    database.row(
      `INSERT INTO datasets (experiment_id, name, digest, source_type, source, schema, profile)
       VALUES (?, ?, ?, ?, ?, ?, ?) RETURNING dataset_id`,
      [
        experimentId,
        name,
        digest,
        dataset.sourceType,
        dataset.source,
        dataset.schema ?? null,
        dataset.profile ?? null,
      ],
    )
  return numberOf(row!, 'dataset_id')
}

function toDatasetInput(row: Row): DatasetInput {
  return {
    dataset: {
      name: textOf(row, 'name'),
      digest: textOf(row, 'digest'),
      sourceType: textOf(row, 'source_type'),
      source: textOf(row, 'source'),
      schema: optionalTextOf(row, 'schema'),
      profile: optionalTextOf(row, 'profile'),
    },
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- only writeInputs writes this column
    tags: JSON.parse(textOf(row, 'tags')) as Pairs,
  }
}

function groupByRun<T>(rows: readonly Row[], toValue: (row: Row) => T): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const [runId, members] of Map.groupBy(rows, (row) => textOf(row, 'run_id'))) {
    groups.set(runId, members.map(toValue))
  }
  return groups
}
