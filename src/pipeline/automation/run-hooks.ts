import type { RunTrigger } from '../../core/pipeline-history.ts'
import type { Outcome, PipelineEvent } from '../run/events.ts'
import { describeReason } from '../run/plan.ts'
import type { StageHooks } from '../stages/stage-settings.ts'
import type { HookEvent } from './hook-process.ts'
import { describeFailure, exitCodeOf, isInterruption } from './failure.ts'

/** The hooks of one run, and how to call them. */
export interface HookPlan {
  /** Of the whole run. */
  readonly run: StageHooks
  /** `meta.mlpt.hooks` of a stage, by the name it has in events. */
  readonly hooksOf: (stage: string) => StageHooks | undefined
  /** The number in the history. */
  readonly runId: number | undefined
  readonly trigger: RunTrigger
  /** Must not throw; `callHook` does not. */
  readonly call: (hook: string, event: HookEvent) => Promise<void>
}

/** Calls hooks as a run goes on. */
export interface RunHooks {
  /** Begins to call a stage's hook; the run does not wait for it. */
  readonly report: (event: PipelineEvent) => void
  /**
   * Calls the run's own hook, and waits for all that are under way. A run that had nothing to
   * do, and one that was interrupted, tell nobody.
   *
   * @param failure - what the run threw, `undefined` when it went well
   */
  finish(failure: unknown): Promise<void>
}

/** Follows a run and calls the hooks that its events are for. */
export function createRunHooks(plan: HookPlan): RunHooks {
  const { call, hooksOf } = plan
  const run = { run: plan.runId, trigger: plan.trigger }
  const calls: Promise<void>[] = []
  const stages: StageResult[] = []
  let totalMs = 0
  const begin = (hook: string | undefined, event: HookEvent): void => {
    if (hook !== undefined) calls.push(call(hook, event))
  }
  const report = (event: PipelineEvent): void => {
    const result = resultOf(event)
    if (result === undefined) return
    stages.push(result)
    totalMs += result.durationMs
    const hooks = hooksOf(result.stage)
    if (result.outcome === 'failed') {
      begin(hooks?.failed, { event: 'stage-failed', ...run, ...result })
    } else begin(hooks?.finished, { event: 'stage-finished', ...run, ...result })
  }
  return {
    report,
    finish: async (failure) => {
      const details = { ...run, stages, stageTimeMs: totalMs }
      if (failure !== undefined && !isInterruption(failure)) {
        begin(plan.run.failed, {
          event: 'run-failed',
          ...details,
          message: describeFailure(failure),
        })
      } else if (failure === undefined && stages.length > 0) {
        begin(plan.run.finished, { event: 'run-finished', ...details })
      }
      await Promise.all(calls)
    },
  }
}

/** A stage as hooks hear of it. */
interface StageResult {
  readonly stage: string
  readonly outcome: Outcome
  readonly durationMs: number
  /** Why it ran, in words. */
  readonly reasons?: readonly string[]
  /** Why it failed. */
  readonly message?: string
  readonly exitCode?: number
}

const told: ReadonlySet<Outcome> = new Set(['ran', 'restored', 'saved'])

/** `undefined` for what no hook is told. */
function resultOf(event: PipelineEvent): StageResult | undefined {
  if (event.kind === 'stage-finished' && told.has(event.outcome)) {
    const { stage, outcome, durationMs } = event
    return { stage, outcome, durationMs, reasons: event.reasons.map(describeReason) }
  }
  if (event.kind !== 'stage-failed' || isInterruption(event.error)) return undefined
  const { stage, durationMs, error } = event
  const exitCode = exitCodeOf(error)
  const code = exitCode === undefined ? {} : { exitCode }
  return { stage, outcome: 'failed', durationMs, message: describeFailure(error), ...code }
}
