/** Experiments, runs and logged models in the folders of MLflow's old file store. */

import { join } from 'node:path'
import type {
  Dataset,
  DatasetInput,
  Experiment,
  LoggedModel,
  MetricPoint,
  ModelOutput,
  Run,
} from '../../core/tracking.ts'
import {
  isFolder,
  listFolders,
  listKeys,
  readMeta,
  readPairs,
  readText,
  reportOn,
  type Problems,
} from './mlruns-walk-file.ts'
import { runNameTag } from '../store/runs/run-rules.ts'
import { parseMetricLines, parseModelStatus, parseRunStatus } from './mlruns-records.ts'

/** One experiment with all that is in its folder. */
export interface MlrunsExperiment {
  readonly folder: string
  readonly experiment: Experiment
  /** The oldest first. */
  readonly runs: readonly Run[]
  readonly models: readonly LoggedModel[]
}

/** The folders of an experiment that are no runs. */
const notRuns: ReadonlySet<string> = new Set(['artifacts', 'datasets', 'models', 'tags', 'traces'])

/** `undefined` when its record is unreadable. */
export function readExperiment(
  folder: string,
  experimentId: string,
  problems: Problems,
): MlrunsExperiment | undefined {
  const meta = readMeta(folder, problems)
  if (meta === undefined) return undefined
  const name = meta.text('name')
  if (name === '') reportOn(problems, join(folder, 'meta.yaml'))(`'name' is missing`)
  const experiment: Experiment = {
    experimentId,
    name,
    artifactLocation: meta.text('artifact_location'),
    lifecycleStage: meta.text('lifecycle_stage') === 'deleted' ? 'deleted' : 'active',
    creationTime: meta.integer('creation_time') ?? 0,
    lastUpdateTime: meta.integer('last_update_time') ?? 0,
    tags: readPairs(join(folder, 'tags'), problems),
  }
  const context = { folder, experimentId, problems }
  const runs = listFolders(folder)
    .filter((id) => !notRuns.has(id))
    .flatMap((id) => readRun(context, id) ?? [])
  const models = listFolders(join(folder, 'models')).flatMap((id) => readModel(context, id) ?? [])
  return { folder, experiment, runs: runs.toSorted((a, b) => a.startTime - b.startTime), models }
}

interface ExperimentFolder {
  readonly folder: string
  readonly experimentId: string
  readonly problems: Problems
}

function readRun(context: ExperimentFolder, runId: string): Run | undefined {
  const { experimentId, problems } = context
  const folder = join(context.folder, runId)
  const meta = readMeta(folder, problems)
  if (meta === undefined) return undefined
  const report = reportOn(problems, join(folder, 'meta.yaml'))
  const startTime = meta.integer('start_time')
  if (startTime === undefined) report(`'start_time' is missing`)
  const tags = readPairs(join(folder, 'tags'), problems)
  return {
    runId,
    runName: [meta.text('run_name'), tags[runNameTag], meta.text('name')].find(Boolean) ?? '',
    experimentId,
    userId: meta.text('user_id'),
    status: parseRunStatus(meta, report),
    startTime: startTime ?? 0,
    endTime: meta.integer('end_time'),
    artifactUri: meta.text('artifact_uri'),
    lifecycleStage: meta.text('lifecycle_stage') === 'deleted' ? 'deleted' : 'active',
    params: readPairs(join(folder, 'params'), problems),
    metrics: readLatest(join(folder, 'metrics'), problems),
    tags,
    ...readLinks(context, folder),
  }
}

/** The latest point of each metric; every line is read, so that a bad one is found before anything is written. */
function readLatest(folder: string, problems: Problems): readonly MetricPoint[] {
  return listKeys(folder, problems).flatMap((key) => {
    const points = readMetricFile(join(folder, key), key, { hasRun: false, problems })
    return points.toSorted((a, b) => a.step - b.step || a.timestamp - b.timestamp).slice(-1)
  })
}

/** The points of one file, in its order. */
export function readMetricFile(
  path: string,
  key: string,
  { hasRun, problems }: { readonly hasRun: boolean; readonly problems: Problems },
): readonly MetricPoint[] {
  const text = readText(path, problems) ?? ''
  return parseMetricLines(key, text, { hasRun, report: reportOn(problems, path) })
}

function readLinks(context: ExperimentFolder, folder: string): Pick<Run, 'inputs' | 'outputs'> {
  const { problems } = context
  const datasets: DatasetInput[] = []
  const modelIds: string[] = []
  for (const id of listFolders(join(folder, 'inputs'))) {
    const meta = readMeta(join(folder, 'inputs', id), problems)
    if (meta === undefined) continue
    const source = meta.text('source_id')
    if (meta.text('source_type') === 'MODEL') {
      modelIds.push(source)
      continue
    }
    const dataset = readDataset(context, source)
    if (dataset !== undefined) datasets.push({ dataset, tags: meta.pairs('tags') })
  }
  const outputs = listFolders(join(folder, 'outputs')).flatMap((id): readonly ModelOutput[] => {
    const meta = readMeta(join(folder, 'outputs', id), problems)
    if (meta === undefined) return []
    return [{ modelId: meta.text('destination_id'), step: meta.integer('step') ?? 0 }]
  })
  return { inputs: { datasets, modelIds }, outputs }
}

function readDataset({ folder, problems }: ExperimentFolder, id: string): Dataset | undefined {
  if (/[/\\]|^\.*$/.test(id)) {
    reportOn(problems, folder)(`an input names the dataset '${id}'`)
    return undefined
  }
  const meta = readMeta(join(folder, 'datasets', id), problems)
  return (
    meta && {
      name: meta.text('name'),
      digest: meta.text('digest'),
      sourceType: meta.text('source_type'),
      source: meta.text('source'),
      schema: meta.text('schema') || undefined,
      profile: meta.text('profile') || undefined,
    }
  )
}

/** `undefined` when it is deleted. */
function readModel(context: ExperimentFolder, modelId: string): LoggedModel | undefined {
  const { experimentId, problems } = context
  const folder = join(context.folder, 'models', modelId)
  const meta = isFolder(folder) ? readMeta(folder, problems) : undefined
  if (meta === undefined || meta.text('lifecycle_stage') === 'deleted') return undefined
  const metrics = join(folder, 'metrics')
  return {
    modelId,
    experimentId,
    name: meta.text('name'),
    modelType: meta.text('model_type'),
    sourceRunId: meta.text('source_run_id'),
    artifactUri: meta.text('artifact_location'),
    status: parseModelStatus(meta, reportOn(problems, join(folder, 'meta.yaml'))),
    creationTime: meta.integer('creation_timestamp') ?? 0,
    lastUpdateTime: meta.integer('last_updated_timestamp') ?? 0,
    params: readPairs(join(folder, 'params'), problems),
    tags: readPairs(join(folder, 'tags'), problems),
    metrics: listKeys(metrics, problems).flatMap((key) =>
      readMetricFile(join(metrics, key), key, { hasRun: true, problems }),
    ),
  }
}
