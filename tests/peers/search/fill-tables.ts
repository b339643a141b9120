/** The same data as rows of MLflow's tables and of ours. */

import { createHash } from 'node:crypto'
import type {
  SqlValue,
  TrackingDatabase,
} from '../../../src/tracking/store/database/database-store.ts'
import type { DatasetData, RunData, SearchData } from './random-data.ts'

type Row = Readonly<Record<string, SqlValue>>
type Table = readonly [name: string, rows: readonly Row[]]

/** Foreign keys point to what stands before. */
export function toMlflowTables(data: SearchData): readonly Table[] {
  const points = data.loggedModels.flatMap((model) =>
    model.points.map((point) => ({ ...point, model })),
  )
  return [
    ['experiments', data.experiments.map((experiment) => experimentRow(experiment))],
    ['experiment_tags', pairs(data.experiments, ({ id }) => ({ experiment_id: id }))],
    [
      'runs',
      data.runs.map((run) => ({ ...runRow(run, 'run_uuid', 'name'), source_type: 'LOCAL' })),
    ],
    ['params', pairs(data.runs.map(withParams), ({ id }) => ({ run_uuid: id }))],
    ['tags', pairs(data.runs, ({ id }) => ({ run_uuid: id }))],
    ['latest_metrics', data.runs.flatMap((run) => metricRows(run, 'run_uuid').map(asMlflowNumber))],
    ...mlflowDatasets(data),
    [
      'registered_models',
      data.models.map(({ name, creationTime, lastUpdateTime }) => ({
        name,
        creation_time: creationTime,
        last_updated_time: lastUpdateTime,
        description: '',
      })),
    ],
    ['registered_model_tags', pairs(data.models, ({ name }) => ({ name }))],
    [
      'model_versions',
      versionsOf(data).map((version) => ({
        ...versionRow(version),
        creation_time: version.creationTime,
        last_updated_time: version.lastUpdateTime,
        current_stage: 'None',
        status: 'READY',
      })),
    ],
    ['model_version_tags', pairs(versionsOf(data), ({ name, version }) => ({ name, version }))],
    [
      'logged_models',
      data.loggedModels.map((model) => ({
        ...loggedRow(model),
        artifact_location: `models/${model.id}`,
        creation_timestamp_ms: model.creationTime,
        last_updated_timestamp_ms: model.lastUpdateTime,
        status: 2,
      })),
    ],
    [
      'logged_model_params',
      data.loggedModels.flatMap((model) =>
        Object.entries(model.params).map(([key, value]) => ({
          model_id: model.id,
          experiment_id: model.experimentId,
          param_key: key,
          param_value: value,
        })),
      ),
    ],
    [
      'logged_model_tags',
      data.loggedModels.flatMap((model) =>
        Object.entries(model.tags).map(([key, value]) => ({
          model_id: model.id,
          experiment_id: model.experimentId,
          tag_key: key,
          tag_value: value,
        })),
      ),
    ],
    [
      'logged_model_metrics',
      points.map(({ model, ...point }) => ({
        model_id: model.id,
        experiment_id: model.experimentId,
        metric_name: point.key,
        metric_timestamp_ms: point.timestamp,
        metric_step: point.step,
        metric_value: point.value,
        run_id: point.runId,
        dataset_name: point.datasetName || null,
        dataset_digest: point.datasetDigest || null,
        dataset_uuid: null,
      })),
    ],
  ]
}

export function fillOurs(database: TrackingDatabase, data: SearchData): void {
  database.write(() => {
    database.change('DELETE FROM experiments')
    for (const [table, rows] of toOurTables(data)) {
      for (const row of rows) {
        const columns = Object.keys(row)
        const marks = columns.map(() => '?').join(', ')
        database.change(
          `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${marks})`,
          Object.values(row),
        )
      }
    }
  })
}

function toOurTables(data: SearchData): readonly Table[] {
  const datasets = datasetsOf(data)
  return [
    ['experiments', data.experiments.map((experiment) => experimentRow(experiment))],
    ['experiment_tags', pairs(data.experiments, ({ id }) => ({ experiment_id: id }))],
    ['runs', data.runs.map((run) => runRow(run, 'run_id', 'run_name'))],
    ['params', pairs(data.runs.map(withParams), ({ id }) => ({ run_id: id }))],
    ['tags', pairs(data.runs, ({ id }) => ({ run_id: id }))],
    ['latest_metrics', data.runs.flatMap((run) => metricRows(run, 'run_id'))],
    [
      'datasets',
      datasets.map(({ number, experimentId, name, digest }) => ({
        dataset_id: number,
        experiment_id: experimentId,
        name,
        digest,
        source_type: 'local',
        source: '{}',
      })),
    ],
    [
      'run_datasets',
      data.runs.flatMap((run) =>
        run.datasets.map((dataset) => ({
          run_id: run.id,
          dataset_id: numberOfDataset(datasets, run, dataset),
          tags: JSON.stringify({
            other: 'training',
            ...(dataset.context === undefined ? {} : { 'mlflow.data.context': dataset.context }),
          }),
        })),
      ),
    ],
    [
      'registered_models',
      data.models.map(({ name, creationTime, lastUpdateTime }) => ({
        name,
        creation_timestamp: creationTime,
        last_updated_timestamp: lastUpdateTime,
      })),
    ],
    ['registered_model_tags', pairs(data.models, ({ name }) => ({ name }))],
    [
      'model_versions',
      versionsOf(data).map((version) => ({
        ...versionRow(version),
        run_id: version.runId === '' ? null : version.runId,
        description: '',
        creation_timestamp: version.creationTime,
        last_updated_timestamp: version.lastUpdateTime,
      })),
    ],
    ['model_version_tags', pairs(versionsOf(data), ({ name, version }) => ({ name, version }))],
    [
      'logged_models',
      data.loggedModels.map((model) => ({
        ...loggedRow(model),
        artifact_uri: `models/${model.id}`,
        creation_time: model.creationTime,
        last_update_time: model.lastUpdateTime,
        status: 'LOGGED_MODEL_READY',
      })),
    ],
    [
      'logged_model_params',
      pairs(data.loggedModels.map(withParams), ({ id }) => ({ model_id: id })),
    ],
    ['logged_model_tags', pairs(data.loggedModels, ({ id }) => ({ model_id: id }))],
    [
      'logged_model_metrics',
      data.loggedModels.flatMap(({ id, points }) =>
        points.map((point) => ({
          model_id: id,
          key: point.key,
          timestamp: point.timestamp,
          step: point.step,
          value: point.value,
          is_nan: 0,
          run_id: point.runId,
          dataset_name: point.datasetName,
          dataset_digest: point.datasetDigest,
        })),
      ),
    ],
  ]
}

