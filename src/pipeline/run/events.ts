import type { Reason } from './plan.ts'

/** What became of a stage; the `would-…` are answers of a dry run. */
export type Outcome =
  | 'ran'
  | 'restored'
  | 'saved'
  | 'unchanged'
  | 'failed'
  | 'skipped'
  | 'would-run'
  | 'would-restore'
  | 'would-save'

/** What happens during a run, for whoever shows it. */
export type PipelineEvent =
  | {
      /** Another run holds the lock; unknown is whose it is for the first moment. */
      readonly kind: 'waiting'
      readonly processId: number | undefined
      /** Milliseconds since 1970. */
      readonly since: number | undefined
    }
  /** What this run looks at, in order. */
  | { readonly kind: 'run-started'; readonly stages: readonly string[] }
  /** An earlier run was killed while this stage ran; its outputs are back as they were. */
  | { readonly kind: 'recovered'; readonly stage: string }
  | { readonly kind: 'stage-started'; readonly stage: string; readonly reasons: readonly Reason[] }
  | { readonly kind: 'command-started'; readonly stage: string; readonly command: string }
  | {
      readonly kind: 'stage-output'
      readonly stage: string
      readonly stream: 'stdout' | 'stderr'
      /** A piece of text, not always whole lines. */
      readonly text: string
    }
  | {
      /** An attempt failed and another one follows. */
      readonly kind: 'stage-retried'
      readonly stage: string
      /** The one that failed, from 1. */
      readonly attempt: number
      /** Until the next one. */
      readonly delayMs: number
      readonly message: string
    }
  | {
      readonly kind: 'stage-finished'
      readonly stage: string
      readonly outcome: Outcome
      readonly durationMs: number
      readonly reasons: readonly Reason[]
      readonly attempts: number
    }
  | {
      readonly kind: 'stage-failed'
      readonly stage: string
      readonly durationMs: number
      readonly error: unknown
    }
  /** Something that does not stop the run. */
  | { readonly kind: 'warning'; readonly message: string }
  /** It did not run, because a stage that it reads from failed. */
  | { readonly kind: 'stage-skipped'; readonly stage: string; readonly failed: string }
