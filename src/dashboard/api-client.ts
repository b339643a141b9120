/** Asks the tracking server, by MLflow's REST API, and reads its messages into our values. */

import type { MonitoredModel } from '../core/monitored-window.ts'
import type { PipelineRun, PipelineRunDetails } from '../core/pipeline-history.ts'
import type {
  Experiment,
  MetricPoint,
  ModelStage,
  ModelVersion,
  RegisteredModel,
  Run,
  RunStatus,
} from '../core/tracking.ts'

/** Shown at most; the page says so when there are more. */
export const maxRuns = 1000
export const maxVersions = 1000

export interface Found<T> {
  readonly items: readonly T[]
  readonly hasMore: boolean
}

export interface AuditEntry {
  readonly timestamp: number
  readonly action: string
  /** Empty when nobody said. */
  readonly userId: string
  readonly alias: string | undefined
  readonly fromVersion: string | undefined
  readonly toVersion: string | undefined
  readonly reason: string
  readonly details: Readonly<Record<string, string>>
}

export interface ArtifactFile {
  /** Relative to the run's artifact root. */
  readonly path: string
  readonly isFolder: boolean
  readonly sizeBytes: number
}

export async function searchExperiments(): Promise<Found<Experiment>> {
  const message = await ask<{ experiments?: ExperimentMessage[]; next_page_token?: string }>(
    'experiments/search?max_results=1000',
  )
  return found(message.experiments?.map(readExperiment), message.next_page_token)
}

export async function getExperiment(experimentId: string): Promise<Experiment> {
  const query = new URLSearchParams({ experiment_id: experimentId })
  const message = await ask<{ experiment: ExperimentMessage }>(`experiments/get?${query}`)
  return readExperiment(message.experiment)
}

/** The newest runs first. */
export async function searchRuns(experimentId: string): Promise<Found<Run>> {
  const message = await ask<{ runs?: RunMessage[]; next_page_token?: string }>('runs/search', {
    experiment_ids: [experimentId],
    max_results: maxRuns,
  })
  return found(message.runs?.map(readRun), message.next_page_token)
}

export async function getRun(runId: string): Promise<Run> {
  const query = new URLSearchParams({ run_id: runId })
  return readRun((await ask<{ run: RunMessage }>(`runs/get?${query}`)).run)
}

export async function readMetricHistory(
  runId: string,
  key: string,
): Promise<readonly MetricPoint[]> {
  const query = new URLSearchParams({ run_id: runId, metric_key: key, max_results: '10000' })
  const message = await ask<{ metrics?: MetricMessage[] }>(`metrics/get-history?${query}`)
  return (message.metrics ?? []).map(readMetric)
}

export async function listArtifacts(runId: string, path: string): Promise<readonly ArtifactFile[]> {
  const query = new URLSearchParams({ run_id: runId, path })
  const message = await ask<{ files?: FileMessage[] }>(`artifacts/list?${query}`)
  return (message.files ?? []).map((file) => ({
    path: file.path,
    isFolder: file.is_dir === true,
    sizeBytes: file.file_size ?? 0,
  }))
}

/** Where a run's artifact can be fetched; `undefined` when it does not lie with this server. */
export function artifactAddress(run: Run, path: string): string | undefined {
  const root = /^mlflow-artifacts:\/+(.+)$/.exec(run.artifactUri)?.[1]
  if (root === undefined) return undefined
  const parts = `${root}/${path}`.split('/').map(encodeURIComponent)
  return `./ajax-api/2.0/mlflow-artifacts/artifacts/${parts.join('/')}`
}

/** A curve of a run, `{"points": [[x, y], …]}`; `undefined` when the run has none. */
export async function readCurve(
  run: Run,
  path: string,
): Promise<readonly (readonly [number, number])[] | undefined> {
  const address = artifactAddress(run, path)
  const folder = path.slice(0, path.lastIndexOf('/'))
  const files = await listArtifacts(run.runId, folder)
  if (address === undefined || !files.some((file) => file.path === path)) return undefined
  const response = await fetch(address)
  if (!response.ok) throw await toError(response)
  const content: { points?: unknown } | null = await response.json()
  const points = content?.points
  if (Array.isArray(points) && points.every(isPoint)) return points
  throw new Error(`${path} of run '${run.runName}' is not {"points": [[x, y], …]}`)
}

export async function searchModels(): Promise<Found<RegisteredModel>> {
  const message = await ask<{ registered_models?: ModelMessage[]; next_page_token?: string }>(
    'registered-models/search?max_results=1000',
  )
  return found(message.registered_models?.map(readModel), message.next_page_token)
}

