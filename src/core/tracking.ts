/**
 * The tracking contract: what training, evaluation and promotion need of a
 * tracker, in MLflow's terms. The embedded store implements it; a REST client can.
 */

/** How a run stands, in MLflow's words. */
export type RunStatus = 'RUNNING' | 'FINISHED' | 'FAILED' | 'KILLED'

/** One value of a metric at one step. */
export interface MetricPoint {
  readonly key: string
  /** May be NaN or infinite. */
  readonly value: number
  /** Milliseconds since 1970. */
  readonly timestamp: number
  readonly step: number
}

/** One run with its params, tags and latest metrics. */
export interface Run {
  /** 32 hexadecimal digits. */
  readonly runId: string
  readonly runName: string
  readonly experimentId: string
  readonly status: RunStatus
  /** Milliseconds since 1970. */
  readonly startTime: number
  readonly endTime: number | undefined
  readonly artifactUri: string
  readonly lifecycleStage: 'active' | 'deleted'
  readonly params: Readonly<Record<string, string>>
  /** The latest point of each metric. */
  readonly metrics: readonly MetricPoint[]
  readonly tags: Readonly<Record<string, string>>
}

/** A named group of runs. */
export interface Experiment {
  readonly experimentId: string
  readonly name: string
  readonly artifactLocation: string
  readonly lifecycleStage: 'active' | 'deleted'
  readonly creationTime: number
  readonly lastUpdateTime: number
  readonly tags: Readonly<Record<string, string>>
}

/** One version of a registered model. */
export interface ModelVersion {
  readonly name: string
  /** '1', '2', … per model; never reused. */
  readonly version: string
  readonly runId: string | undefined
  /** Where the model folder lies, for example `mlflow-artifacts:/1/<run>/artifacts/model`. */
  readonly source: string
  readonly description: string
  readonly creationTimestamp: number
  readonly lastUpdatedTimestamp: number
  readonly aliases: readonly string[]
  readonly tags: Readonly<Record<string, string>>
}

/** A model of the registry, without its versions. */
export interface RegisteredModel {
  readonly name: string
  readonly creationTimestamp: number
  readonly lastUpdatedTimestamp: number
  readonly description: string
  /** Alias to version. */
  readonly aliases: Readonly<Record<string, string>>
}

/** What a run starts with. */
export interface NewRun {
  /** Created when it does not exist. */
  readonly experimentName: string
  readonly runName: string
  readonly startTime: number
  readonly tags: Readonly<Record<string, string>>
}

/** What a version is registered with. */
export interface NewModelVersion {
  /** The registered model; created when it does not exist. */
  readonly name: string
  readonly runId: string
  /** Folder below the run's artifact root, for example 'model'. */
  readonly artifactPath: string
  readonly description: string
  readonly tags: Readonly<Record<string, string>>
  /** Aliases that move to the new version in the same transaction. */
  readonly aliases: readonly string[]
  /** Why, for the audit log. */
  readonly reason: string
  /** Milliseconds since 1970. */
  readonly timestamp: number
}

/** A tracker: runs, artifacts and the model registry. */
export interface Tracking extends AsyncDisposable {
  /** Opens a run with status RUNNING and returns its id. */
  startRun(run: NewRun): Promise<string>
  /** Write-once: the same value again is fine. @throws `TRACKING_INVALID` when a value differs. */
  logParams(runId: string, params: Readonly<Record<string, string>>): Promise<void>
  /** Logging the same point twice is the same as once. */
  logMetrics(runId: string, metrics: readonly MetricPoint[]): Promise<void>
  setTags(runId: string, tags: Readonly<Record<string, string>>): Promise<void>
  /** Stores files below `artifactPath`; keys are relative paths with forward slashes. Each file is whole or absent. */
  logArtifacts(
    runId: string,
    artifactPath: string,
    files: ReadonlyMap<string, Uint8Array>,
  ): Promise<void>
  endRun(runId: string, status: RunStatus, endTime: number): Promise<void>
  /** @throws `TRACKING_NOT_FOUND` */
  getRun(runId: string): Promise<Run>
  /** Active runs of the experiment that carry all the given tags, newest first; none when there is no such experiment. */
  findRuns(experimentName: string, tags: Readonly<Record<string, string>>): Promise<readonly Run[]>
  /** All files below `artifactPath`, by relative path. @throws `TRACKING_NOT_FOUND` */
  readArtifacts(runId: string, artifactPath: string): Promise<ReadonlyMap<string, Uint8Array>>
  /** Version, tags, aliases and audit entry in one transaction. */
  createModelVersion(version: NewModelVersion): Promise<ModelVersion>
  /** Moves an alias to an existing version. @throws `TRACKING_NOT_FOUND` */
  setModelAlias(
    name: string,
    alias: string,
    change: { readonly version: string; readonly reason: string; readonly timestamp: number },
  ): Promise<void>
  /** `undefined` when there is no such model, version or alias. `selector` is a version ('3') or an alias ('champion'). */
  findModelVersion(name: string, selector: string): Promise<ModelVersion | undefined>
  /** All versions, newest first; none when there is no such model. */
  listModelVersions(name: string): Promise<readonly ModelVersion[]>
}
