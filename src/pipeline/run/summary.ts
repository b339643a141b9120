import type { Outcome } from './events.ts'
import type { Reason } from './plan.ts'

/** What became of one stage. */
export interface StageSummary {
  readonly name: string
  readonly outcome: Outcome
  readonly durationMs: number
  /** Why it was not up to date. */
  readonly reasons: readonly Reason[]
}

/** What became of a run. */
export interface RunSummary {
  /** In the order in which they would run one by one. */
  readonly stages: readonly StageSummary[]
  /** Whether there was nothing to do. */
  readonly isUpToDate: boolean
}

/** Puts the stages of a run together. */
export function summarise(stages: readonly StageSummary[]): RunSummary {
  return { stages, isUpToDate: stages.every((stage) => stage.outcome === 'unchanged') }
}
