import type { Tracking } from '../core/tracking.ts'
import type { Project } from './definition/define-project.ts'
import type { Parameters } from './parameters/parameters.ts'
import type { RunOwner } from './run-owner.ts'

/** What every step works with; nothing comes from the environment. */
export interface StepContext {
  /** The project's folder. */
  readonly directory: string
  readonly project: Project
  readonly parameters: Parameters
  /** One line of progress. */
  readonly log: (line: string) => void
}

/** A step that leaves a trace with the tracker: the store of the folder, or a server. */
export interface TrackedContext extends StepContext, RunOwner {
  readonly tracking: Tracking
  /** Milliseconds since 1970. */
  readonly now: () => number
  readonly gitCommit: string | undefined
  /** Who runs the step: for the registry's log. */
  readonly userId: string
  /** SHA-256 of dvc.lock as it was when the step began: all that the model was made of. */
  readonly lockSha256: string | undefined
  /** The experiment of `mlpt exp run` that the step belongs to. */
  readonly experiment?: string | undefined
}