/** The versions of a model, newest first. */
export async function searchVersions(name: string): Promise<Found<ModelVersion>> {
  const query = new URLSearchParams({
    // The filter has no escape for quotes: a name with one kind stands in the other.
    filter: name.includes(`'`) ? `name = "${name}"` : `name = '${name}'`,
    order_by: 'version_number DESC',
    max_results: String(maxVersions),
  })
  const message = await ask<{ model_versions?: VersionMessage[]; next_page_token?: string }>(
    `model-versions/search?${query}`,
  )
  const versions = (message.model_versions ?? []).map(readVersion)
  // What a list does not tell, the model does.
  const { aliases } = versions.length === 0 ? { aliases: {} } : await getModel(name)
  return found(
    versions.map((version) => withAliases(version, aliases)),
    message.next_page_token,
  )
}

function withAliases(version: ModelVersion, aliases: RegisteredModel['aliases']): ModelVersion {
  const own = Object.keys(aliases).filter((alias) => aliases[alias] === version.version)
  return { ...version, aliases: own }
}

async function getModel(name: string): Promise<RegisteredModel> {
  const query = new URLSearchParams({ name })
  const path = `registered-models/get?${query}`
  return readModel((await ask<{ registered_model: ModelMessage }>(path)).registered_model)
}

/** Why versions came and aliases moved, oldest first; none where the server keeps no such log. */
export async function readAudit(name: string): Promise<readonly AuditEntry[]> {
  const query = new URLSearchParams({ name })
  const message = await ask<{ entries?: AuditMessage[] }>(`registered-models/audit?${query}`)
  return (message.entries ?? []).map((entry) => ({
    timestamp: entry.timestamp,
    action: entry.action,
    alias: entry.alias,
    fromVersion: entry.from_version,
    toVersion: entry.to_version,
    reason: entry.reason,
    userId: entry.user_id ?? '',
    details: entry.details ?? {},
  }))
}

/** The newest runs of the pipeline; `before` goes on behind a run that is known. */
export async function searchPipelineRuns(before?: number): Promise<Found<PipelineRun>> {
  const query = before === undefined ? '' : `?before=${before}`
  const message = await askOwn<{ runs: PipelineRun[]; hasMore: boolean }>(`pipeline/runs${query}`)
  return { items: message.runs, hasMore: message.hasMore }
}

export async function getPipelineRun(id: number): Promise<PipelineRunDetails> {
  return (await askOwn<{ run: PipelineRunDetails }>(`pipeline/runs/${id}`)).run
}

/** The models whose prediction log somebody watches. */
export async function listMonitored(): Promise<readonly string[]> {
  return (await askOwn<{ models: readonly string[] }>('monitoring/models')).models
}

/** What is known of one of them; of its windows the newest, or those before the one with this key. */
export async function getMonitored(model: string, before?: string): Promise<MonitoredModel> {
  const query = before === undefined ? '' : `?${new URLSearchParams({ before })}`
  return askOwn<MonitoredModel>(`monitoring/models/${encodeURIComponent(model)}${query}`)
}

async function askOwn<T>(path: string): Promise<T> {
  const response = await fetch(`./api/${path}`)
  if (!response.ok) throw await toError(response)
  return response.json()
}

async function ask<T>(path: string, body?: object): Promise<T> {
  const headers = { 'content-type': 'application/json' }
  const request =
    body === undefined ? undefined : { method: 'POST', headers, body: JSON.stringify(body) }
  const response = await fetch(`./ajax-api/2.0/mlflow/${path}`, request)
  if (!response.ok) throw await toError(response)
  return response.json()
}

async function toError(response: Response): Promise<Error> {
  const text = await response.text()
  try {
    const message: { message?: unknown } = JSON.parse(text)
    return new Error(`${String(message.message)} (${response.status})`)
  } catch (error) {
    return new Error(`the server answered ${response.status}`, { cause: error })
  }
}

function found<T>(items: readonly T[] | undefined, token: string | undefined): Found<T> {
  return { items: items ?? [], hasMore: token !== undefined && token !== '' }
}

interface PairMessage {
  readonly key: string
  readonly value?: string
}

interface ExperimentMessage {
  readonly experiment_id: string
  readonly name: string
  readonly artifact_location?: string
  readonly lifecycle_stage?: string
  readonly creation_time?: number
  readonly last_update_time?: number
  readonly tags?: readonly PairMessage[]
}

interface MetricMessage {
  readonly key: string
  /** 'NaN' and the infinities are texts. */
  readonly value: number | string
  readonly timestamp: number
  readonly step?: number
}

