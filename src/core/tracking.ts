/**
 * The tracking contract, in MLflow's terms: the embedded store, our server through the REST
 * client, and a real MLflow server through the same client all keep it. One suite of tests,
 * `tests/contracts/tracking`, runs against each of them.
 *
 * Times are milliseconds since 1970. Errors are `ToolkitError`s: `TRACKING_INVALID` for what
 * MLflow's rules forbid, `TRACKING_NOT_FOUND`, `TRACKING_EXISTS` for a name that is taken.
 */

/** In the order of their numbers, from 1. */
export const runStatuses = ['RUNNING', 'SCHEDULED', 'FINISHED', 'FAILED', 'KILLED'] as const
/** How a run stands, in MLflow's words. */
export type RunStatus = (typeof runStatuses)[number]

export type LifecycleStage = 'active' | 'deleted'

/** Keys and values. */
export type Pairs = Readonly<Record<string, string>>

/** One value of a metric at one step. */
export interface MetricPoint {
  readonly key: string
  /** May be NaN or infinite. */
  readonly value: number
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly step: number
  /** The logged model that was measured. */
  readonly modelId?: string | undefined
  /** The data it was measured on. */
  readonly datasetName?: string | undefined
  readonly datasetDigest?: string | undefined
  /** Who measured: of a logged model's metrics. */
  readonly runId?: string | undefined
}

/** One run with its params, tags and latest metrics. */
export interface Run {
  /** 32 hexadecimal digits. */
  readonly runId: string
  readonly runName: string
  readonly experimentId: string
  readonly userId: string
  readonly status: RunStatus
  /** Milliseconds since 1970. */
  readonly startTime: number
  readonly endTime: number | undefined
  readonly artifactUri: string
  readonly lifecycleStage: LifecycleStage
  readonly params: Pairs
  /** The latest point of each metric: by step, then time, then value. */
  readonly metrics: readonly MetricPoint[]
  readonly tags: Pairs
  readonly inputs: RunInputs
  readonly outputs: readonly ModelOutput[]
}

/** What a run read. */
export interface RunInputs {
  readonly datasets: readonly DatasetInput[]
  /** Logged models; not told by searches. */
  readonly modelIds: readonly string[]
}

/** Data that a run read; the same name and digest in one experiment are one dataset. */
export interface Dataset {
  readonly name: string
  readonly digest: string
  readonly sourceType: string
  readonly source: string
  readonly schema: string | undefined
  readonly profile: string | undefined
}

export interface DatasetInput {
  readonly dataset: Dataset
  /** `mlflow.data.context` says what for: 'training', 'evaluation', … */
  readonly tags: Pairs
}

/** A logged model that a run made. */
export interface ModelOutput {
  readonly modelId: string
  readonly step: number
}

/** A named group of runs. */
export interface Experiment {
  /** An integer as text. */
  readonly experimentId: string
  readonly name: string
  readonly artifactLocation: string
  readonly lifecycleStage: LifecycleStage
  readonly creationTime: number
  readonly lastUpdateTime: number
  readonly tags: Pairs
}

/** In the order of their numbers, from 1. */
export const loggedModelStatuses = [
  'LOGGED_MODEL_PENDING',
  'LOGGED_MODEL_READY',
  'LOGGED_MODEL_UPLOAD_FAILED',
] as const
export type LoggedModelStatus = (typeof loggedModelStatuses)[number]

/** A model that was made, whether registered or not (MLflow 3). */
export interface LoggedModel {
  /** 'm-' and 32 hexadecimal digits. */
  readonly modelId: string
  readonly experimentId: string
  readonly name: string
  readonly modelType: string
  readonly sourceRunId: string
  readonly artifactUri: string
  readonly status: LoggedModelStatus
  readonly creationTime: number
  readonly lastUpdateTime: number
  readonly params: Pairs
  readonly tags: Pairs
  readonly metrics: readonly MetricPoint[]
}

export const modelStages = ['None', 'Staging', 'Production', 'Archived'] as const
/** The stages of MLflow before it had aliases. */
export type ModelStage = (typeof modelStages)[number]

/** One version of a registered model. */
export interface ModelVersion {
  readonly name: string
  /** '1', '2', … per model; never reused. */
  readonly version: string
  readonly runId: string | undefined
  /** The logged model that this is. */
  readonly modelId: string | undefined
  /** Where the model folder lies, for example `mlflow-artifacts:/1/<run>/artifacts/model` or `models:/m-…`. */
  readonly source: string
  readonly runLink: string
  readonly userId: string
  readonly stage: ModelStage
  readonly description: string
  readonly creationTimestamp: number
  readonly lastUpdatedTimestamp: number
  /** In no search of a real MLflow server. */
  readonly aliases: readonly string[]
  readonly tags: Pairs
}

