/** Runs the stages of a schedule, as many at a time as it allows. */

import { ToolkitError } from '../../core/errors.ts'
import type { Upstream } from '../stages/graph.ts'
import type { Stage } from '../stages/stage.ts'
import type { Reason } from './plan.ts'
import type { RunOptions } from './run-options.ts'
import { bringUpToDate } from './run-stage.ts'
import { watchSettledOutputs, type SettledOutputs } from './settled-store.ts'
import type { StageSummary } from './summary.ts'
import { createSchedule, type Schedule } from './schedule.ts'
import type { StageRun } from './stage-run.ts'

/** What is run, and how. */
export interface ScheduleOptions {
  /** In the order in which they would run one by one. */
  readonly stages: readonly Stage[]
  readonly upstream: Upstream
  readonly jobs: number
  readonly asked: AskedOfRun
}

type AskedOfRun = Pick<
  RunOptions,
  'force' | 'forceDownstream' | 'singleItem' | 'keepGoing' | 'ignoreErrors'
>

interface Progress {
  readonly schedule: Schedule
  readonly summaries: Map<Stage, StageSummary>
  /** By stage, in the order in which they failed. */
  readonly failures: Map<Stage, unknown>
  readonly settled: SettledOutputs
  /** Stages of which one that they read from was out of date. */
  readonly below: Set<Stage>
}

/**
 * Brings all stages up to date. After a failure no new stage begins, and those that run may end.
 *
 * @returns what became of each stage, in their order
 * @throws the first failure; of several, an error that names them all; `INTERRUPTED`
 */
export async function runSchedule(
  run: StageRun,
  options: ScheduleOptions,
): Promise<StageSummary[]> {
  const { stages, upstream, jobs } = options
  const progress: Progress = {
    schedule: createSchedule(stages, upstream, jobs),
    summaries: new Map(),
    failures: new Map(),
    settled: watchSettledOutputs(run),
    below: new Set(),
  }
  run.report({ kind: 'run-started', stages: stages.map((stage) => stage.address) })
  const running = new Set<Promise<void>>()
  for (;;) {
    for (const stage of progress.schedule.next()) {
      const task = runOne(stage, { run, options, progress }).finally(() => running.delete(task))
      running.add(task)
    }
    if (running.size === 0) break
    await Promise.race(running)
  }
  if (run.signal.aborted) throw interruptedError(stages, progress)
  if (progress.failures.size > 0) throw await failureOf(stages, progress)
  const trespass = await progress.settled.findTrespass()
  if (trespass !== undefined) throw trespass
  return stages.flatMap((stage) => progress.summaries.get(stage) ?? [])
}

interface Task {
  readonly run: StageRun
  readonly options: ScheduleOptions
  readonly progress: Progress
}

/** Never rejects: what went wrong is in the progress. */
async function runOne(stage: Stage, task: Task): Promise<void> {
  const { run, options, progress } = task
  const { schedule, summaries, failures, settled } = progress
  const start = run.clock()
  const finish = (outcome: StageSummary['outcome'], reasons: readonly Reason[]): number => {
    const durationMs = run.clock() - start
    summaries.set(stage, { name: stage.address, outcome, durationMs, reasons })
    return durationMs
  }
  try {
    const { outcome, reasons, attempts } = await bringUpToDate(stage, run, {
      isForced: isForced(stage, task),
    })
    if (outcome !== 'unchanged') addBelow(stage, task)
    await settled.settle(stage, { outcome, startMs: start, endMs: run.clock() })
    const durationMs = finish(outcome, reasons)
    run.report({
      kind: 'stage-finished',
      stage: stage.address,
      outcome,
      durationMs,
      reasons,
      attempts,
    })
    schedule.end(stage, 'done')
  } catch (error) {
    failures.set(stage, error)
    const isIgnored = options.asked.ignoreErrors === true
    await settled.settle(stage, { outcome: 'failed', startMs: start, endMs: run.clock() })
    const durationMs = finish('failed', [])
    run.report({ kind: 'stage-failed', stage: stage.address, durationMs, error })
    for (const lost of schedule.end(stage, isIgnored ? 'done' : 'failed')) {
      summaries.set(lost, { name: lost.address, outcome: 'skipped', durationMs: 0, reasons: [] })
      run.report({ kind: 'stage-skipped', stage: lost.address, failed: stage.address })
    }
    const goesOn = options.asked.keepGoing === true || isIgnored
    if (!goesOn || run.signal.aborted) schedule.stop()
  }
}

function isForced(stage: Stage, { options, progress }: Task): boolean {
  const { force, forceDownstream } = options.asked
  return force === true || (forceDownstream === true && progress.below.has(stage))
}

/** What is asked for alone hangs together with nothing, as in DVC. */
function addBelow(stage: Stage, { options, progress }: Task): void {
  const { stages, upstream, asked } = options
  if (asked.forceDownstream !== true || asked.singleItem === true) return
  for (const reader of stages) {
    if (!reader.isFrozen && upstream.get(reader)?.includes(stage)) progress.below.add(reader)
  }
}

function interruptedError(
  stages: readonly Stage[],
  { summaries, failures }: Progress,
): ToolkitError {
  const isDone = (stage: Stage): boolean => {
    const outcome = summaries.get(stage)?.outcome
    return outcome !== undefined && outcome !== 'failed' && outcome !== 'skipped'
  }
  const done = stages.filter(isDone).map((stage) => stage.address)
  const left = stages.filter((stage) => !isDone(stage)).map((stage) => stage.address)
  return new ToolkitError(
    'INTERRUPTED',
    `interrupted; stages done: ${listNames(done)}; left: ${listNames(left)}`,
    {
      hint: `run again to go on with '${left[0]}'; its outputs are as they were before`,
      details: { done, left },
      cause: [...failures.values()][0],
    },
  )
}

function listNames(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ')
}

async function failureOf(stages: readonly Stage[], progress: Progress): Promise<unknown> {
  const { failures, summaries } = progress
  const errors = [...failures.values()]
  const known = errors.filter((error) => error instanceof ToolkitError)
  // A bug of ours is never hidden behind a failure of the user's.
  if (known.length < errors.length) return errors.find((error) => !(error instanceof ToolkitError))
  const trespass = await findTrespassBeside(progress)
  const all = trespass === undefined ? known : [...known, trespass]
  const [first] = all
  if (all.length === 1 || first === undefined) return first
  const skipped = stages.filter((stage) => summaries.get(stage)?.outcome === 'skipped')
  const isSameHint = all.every(({ hint }) => hint === first.hint)
  const what = trespass === undefined ? 'stages failed' : 'failures'
  return new ToolkitError(first.code, `${all.length} ${what}:\n${describeAll(all, isSameHint)}`, {
    hint: isSameHint ? first.hint : undefined,
    details: {
      failed: [...failures.keys()].map((stage) => stage.address),
      skipped: skipped.map((stage) => stage.address),
    },
    cause: first,
    exitCode: all.every(({ exitCode }) => exitCode === 3) ? 3 : 1,
  })
}

function describeAll(errors: readonly ToolkitError[], isSameHint: boolean): string {
  const lines = errors.flatMap(({ message, hint }) =>
    isSameHint || hint === undefined ? [`  ${message}`] : [`  ${message}`, `    hint: ${hint}`],
  )
  return lines.join('\n')
}

/** What cannot be looked at any more must not hide why a stage failed. */
async function findTrespassBeside({ settled }: Progress): Promise<ToolkitError | undefined> {
  try {
    return await settled.findTrespass()
  } catch (error) {
    if (error instanceof ToolkitError) return undefined
    throw error
  }
}