interface RunMessage {
  readonly info: {
    readonly run_id: string
    readonly run_name?: string
    readonly experiment_id: string
    readonly user_id?: string
    readonly status: RunStatus
    readonly start_time?: number
    readonly end_time?: number
    readonly artifact_uri?: string
    readonly lifecycle_stage?: string
  }
  readonly data?: {
    readonly metrics?: readonly MetricMessage[]
    readonly params?: readonly PairMessage[]
    readonly tags?: readonly PairMessage[]
  }
}

interface FileMessage {
  readonly path: string
  readonly is_dir?: boolean
  readonly file_size?: number
}

interface ModelMessage {
  readonly name: string
  readonly creation_timestamp?: number
  readonly last_updated_timestamp?: number
  readonly description?: string
  readonly aliases?: readonly { readonly alias: string; readonly version: string }[]
  readonly tags?: readonly PairMessage[]
  readonly latest_versions?: readonly VersionMessage[]
}

interface VersionMessage {
  readonly name: string
  readonly version: string
  readonly run_id?: string
  readonly model_id?: string
  readonly run_link?: string
  readonly user_id?: string
  readonly current_stage?: ModelStage
  readonly source?: string
  readonly description?: string
  readonly creation_timestamp?: number
  readonly last_updated_timestamp?: number
  readonly aliases?: readonly string[]
  readonly tags?: readonly PairMessage[]
}

interface AuditMessage {
  readonly timestamp: number
  readonly action: string
  readonly alias?: string
  readonly from_version?: string
  readonly to_version?: string
  readonly user_id?: string
  readonly reason: string
  readonly details?: Readonly<Record<string, string>>
}

function readExperiment(message: ExperimentMessage): Experiment {
  return {
    experimentId: message.experiment_id,
    name: message.name,
    artifactLocation: message.artifact_location ?? '',
    lifecycleStage: readStage(message.lifecycle_stage),
    creationTime: message.creation_time ?? 0,
    lastUpdateTime: message.last_update_time ?? 0,
    tags: readPairs(message.tags),
  }
}

function readRun({ info, data }: RunMessage): Run {
  return {
    runId: info.run_id,
    runName: info.run_name ?? info.run_id,
    experimentId: info.experiment_id,
    userId: info.user_id ?? '',
    status: info.status,
    startTime: info.start_time ?? 0,
    endTime: info.end_time,
    artifactUri: info.artifact_uri ?? '',
    lifecycleStage: readStage(info.lifecycle_stage),
    params: readPairs(data?.params),
    metrics: (data?.metrics ?? []).map(readMetric),
    tags: readPairs(data?.tags),
    // The page does not show them.
    inputs: { datasets: [], modelIds: [] },
    outputs: [],
  }
}

function readMetric({ key, value, timestamp, step }: MetricMessage): MetricPoint {
  return { key, value: Number(value), timestamp, step: step ?? 0 }
}

function readModel(message: ModelMessage): RegisteredModel {
  return {
    name: message.name,
    creationTimestamp: message.creation_timestamp ?? 0,
    lastUpdatedTimestamp: message.last_updated_timestamp ?? 0,
    description: message.description ?? '',
    aliases: Object.fromEntries(
      (message.aliases ?? []).map(({ alias, version }) => [alias, version]),
    ),
    tags: readPairs(message.tags),
    latestVersions: (message.latest_versions ?? []).map(readVersion),
  }
}

function readVersion(message: VersionMessage): ModelVersion {
  return {
    name: message.name,
    version: message.version,
    runId: message.run_id || undefined,
    modelId: message.model_id,
    runLink: message.run_link ?? '',
    userId: message.user_id ?? '',
    stage: message.current_stage ?? 'None',
    source: message.source ?? '',
    description: message.description ?? '',
    creationTimestamp: message.creation_timestamp ?? 0,
    lastUpdatedTimestamp: message.last_updated_timestamp ?? 0,
    aliases: message.aliases ?? [],
    tags: readPairs(message.tags),
  }
}

function readPairs(pairs: readonly PairMessage[] | undefined): Readonly<Record<string, string>> {
  return Object.fromEntries((pairs ?? []).map(({ key, value }) => [key, value ?? '']))
}

function readStage(stage: string | undefined): 'active' | 'deleted' {
  return stage === 'deleted' ? 'deleted' : 'active'
}

function isPoint(value: unknown): value is readonly [number, number] {
  return Array.isArray(value) && value.length === 2 && value.every((part) => Number.isFinite(part))
}