/** A model of the registry. */
export interface RegisteredModel {
  readonly name: string
  readonly creationTimestamp: number
  readonly lastUpdatedTimestamp: number
  readonly description: string
  /** Alias to version. */
  readonly aliases: Pairs
  readonly tags: Pairs
  /** The newest version of each stage that has one. */
  readonly latestVersions: readonly ModelVersion[]
}

/** In the order of their numbers, from 1. */
export const viewTypes = ['ACTIVE_ONLY', 'DELETED_ONLY', 'ALL'] as const
/** Which lifecycle stages a search looks at. */
export type ViewType = (typeof viewTypes)[number]

/** A search in MLflow's grammar (docs/searching.md). */
export interface Search {
  /** All when it is empty. */
  readonly filter?: string
  /** `field [ASC|DESC]`; each kind of thing has its own order by default. */
  readonly orderBy?: readonly string[]
  /** At least 1. */
  readonly maxResults: number
  /** Of the page before. */
  readonly pageToken?: string | undefined
}

/** One page of a list. */
export interface Page<T> {
  readonly items: readonly T[]
  /** Asks for what follows; `undefined` on the last page. */
  readonly nextPageToken: string | undefined
}

export interface RunSearch extends Search {
  /** None of them: nothing is found. */
  readonly experimentIds: readonly string[]
  /** ACTIVE_ONLY by default. */
  readonly viewType?: ViewType
}

export interface ExperimentSearch extends Search {
  /** ACTIVE_ONLY by default. */
  readonly viewType?: ViewType
}

export interface LoggedModelSearch {
  readonly experimentIds: readonly string[]
  readonly filter?: string
  readonly orderBy?: readonly LoggedModelOrder[]
  /** Which metric rows count in filter and order. */
  readonly datasets?: readonly { readonly name: string; readonly digest?: string | undefined }[]
  readonly maxResults: number
  readonly pageToken?: string | undefined
}

export interface LoggedModelOrder {
  readonly field: string
  readonly isAscending: boolean
  readonly datasetName?: string | undefined
  readonly datasetDigest?: string | undefined
}

/** Experiments by id, name and filter. */
export interface ExperimentTracking {
  /** @returns its id. @throws `TRACKING_EXISTS`, also for the name of a deleted one. */
  createExperiment(experiment: {
    readonly name: string
    /** `mlflow-artifacts:/<id>` by default. A foreign one is kept and handed back, never opened. */
    readonly artifactLocation?: string | undefined
    readonly tags?: Pairs
  }): Promise<string>
  /** Deleted ones too. @throws `TRACKING_NOT_FOUND`, or `TRACKING_INVALID` when the id is no integer. */
  getExperiment(experimentId: string): Promise<Experiment>
  findExperimentByName(name: string): Promise<Experiment | undefined>
  searchExperiments(search: ExperimentSearch): Promise<Page<Experiment>>
  renameExperiment(experimentId: string, newName: string): Promise<void>
  /** With all its runs. */
  deleteExperiment(experimentId: string): Promise<void>
  restoreExperiment(experimentId: string): Promise<void>
  setExperimentTag(experimentId: string, key: string, value: string): Promise<void>
  deleteExperimentTag(experimentId: string, key: string): Promise<void>
}

/** What a run starts with, in an experiment by its name. */
export interface NewRun {
  /** Created when it does not exist. */
  readonly experimentName: string
  readonly runName: string
  readonly startTime: number
  readonly tags: Pairs
}

/** Metrics, params and tags in one transaction. */
export interface Batch {
  /** At most 1,000; all three together too. */
  readonly metrics?: readonly MetricPoint[]
  /** At most 100. */
  readonly params?: Pairs
  /** At most 100. */
  readonly tags?: Pairs
}

