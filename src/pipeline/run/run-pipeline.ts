import { join, resolve } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { openCache } from '../cache/open-cache-store.ts'
import { openLockFiles } from '../repository/dvc-lock-file.ts'
import { takeLock, type RepositoryLock } from '../repository/lock-store.ts'
import { openParameterFiles } from '../repository/parameter-file.ts'
import { openRepository, prepareRepository } from '../repository/repository-file.ts'
import type { Repository } from '../repository/repository.ts'
import { readPipeline } from '../repository/snapshot.ts'
import { existsNow } from '../repository/text-file.ts'
import { createTurns } from '../repository/turns.ts'
import { openWorktree } from '../repository/worktree-file.ts'
import type { Upstream } from '../stages/graph.ts'
import type { Stage } from '../stages/stage.ts'
import { isLeftAside, openAsides, recoverAside } from './aside-store.ts'
import type { Outcome, PipelineEvent } from './events.ts'
import type { Action } from './plan.ts'
import { planOnDisk } from './plan-on-disk.ts'
import { runSchedule } from './run-schedule.ts'
import { summarise, type RunSummary } from './summary.ts'
import { selectRun } from './select-run.ts'
import type { StageRun } from './stage-run.ts'
import { openWatchdog } from './watchdog-process.ts'

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
  /** Runs every stage, whatever its state. */
  readonly force?: boolean
  /** Goes on with stages that do not need one that failed. */
  readonly keepGoing?: boolean
  /** Does not let the run cache answer instead of a command. */
  readonly noRunCache?: boolean
  /** How many stages may run at the same time; 1 unless it is said. */
  readonly jobs?: number
  /** Only says what would happen; writes nothing. */
  readonly dryRun?: boolean
  /** Called once before the first stage begins, when there is anything to do; throwing ends the run. */
  readonly beforeRun?: () => Promise<void>
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

/**
 * Brings a pipeline up to date: runs each stage whose command, inputs or outputs
 * changed, and restores from the cache what only went missing. Stages that do not
 * need each other run at the same time. A stage below one that ran is decided anew,
 * so equal results end the chain. It can be killed at any moment; the next run puts
 * half-written outputs right first.
 *
 * @throws {ToolkitError} `FILE_MISSING` without a `dvc.yaml` or an input; `PIPELINE_INVALID`,
 * `PIPELINE_CYCLE`, `PIPELINE_STAGE_UNKNOWN` before anything runs; `PIPELINE_LOCKED`;
 * `PIPELINE_STAGE_FAILED`, with exit code 3 when the stage exited with 3; `INTERRUPTED`
 */
export async function runPipeline(options: RunOptions): Promise<RunSummary> {
  const repository = openRunRepository(options)
  const { plan, ...planned } = await planRun(repository, options)
  if (options.dryRun === true || plan.isUpToDate) return plan
  await options.beforeRun?.()
  await prepareRepository(repository)
  let hasWaited = false
  await using lock = await takeRunLock(repository, options, () => {
    hasWaited = true
  })
  const recovered = await recoverKilled(repository, options)
  // While this run waited, or before a killed one was put right, the files may have said something else.
  const isStale = hasWaited || recovered.length > 0
  const current = isStale ? readStages(repository, options) : planned
  return await runStages(repository, lock, current, options)
}

function openRunRepository({ directory, targets = [], all, env }: RunOptions): Repository {
  const isNeeded = targets.length === 0 && all !== true
  if (isNeeded && !existsNow(join(directory, 'dvc.yaml'))) {
    throw new ToolkitError('FILE_MISSING', `there is no dvc.yaml in '${resolve(directory)}'`, {
      hint: "go to the project's folder: the one with dvc.yaml in it",
      details: { directory: resolve(directory) },
    })
  }
  return openRepository(directory, { env, allowsNew: true })
}

interface OrderedStages {
  /** Those to bring up to date, each after all it reads from. */
  readonly stages: readonly Stage[]
  readonly upstream: Upstream
}

