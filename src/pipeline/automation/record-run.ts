import type { PipelineStageRun } from '../../core/pipeline-history.ts'
import type { Outcome, PipelineEvent } from '../run/events.ts'
import { describeReason } from '../run/plan.ts'
import type { History, RunStart } from './history-store.ts'
import { describeFailure, exitCodeOf, isInterruption } from './failure.ts'

/** Writes one run into the history. */
export interface RunRecorder extends Disposable {
  /** The number of the run; `undefined` when there is no history. */
  readonly runId: number | undefined
  readonly report: (event: PipelineEvent) => void
  /** @param error - what the run threw, `undefined` when it went well */
  end(error: unknown): void
}

/** How a run is recorded. */
export interface RecordOptions {
  readonly open: () => History
  readonly start: RunStart
  readonly clock: () => number
  /** Where a stage's output is kept, from the repository's root. */
  readonly logPathOf: (stage: string) => string | undefined
  /** Told once when the history cannot be written; the run goes on without it. */
  readonly warn: (error: unknown) => void
}

/**
 * Begins the record of a run: stages go into the history as they begin and end, those that have
 * nothing to do are counted. A history that cannot be written never stops a run.
 */
export function recordRun(options: RecordOptions): RunRecorder {
  const history = openAttempts(options)
  const runId = history.attempt((opened) => opened.beginRun(options.start))
  const waiting = gatherStages((stages) => {
    if (runId !== undefined) history.attempt((opened) => opened.saveStages(runId, stages))
  })
  const { report, countUnchanged } = followEvents(waiting.add, options)
  return {
    runId,
    report,
    end: (error) => {
      waiting.flush()
      const end = {
        endTime: options.clock(),
        message: error === undefined ? undefined : describeFailure(error),
        unchanged: countUnchanged(),
      }
      const outcome =
        error === undefined ? 'succeeded' : isInterruption(error) ? 'interrupted' : 'failed'
      if (runId !== undefined) {
        history.attempt((opened) => opened.endRun(runId, { ...end, outcome }))
      }
    },
    [Symbol.dispose]: () => {
      waiting[Symbol.dispose]()
      history[Symbol.dispose]()
    },
  }
}

interface Attempts extends Disposable {
  /** Does some work with the history; after the first failure nothing more is tried. */
  attempt<T>(work: (opened: History) => T): T | undefined
}

function openAttempts({ open, warn }: RecordOptions): Attempts {
  let history: History | undefined
  try {
    history = open()
  } catch (error) {
    warn(error)
  }
  return {
    attempt: (work) => {
      try {
        return history && work(history)
      } catch (error) {
        history?.[Symbol.dispose]()
        history = undefined
        warn(error)
        return undefined
      }
    },
    [Symbol.dispose]: () => history?.[Symbol.dispose](),
  }
}

interface WaitingStages extends Disposable {
  /** Replaces what waits of the stage. */
  readonly add: (stage: PipelineStageRun) => void
  /** Writes what waits. */
  readonly flush: () => void
}

function gatherStages(write: (stages: readonly PipelineStageRun[]) => void): WaitingStages {
  const waiting = new Map<string, PipelineStageRun>()
  let timer: NodeJS.Timeout | undefined
  const flush = (): void => {
    clearTimeout(timer)
    timer = undefined
    const stages = [...waiting.values()]
    waiting.clear()
    if (stages.length > 0) write(stages)
  }
  return {
    add: (stage) => {
      waiting.set(stage.stage, stage)
      timer ??= setTimeout(flush, waitMs).unref()
    },
    flush,
    [Symbol.dispose]: () => clearTimeout(timer),
  }
}

/** What comes within this time is written together: many a stage takes less than a write does. */
const waitMs = 100

type StageFinished = Extract<PipelineEvent, { kind: 'stage-finished' }>

function followEvents(
  save: (stage: PipelineStageRun) => void,
  { clock, logPathOf }: RecordOptions,
): { readonly report: (event: PipelineEvent) => void; readonly countUnchanged: () => number } {
  const running = new Map<string, PipelineStageRun>()
  let unchanged = 0
  /** What is known of a stage, which began `durationMs` ago if nobody said that it did. */
  const known = (stage: string, durationMs: number): PipelineStageRun =>
    running.get(stage) ?? beginning(stage, clock() - durationMs)
  const update = (run: PipelineStageRun): void => {
    running.set(run.stage, run)
    save(run)
  }
  const finish = (event: StageFinished): void => {
    const outcome = recordedOutcomes[event.outcome]
    if (event.outcome === 'unchanged') unchanged++
    if (outcome === undefined) return
    const { attempts } = event
    const reasons = event.reasons.map(describeReason)
    const before = known(event.stage, event.durationMs)
    update({ ...before, reasons, attempts, outcome, endTime: clock() })
  }
  const report = (event: PipelineEvent): void => {
    switch (event.kind) {
      case 'stage-started': {
        const reasons = event.reasons.map(describeReason)
        const logPath = logPathOf(event.stage)
        return update({ ...known(event.stage, 0), reasons, attempts: 1, logPath })
      }
      case 'stage-retried':
        return update({
          ...known(event.stage, 0),
          attempts: event.attempt + 1,
          message: event.message,
        })
      case 'stage-failed':
        return update(endFailed(known(event.stage, event.durationMs), event.error, clock()))
      case 'stage-skipped': {
        const message = `${event.failed} failed`
        return update({ ...known(event.stage, 0), outcome: 'skipped', endTime: clock(), message })
      }
      case 'stage-finished':
        return finish(event)
      case 'command-started':
      case 'recovered':
      case 'run-started':
      case 'stage-output':
      case 'waiting':
      case 'warning':
    }
  }
  return { report, countUnchanged: () => unchanged }
}

function beginning(stage: string, startTime: number): PipelineStageRun {
  return {
    stage,
    outcome: 'running',
    startTime,
    endTime: undefined,
    reasons: [],
    attempts: 0,
    exitCode: undefined,
    message: undefined,
    logPath: undefined,
  }
}

/** Those of a dry run, and of stages without anything to do, are not recorded. */
const recordedOutcomes: Partial<Record<Outcome, PipelineStageRun['outcome']>> = {
  ran: 'ran',
  restored: 'restored',
  saved: 'saved',
  failed: 'failed',
  skipped: 'skipped',
}

function endFailed(run: PipelineStageRun, error: unknown, endTime: number): PipelineStageRun {
  return {
    ...run,
    outcome: isInterruption(error) ? 'interrupted' : 'failed',
    endTime,
    message: describeFailure(error),
    exitCode: exitCodeOf(error),
  }
}