/** Runs and what is logged to them. */
export interface RunTracking {
  createRun(run: {
    readonly experimentId: string
    /** Made up when absent. */
    readonly runName?: string | undefined
    readonly userId?: string | undefined
    readonly startTime: number
    readonly tags?: Pairs
  }): Promise<Run>
  /** Opens a run with status RUNNING and returns its id. */
  startRun(run: NewRun): Promise<string>
  updateRun(
    runId: string,
    change: {
      readonly status?: RunStatus | undefined
      readonly endTime?: number | undefined
      readonly runName?: string | undefined
    },
  ): Promise<Run>
  endRun(runId: string, status: RunStatus, endTime: number): Promise<void>
  deleteRun(runId: string): Promise<void>
  restoreRun(runId: string): Promise<void>
  /** Write-once: the same value again is fine. @throws `TRACKING_INVALID` when a value differs. */
  logParams(runId: string, params: Pairs): Promise<void>
  /** Logging the same point twice is the same as once. */
  logMetrics(runId: string, metrics: readonly MetricPoint[]): Promise<void>
  setTags(runId: string, tags: Pairs): Promise<void>
  deleteTag(runId: string, key: string): Promise<void>
  logBatch(runId: string, batch: Batch): Promise<void>
  logInputs(runId: string, inputs: RunInputs): Promise<void>
  logOutputs(runId: string, outputs: readonly ModelOutput[]): Promise<void>
  /** @throws `TRACKING_NOT_FOUND` */
  getRun(runId: string): Promise<Run>
  searchRuns(search: RunSearch): Promise<Page<Run>>
  /** Active runs of the experiment that carry all the given tags, newest first; none when there is no such experiment. */
  findRuns(experimentName: string, tags: Pairs): Promise<readonly Run[]>
  /** By time, step and value; none when run or key is unknown. */
  readMetricHistory(history: {
    readonly runId: string
    readonly key: string
    readonly maxResults: number
    readonly pageToken?: string | undefined
  }): Promise<Page<MetricPoint>>
}

export interface ArtifactInfo {
  /** Relative to the root of the run or logged model, with forward slashes. */
  readonly path: string
  readonly isFolder: boolean
  /** 0 for a folder. */
  readonly sizeBytes: number
}

/** What the artifacts belong to. */
export type ArtifactOwner = { readonly runId: string } | { readonly modelId: string }

/** Files of runs and logged models. Paths are relative, with forward slashes; '' is the root. */
export interface ArtifactTracking {
  /** Stores files below `artifactPath`; keys are relative paths. Each file is whole or absent. */
  logArtifacts(
    runId: string,
    artifactPath: string,
    files: ReadonlyMap<string, Uint8Array>,
  ): Promise<void>
  /** All files below `artifactPath`, by relative path. @throws `TRACKING_NOT_FOUND` */
  readArtifacts(runId: string, artifactPath: string): Promise<ReadonlyMap<string, Uint8Array>>
  /** Directly below a folder, by name; none when there is no such folder. */
  listArtifacts(owner: ArtifactOwner, path: string): Promise<readonly ArtifactInfo[]>
  /** @throws `TRACKING_NOT_FOUND`, or `TRACKING_INVALID` when the path is a folder's. */
  openArtifact(owner: ArtifactOwner, path: string): Promise<ArtifactStream>
  /**
   * Whole or not at all; replaces a file.
   *
   * @param sizeBytes - of a stream, when it is known: a large one then goes to a server in parts
   */
  writeArtifact(
    owner: ArtifactOwner,
    path: string,
    content: Uint8Array | AsyncIterable<Uint8Array>,
    sizeBytes?: number,
  ): Promise<void>
}

export interface ArtifactStream {
  /** `undefined` when a server does not say. */
  readonly sizeBytes: number | undefined
  /** Whoever takes it must read or destroy it. */
  readonly content: ByteStream
}

/** Bytes as they come. */
export interface ByteStream extends AsyncIterable<Uint8Array> {
  destroy(): unknown
}

/** What a logged model is made with. */
export interface LoggedModelDescription {
  readonly experimentId: string
  /** Made up when absent. */
  readonly name?: string | undefined
  readonly modelType?: string | undefined
  readonly sourceRunId?: string | undefined
  readonly params?: Pairs
  readonly tags?: Pairs
}

/** Models as they are made (MLflow 3). */
export interface LoggedModelTracking {
  /** With status LOGGED_MODEL_PENDING. */
  createLoggedModel(model: LoggedModelDescription): Promise<LoggedModel>
  finishLoggedModel(modelId: string, status: LoggedModelStatus): Promise<LoggedModel>
  /** @throws `TRACKING_NOT_FOUND`, also for a deleted one. */
  getLoggedModel(modelId: string): Promise<LoggedModel>
  deleteLoggedModel(modelId: string): Promise<void>
  searchLoggedModels(search: LoggedModelSearch): Promise<Page<LoggedModel>>
  setLoggedModelTags(modelId: string, tags: Pairs): Promise<void>
  deleteLoggedModelTag(modelId: string, key: string): Promise<void>
  /** Write-once. */
  logLoggedModelParams(modelId: string, params: Pairs): Promise<void>
}

