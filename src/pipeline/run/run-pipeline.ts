import { join, resolve } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { openCache } from '../cache/open-cache-store.ts'
import { openRepository, prepareRepository } from '../repository/repository-file.ts'
import type { Repository } from '../repository/repository.ts'
import { readPipeline } from '../repository/snapshot.ts'
import { existsNow } from '../repository/text-file.ts'
import { openWorktree } from '../repository/worktree-file.ts'
import { isLeftAside } from './aside-store.ts'
import type { Outcome } from './events.ts'
import { findHiding } from '../stages/targets.ts'
import type { Action } from './plan.ts'
import type { OrderedStages } from './perform-run.ts'
import { planOnDisk } from './plan-on-disk.ts'
import type { RunOptions } from './run-options.ts'
import { summarise, type RunSummary } from './summary.ts'
import { selectRun, type RunSelection } from './select-run.ts'

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
  const { recoverKilled, runStages, takeRunLock } = await import('./perform-run.ts')
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
  const repository = openRepository(directory, { env, allowsNew: true })
  const hiding = isNeeded ? findHiding(join(directory, 'dvc.yaml'), repository.ignore) : undefined
  if (hiding === undefined) return repository
  throw new ToolkitError('PIPELINE_INVALID', `'dvc.yaml' is hidden by ${hiding}`, {
    hint: 'take that line away, or it is no pipeline for dvc and mlpt',
    details: { directory: resolve(directory) },
  })
}

/** How the stages of a run are named, in its order. @throws {ToolkitError} as {@link runPipeline}, before anything runs */
export function listRunStages(options: RunOptions): string[] {
  return readStages(openRunRepository(options), options).stages.map(({ address }) => address)
}

function readStages(repository: Repository, options: RunOptions): OrderedStages {
  const pipeline = readPipeline(openWorktree(repository))
  for (const message of pipeline.warnings) options.report?.({ kind: 'warning', message })
  return {
    stages: selectRun(pipeline, toSelection(options), repository),
    upstream: pipeline.upstream,
  }
}

function toSelection(options: RunOptions): RunSelection {
  return {
    targets: options.targets ?? [],
    isAll: options.all === true,
    isWhole: options.pipeline === true,
    isSingle: options.singleItem === true,
    isDownstream: options.downstream === true,
    isRecursive: options.recursive === true,
    arePatterns: options.glob === true,
  }
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
  if (isFirm || !isLeftAside(repository)) {
    try {
      return await planNow(repository, stages, options)
    } catch (error) {
      if (isFirm || !mayPass(error)) throw error
    }
  }
  const { recoverKilled, takeRunLock } = await import('./perform-run.ts')
  await using lock = await takeRunLock(repository, options, () => undefined)
  await recoverKilled(repository, options)
  return await lock.hold(() => planNow(repository, readStages(repository, options), options))
}

/** A file that went while it was read, or a `dvc.lock` that DVC was just writing. */
function mayPass(error: unknown): boolean {
  if (!(error instanceof ToolkitError)) return false
  return error.code === 'FILE_READ_FAILED' || error.code === 'PIPELINE_INVALID'
}

async function planNow(
  repository: Repository,
  { stages, upstream }: OrderedStages,
  options: RunOptions,
): Promise<PlannedRun> {
  const { force = false, signal, clock } = options
  using cache = openCache(repository, { signal, clock })
  const planned = await planOnDisk(repository, {
    stages,
    upstream,
    cache,
    force,
    signal,
    decisions: options,
  })
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