function experimentRow(experiment: SearchData['experiments'][number]): Row {
  return {
    experiment_id: experiment.id,
    name: experiment.name,
    artifact_location: `mlflow-artifacts:/${experiment.id}`,
    lifecycle_stage: experiment.lifecycle,
    creation_time: experiment.creationTime,
    last_update_time: experiment.lastUpdateTime,
  }
}

function runRow(run: RunData, id: string, name: string): Row {
  return {
    [id]: run.id,
    [name]: run.name,
    experiment_id: run.experimentId,
    user_id: run.userId,
    status: run.status,
    start_time: run.startTime,
    end_time: run.endTime,
    artifact_uri: `mlflow-artifacts:/${run.experimentId}/${run.id}/artifacts`,
    lifecycle_stage: run.lifecycle,
  }
}

function metricRows(run: RunData, id: string): Row[] {
  return Object.entries(run.metrics).map(([key, value]) => ({
    [id]: run.id,
    key,
    value: Number.isNaN(value) ? 0 : value,
    timestamp: 1,
    step: 0,
    is_nan: Number.isNaN(value) ? 1 : 0,
  }))
}

/** MLflow keeps the largest number for infinity. */
function asMlflowNumber(row: Row): Row {
  const value = Number(row['value'])
  return { ...row, value: Math.min(Math.max(value, -Number.MAX_VALUE), Number.MAX_VALUE) }
}

function versionsOf(
  data: SearchData,
): (SearchData['models'][number]['versions'][number] & { name: string })[] {
  return data.models.flatMap(({ name, versions }) =>
    versions.map((version) => ({ ...version, name })),
  )
}

function versionRow({ name, version, runId, source }: ReturnType<typeof versionsOf>[number]): Row {
  return { name, version, run_id: runId, source }
}

function loggedRow(model: SearchData['loggedModels'][number]): Row {
  return {
    model_id: model.id,
    experiment_id: model.experimentId,
    name: model.name,
    model_type: model.modelType,
    source_run_id: model.sourceRunId,
    lifecycle_stage: model.lifecycle,
  }
}

function withParams<T extends { readonly params: Readonly<Record<string, string>> }>(
  item: T,
): T & { tags: Readonly<Record<string, string>> } {
  return { ...item, tags: item.params }
}

function pairs<T extends { readonly tags: Readonly<Record<string, string>> }>(
  items: readonly T[],
  owner: (item: T) => Row,
): Row[] {
  return items.flatMap((item) =>
    Object.entries(item.tags).map(([key, value]) => ({ ...owner(item), key, value })),
  )
}

interface NumberedDataset {
  readonly number: number
  readonly experimentId: number
  readonly name: string
  readonly digest: string
}

function datasetsOf(data: SearchData): NumberedDataset[] {
  const known = new Map<string, NumberedDataset>()
  for (const { experimentId, datasets } of data.runs) {
    for (const { name, digest } of datasets) {
      const id = `${experimentId}:${name}:${digest}`
      if (!known.has(id)) known.set(id, { number: known.size + 1, experimentId, name, digest })
    }
  }
  return [...known.values()]
}

function numberOfDataset(
  datasets: readonly NumberedDataset[],
  run: RunData,
  dataset: DatasetData,
): number {
  const found = datasets.find(
    ({ experimentId, name, digest }) =>
      experimentId === run.experimentId && name === dataset.name && digest === dataset.digest,
  )
  return found!.number
}

function mlflowDatasets(data: SearchData): Table[] {
  const datasets = datasetsOf(data)
  const inputs = data.runs.flatMap((run) =>
    run.datasets.map((dataset) => {
      const number = numberOfDataset(datasets, run, dataset)
      return {
        id: createHash('md5').update(`${run.id}${number}`).digest('hex'),
        run,
        dataset,
        number,
      }
    }),
  )
  return [
    [
      'datasets',
      datasets.map(({ number, experimentId, name, digest }) => ({
        dataset_uuid: `d${number}`,
        experiment_id: experimentId,
        name,
        digest,
        dataset_source_type: 'local',
        dataset_source: '{}',
      })),
    ],
    [
      'inputs',
      inputs.map(({ id, run, number }) => ({
        input_uuid: id,
        source_type: 'DATASET',
        source_id: `d${number}`,
        destination_type: 'RUN',
        destination_id: run.id,
      })),
    ],
    [
      'input_tags',
      inputs.flatMap(({ id, dataset }) => [
        { input_uuid: id, name: 'other', value: 'training' },
        ...(dataset.context === undefined
          ? []
          : [{ input_uuid: id, name: 'mlflow.data.context', value: dataset.context }]),
      ]),
    ],
  ]
}
