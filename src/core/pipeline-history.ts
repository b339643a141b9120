/** The runs of a pipeline as history keeps them: what the engine writes, the server tells and the dashboard shows. */

/** What made a run begin. */
export type RunTrigger = 'manual' | 'watch' | 'cron' | 'monitor'

/** How a run stands; 'killed' when its process is gone and nobody said how it ended. */
export type PipelineRunOutcome = 'running' | 'succeeded' | 'failed' | 'interrupted' | 'killed'

/** What became of a stage in one run. Stages that had nothing to do are only counted. */
export type PipelineStageOutcome =
  | 'running'
  | 'ran'
  | 'restored'
  | 'saved'
  | 'failed'
  | 'skipped'
  | 'interrupted'
  | 'killed'

/** One run of a pipeline. */
export interface PipelineRun {
  /** Counts up in its repository. */
  readonly id: number
  readonly trigger: RunTrigger
  readonly outcome: PipelineRunOutcome
  /** Milliseconds since 1970. */
  readonly startTime: number
  /** `undefined` while it runs, and for ever when it was killed. */
  readonly endTime: number | undefined
  /** What it was asked for; none means all. */
  readonly targets: readonly string[]
  /** The folder it was started in, from the repository's root, with forward slashes; '.' for the root. */
  readonly folder: string
  /** The commit that was checked out. */
  readonly gitCommit: string | undefined
  /** Why it failed. */
  readonly message: string | undefined
  /** How many stages came to what; those that had nothing to do are 'unchanged'. */
  readonly counts: Readonly<Record<string, number>>
}

/** One stage in one run. */
export interface PipelineStageRun {
  /** As it was named in its run. */
  readonly stage: string
  readonly outcome: PipelineStageOutcome
  /** Milliseconds since 1970. */
  readonly startTime: number
  readonly endTime: number | undefined
  /** Why it was not up to date, in words. */
  readonly reasons: readonly string[]
  /** How often its command was started. */
  readonly attempts: number
  /** Of the command that failed. */
  readonly exitCode: number | undefined
  readonly message: string | undefined
  /** Where what it printed is kept, from the repository's root. The next run of the stage replaces it. */
  readonly logPath: string | undefined
}

/** A run with its stages in the order in which they began. */
export interface PipelineRunDetails extends PipelineRun {
  readonly stages: readonly PipelineStageRun[]
}

/** Reads history; the tracking server gets one, without knowing what stands behind it. */
export interface PipelineHistoryReader {
  /** The newest first. @param before - only runs with lower ids */
  listRuns(selection: {
    readonly limit: number
    readonly before?: number | undefined
  }): Promise<readonly PipelineRun[]>
  readRun(id: number): Promise<PipelineRunDetails | undefined>
}
