import type { PipelineEvent } from './events.ts'
import type { Reason } from './plan.ts'

/** The object of an output that the cache cannot give. */
export interface LostObject {
  /** Absolute place of the output. */
  readonly location: string
  readonly md5: string
  readonly isLegacy: boolean
  /** The remote that keeps it, when it is not the default one. */
  readonly remote: string | undefined
}

/** How `runPipeline` runs. */
export interface RunOptions {
  /** The folder to work in; a `dvc.yaml` lies in it unless targets name another. */
  readonly directory: string
  /** Stages, or `foreach` and `matrix` groups, to bring up to date with all they need; none means all of the folder's `dvc.yaml`. */
  readonly targets?: readonly string[]
  /** All stages of the repository, whatever the folder. */
  readonly all?: boolean
  /** Only the targets, not what they read from. */
  readonly singleItem?: boolean
  /** The targets and what reads from them. */
  readonly downstream?: boolean
  /** All that hangs together with the targets, whatever reads from whom. */
  readonly pipeline?: boolean
  /** Takes a folder among the targets for the stages of all files below it. */
  readonly recursive?: boolean
  /** Takes the names of stages in targets for shell patterns. */
  readonly glob?: boolean
  /** Leaves stages alone that are out of date only because data is missing. */
  readonly allowMissing?: boolean
  /** Records what stages make, and leaves the copies in the cache to `commitData`. */
  readonly noCommit?: boolean
  /** Runs every stage, whatever its state. */
  readonly force?: boolean
  /** Runs also what reads from a stage that was out of date, whatever came of that. */
  readonly forceDownstream?: boolean
  /** Goes on with stages that do not need one that failed. */
  readonly keepGoing?: boolean
  /** Goes on with all stages after a failure, also with those that read from one that failed. */
  readonly ignoreErrors?: boolean
  /** Lets `confirm` be asked, one stage after the other; so do the settings with `core.interactive`. */
  readonly interactive?: boolean
  /** Asked about each stage before anything is done with it; false lets it fail with `INTERRUPTED`. */
  readonly confirm?: (stage: string, reasons: readonly Reason[]) => Promise<boolean>
  /** Does not let the run cache answer instead of a command. */
  readonly noRunCache?: boolean
  /** How many stages may run at the same time; 1 unless it is said. */
  readonly jobs?: number
  /** Only says what would happen; writes nothing. */
  readonly dryRun?: boolean
  /** Called once before the first stage begins, when there is anything to do; throwing ends the run. */
  readonly beforeRun?: () => Promise<void>
  /** Brings an object into the cache that was found to be damaged or gone; false when it cannot be had. */
  readonly refetch?: (object: LostObject) => Promise<boolean>
  /** Aborting ends the running stages, puts their outputs back and throws `INTERRUPTED`. */
  readonly signal?: AbortSignal
  /** How long to wait for another run of this pipeline; 0, the default, refuses at once. */
  readonly waitMs?: number
  /** The environment of the commands; `DVC_ROOT` and `DVC_STAGE` are added, and `node_modules/.bin` to its PATH. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly report?: (event: PipelineEvent) => void
  /** Milliseconds since 1970. */
  readonly clock: () => number
}
