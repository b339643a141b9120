import { ToolkitError } from '../../core/errors.ts'
import { recoverAside } from './aside-store.ts'
import type { Outcome, PipelineEvent } from './events.ts'
import { orderStages, type Upstream } from '../stages/graph.ts'
import { takeLock } from '../repository/lock-store.ts'
import { observeStage } from './observe.ts'
import { readPipeline, readPipelineLock } from '../repository/pipeline-file.ts'
import { decideStage, type Action, type Decision, type Reason } from './plan.ts'
import { planOnDisk } from './read-status.ts'
import { actOnStage, type StageRun } from './run-stage.ts'
import type { Stage } from '../stages/stage.ts'
import { openWatchdog } from './watchdog-process.ts'
import { openWorkspace, prepareWorkspace, type Workspace } from '../repository/workspace-file.ts'

/** How `runPipeline` runs. */
export interface RunOptions {
  /** Folder of `dvc.yaml`. */
  readonly directory: string
  /** Stages, or `foreach` and `matrix` groups, to bring up to date with all they need; none means all. */
  readonly targets?: readonly string[]
  /** Runs every stage, whatever its state. */
  readonly force?: boolean
  /** Only says what would happen; writes nothing. */
  readonly dryRun?: boolean
  /** Aborting ends the running stage, puts its outputs back and throws `INTERRUPTED`. */
  readonly signal?: AbortSignal
  /** How long to wait for another run of this pipeline; 0, the default, refuses at once. */
  readonly waitMs?: number
  /** The environment of the commands; `DVC_ROOT` and `DVC_STAGE` are added, and `node_modules/.bin` to its PATH. */
  readonly env: Readonly<Record<string, string | undefined>>
  readonly report?: (event: PipelineEvent) => void
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

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
  /** In the order in which they came. */
  readonly stages: readonly StageSummary[]
  /** Whether there was nothing to do. */
  readonly isUpToDate: boolean
}

/**
 * Brings a pipeline up to date: runs each stage whose command, inputs or outputs
 * changed, one after another, and restores from the cache what only went missing.
 * A stage below one that ran is decided anew, so equal results end the chain.
 * It can be killed at any moment; the next run puts half-written outputs right first.
 *
 * @throws {ToolkitError} `FILE_MISSING` without a `dvc.yaml` or an input; `PIPELINE_INVALID`,
 * `PIPELINE_CYCLE`, `PIPELINE_STAGE_UNKNOWN` before anything runs; `PIPELINE_LOCKED`;
 * `PIPELINE_STAGE_FAILED`, with exit code 3 when the stage exited with 3; `INTERRUPTED`
 */
export async function runPipeline(options: RunOptions): Promise<RunSummary> {
  const workspace = await openWorkspace(options.directory)
  const { targets = [], report = () => undefined, signal, env: environment } = options
  const planned = await readStages(workspace, targets)
  if (options.dryRun === true) return dryRun(workspace, planned, options)
  await prepareWorkspace(workspace)
  using resources = new DisposableStack()
  resources.use(await takeRunLock(workspace, options))
  for (const stage of await recoverAside(workspace)) report({ kind: 'recovered', stage })
  // Read again: while this run waited, or before a killed one was put right, it may have said something else.
  const { stages } = await readStages(workspace, targets)
  const watchdog = resources.use(openWatchdog())
  // Awaited here: `using` gives up lock and watchdog when the function returns.
  return await runStages(stages, { workspace, watchdog, environment, signal, report }, options)
}

interface OrderedStages {
  /** Those to bring up to date, in the order in which they run. */
  readonly stages: readonly Stage[]
  readonly upstream: Upstream
}

async function readStages(
  workspace: Workspace,
  targets: readonly string[],
): Promise<OrderedStages> {
  const { stages, upstream } = await readPipeline(workspace)
  return { stages: orderStages(stages, upstream, targets), upstream }
}

async function dryRun(
  workspace: Workspace,
  { stages, upstream }: OrderedStages,
  { force = false, signal }: RunOptions,
): Promise<RunSummary> {
  const planned = await planOnDisk(workspace, stages, upstream, { force, signal })
  return summarise(
    planned.map(({ stage, action, reasons }) => ({
      name: stage.name,
      outcome: dryOutcomes[action],
      durationMs: 0,
      reasons,
    })),
  )
}

const dryOutcomes: Readonly<Record<Action, Outcome>> = {
  skip: 'unchanged',
  restore: 'would-restore',
  run: 'would-run',
}

async function takeRunLock(workspace: Workspace, options: RunOptions): Promise<Disposable> {
  const { waitMs = 0, clock, signal, report } = options
  try {
    return await takeLock(workspace, {
      waitMs,
      clock,
      signal,
      onWait: (owner) =>
        report?.({ kind: 'waiting', processId: owner?.processId, since: owner?.since }),
    })
  } catch (error) {
    if (signal?.aborted !== true) throw error
    throw new ToolkitError('INTERRUPTED', 'interrupted while waiting for another run', {
      cause: error,
    })
  }
}

async function runStages(
  stages: readonly Stage[],
  run: StageRun,
  { force = false, clock }: RunOptions,
): Promise<RunSummary> {
  const done: StageSummary[] = []
  run.report({ kind: 'run-started', stages: stages.map((stage) => stage.name) })
  for (const stage of stages) {
    const start = clock()
    try {
      const { outcome, reasons } = await bringUpToDate(stage, run, force)
      const durationMs = clock() - start
      done.push({ name: stage.name, outcome, durationMs, reasons })
      run.report({ kind: 'stage-finished', stage: stage.name, outcome, durationMs, reasons })
    } catch (error) {
      run.report({ kind: 'stage-failed', stage: stage.name, durationMs: clock() - start })
      if (run.signal?.aborted !== true) throw error
      throw interruptedError(stages, done, error)
    }
  }
  return summarise(done)
}

async function bringUpToDate(
  stage: Stage,
  run: StageRun,
  force: boolean,
): Promise<{ readonly outcome: Outcome; readonly reasons: readonly Reason[] }> {
  run.signal?.throwIfAborted()
  const lock = await readPipelineLock(run.workspace)
  const observation = await observeStage(stage, run.workspace, { lock, signal: run.signal })
  const decision = forceIf(force && !stage.isFrozen, decideStage(stage, observation))
  const outcome = await actOnStage(stage, decision, observation, run)
  return { outcome, reasons: decision.reasons }
}

function forceIf(isForced: boolean, decision: Decision): Decision {
  if (!isForced) return decision
  return { action: 'run', reasons: [{ kind: 'forced' }, ...decision.reasons] }
}

function summarise(stages: readonly StageSummary[]): RunSummary {
  return { stages, isUpToDate: stages.every((stage) => stage.outcome === 'unchanged') }
}

function interruptedError(
  stages: readonly Stage[],
  done: readonly StageSummary[],
  cause: unknown,
): ToolkitError {
  const left = stages.slice(done.length).map((stage) => stage.name)
  const finished = done.map((stage) => stage.name)
  return new ToolkitError(
    'INTERRUPTED',
    `interrupted; stages done: ${listNames(finished)}; left: ${listNames(left)}`,
    {
      hint: `run again to go on with '${left[0]}'; its outputs are as they were before`,
      details: { done: finished, left },
      cause,
    },
  )
}

function listNames(names: readonly string[]): string {
  return names.length === 0 ? 'none' : names.join(', ')
}