function readStages(repository: Repository, options: RunOptions): OrderedStages {
  const { targets = [], all = false, singleItem = false, downstream = false } = options
  const pipeline = readPipeline(openWorktree(repository))
  for (const message of pipeline.warnings) options.report?.({ kind: 'warning', message })
  const selection = { targets, isAll: all, isSingle: singleItem, isDownstream: downstream }
  return { stages: selectRun(pipeline, selection, repository), upstream: pipeline.upstream }
}

interface PlannedRun extends OrderedStages {
  readonly plan: RunSummary
}

/**
 * What would happen. Files may be half-written since a run was killed, or while another one or
 * DVC works on them: then it is looked at again with both kept out and outputs put back.
 */
async function planRun(repository: Repository, options: RunOptions): Promise<PlannedRun> {
  const stages = readStages(repository, options)
  const isFirm = options.dryRun === true || !existsNow(repository.stateFolder)
  if (isFirm || !(await isLeftAside(repository))) {
    try {
      return await planNow(repository, stages, options)
    } catch (error) {
      if (isFirm || !mayPass(error)) throw error
    }
  }
  await using lock = await takeRunLock(repository, options, () => undefined)
  await recoverKilled(repository, options)
  return await lock.hold(() => planNow(repository, readStages(repository, options), options))
}

/** A file that went while it was read, or a `dvc.lock` that DVC was just writing. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof ToolkitError)) return false
  return error.code === 'FILE_READ_FAILED' || error.code === 'PIPELINE_INVALID'
}

async function recoverKilled(repository: Repository, { report }: RunOptions): Promise<string[]> {
  const recovered = await recoverAside(repository)
  for (const stage of recovered) report?.({ kind: 'recovered', stage })
  return recovered
}

async function planNow(
  repository: Repository,
  { stages, upstream }: OrderedStages,
  { force = false, signal, clock }: RunOptions,
): Promise<PlannedRun> {
  using cache = openCache(repository, { signal, clock })
  const planned = await planOnDisk(repository, { stages, upstream, cache, force })
  const plan = summarise(
    planned.map(({ stage, action, reasons }) => ({
      name: stage.address,
      outcome: dryOutcomes[action],
      durationMs: 0,
      reasons,
    })),
  )
  return { stages, upstream, plan }
}

const dryOutcomes: Readonly<Record<Action, Outcome>> = {
  skip: 'unchanged',
  save: 'would-save',
  restore: 'would-restore',
  run: 'would-run',
}

async function takeRunLock(
  repository: Repository,
  { waitMs = 0, clock, signal, report }: RunOptions,
  onWait: () => void,
): Promise<RepositoryLock> {
  try {
    return await takeLock(repository, {
      waitMs,
      clock,
      signal,
      onWait: (owner) => {
        onWait()
        report?.({ kind: 'waiting', processId: owner?.processId, since: owner?.since })
      },
    })
  } catch (error) {
    if (signal?.aborted !== true) throw error
    throw new ToolkitError('INTERRUPTED', 'interrupted while waiting for another run', {
      cause: error,
    })
  }
}

async function runStages(
  repository: Repository,
  lock: RepositoryLock,
  { stages, upstream }: OrderedStages,
  options: RunOptions,
): Promise<RunSummary> {
  const { report = () => undefined, signal, env: environment, clock, jobs = 1 } = options
  using cache = openCache(repository, { signal, clock })
  using watchdog = openWatchdog()
  using asides = openAsides(repository)
  const run: StageRun = {
    repository,
    lock,
    asides,
    lockFiles: openLockFiles(repository, stages),
    parameterFiles: openParameterFiles(repository.directory),
    cache,
    watchdog,
    environment,
    signal: signal ?? new AbortController().signal,
    report,
    clock,
    usesRunCache: options.noRunCache !== true,
    inTurn: createTurns(),
  }
  const { force = false, keepGoing = false } = options
  return summarise(await runSchedule(run, { stages, upstream, jobs, force, keepGoing }))
}