/** What a version is registered with by a run's artifact path. */
export interface NewModelVersion {
  /** The registered model; created when it does not exist. */
  readonly name: string
  readonly runId: string
  /** Folder below the run's artifact root, for example 'model'. */
  readonly artifactPath: string
  readonly description: string
  readonly tags: Pairs
  /** Aliases that move to the new version; in the same transaction where the store can. */
  readonly aliases: readonly string[]
  /** Why, for the audit log. */
  readonly reason: string
  /** Who, for the audit log. */
  readonly userId?: string | undefined
  /** Milliseconds since 1970. */
  readonly timestamp: number
}

/** Why something in the registry changes, for the audit log, and when. */
export interface RegistryChange {
  readonly reason?: string | undefined
  readonly timestamp: number
  /** Who. */
  readonly userId?: string | undefined
}

/** What a version is registered with from any source that the rules allow. */
export interface VersionRegistration {
  readonly name: string
  readonly source: string
  readonly runId?: string | undefined
  readonly modelId?: string | undefined
  readonly runLink?: string | undefined
  readonly description?: string | undefined
  readonly tags?: Pairs
}

/** Registered models, without their versions. */
export interface RegisteredModels {
  /** @throws `TRACKING_EXISTS` */
  createRegisteredModel(
    model: { readonly name: string; readonly description?: string; readonly tags?: Pairs },
    change: RegistryChange,
  ): Promise<RegisteredModel>
  /** @throws `TRACKING_NOT_FOUND` */
  getRegisteredModel(name: string): Promise<RegisteredModel>
  renameRegisteredModel(name: string, newName: string, change: RegistryChange): Promise<void>
  updateRegisteredModel(name: string, description: string, change: RegistryChange): Promise<void>
  /** With all its versions. */
  deleteRegisteredModel(name: string, change: RegistryChange): Promise<void>
  setRegisteredModelTag(name: string, key: string, value: string): Promise<void>
  deleteRegisteredModelTag(name: string, key: string): Promise<void>
  searchRegisteredModels(search: Search): Promise<Page<RegisteredModel>>
}

/** Versions of registered models and their stages. */
export interface ModelVersions {
  /** A version of an existing model from any source that the rules allow. */
  registerModelVersion(version: VersionRegistration, change: RegistryChange): Promise<ModelVersion>
  /** The model too when it does not exist; version, tags, aliases and audit entry at once. */
  createModelVersion(version: NewModelVersion): Promise<ModelVersion>
  updateModelVersion(
    name: string,
    version: string,
    description: string,
    change: RegistryChange,
  ): Promise<ModelVersion>
  transitionStage(
    name: string,
    version: string,
    stage: ModelStage,
    change: RegistryChange & { readonly archivesOthers: boolean },
  ): Promise<ModelVersion>
  deleteModelVersion(name: string, version: string, change: RegistryChange): Promise<void>
  setModelVersionTag(name: string, version: string, key: string, value: string): Promise<void>
  deleteModelVersionTag(name: string, version: string, key: string): Promise<void>
  /** Without aliases where a server tells them: MLflow's has none in this list. */
  searchModelVersions(search: Search): Promise<Page<ModelVersion>>
  /** `undefined` when there is no such model, version or alias. `selector` is a version ('3') or an alias ('champion'). */
  findModelVersion(name: string, selector: string): Promise<ModelVersion | undefined>
  /** All versions, newest first; none when there is no such model. */
  listModelVersions(name: string): Promise<readonly ModelVersion[]>
}

/** Names for versions, which move. */
export interface ModelAliases {
  /** Moves an alias to an existing version. @throws `TRACKING_NOT_FOUND` */
  setModelAlias(
    name: string,
    alias: string,
    change: { readonly version: string } & RegistryChange,
  ): Promise<void>
  /** With `from`, only while it stands at that version: looked at in one transaction, but for MLflow's own server. */
  deleteModelAlias(
    name: string,
    alias: string,
    change: { readonly from?: string } & RegistryChange,
  ): Promise<void>
}

export interface ModelRegistry extends RegisteredModels, ModelVersions, ModelAliases {}

/** A tracker: experiments, runs, artifacts, models and the registry. */
export interface Tracking
  extends
    ExperimentTracking,
    RunTracking,
    ArtifactTracking,
    LoggedModelTracking,
    ModelRegistry,
    AsyncDisposable {}
