import { join } from 'node:path'
import { openCache } from '../cache/open-cache-store.ts'
import { openRepository } from '../repository/repository-file.ts'
import { readPipeline } from '../repository/snapshot.ts'
import { existsNow } from '../repository/text-file.ts'
import { openWorktree } from '../repository/worktree-file.ts'
import { orderStages } from '../stages/graph.ts'
import { findHiding } from '../stages/targets.ts'
import { describeForDvc, type DvcStatus } from './dvc-status.ts'
import { planOnDisk } from './plan-on-disk.ts'
import type { Action, Reason } from './plan.ts'
import { selectRoots } from './select-run.ts'

/** What `readStatus` looks at. */
export interface StatusOptions {
  /** The folder to work in. */
  readonly directory: string
  /** Stages or groups to look at, with all they need; none means all of the repository. */
  readonly targets?: readonly string[]
  /** Takes a folder among the targets for the stages of all files below it. */
  readonly recursive?: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** How far a pipeline is up to date. */
export interface PipelineStatus {
  /** In the order in which they would run. */
  readonly stages: readonly StageStatus[]
  /** Whether a run would find nothing to do. */
  readonly isClean: boolean
  /** The same as `dvc status --json` prints it. */
  readonly dvc: DvcStatus
  /** The line of a `.dvcignore` that hides this folder's `dvc.yaml`, as `.dvcignore:3`: none of its stages is here. */
  readonly hiddenBy: string | undefined
}

/** How far one stage is up to date. */
export interface StageStatus {
  readonly name: string
  /** What a run would do with it. */
  readonly action: Action
  readonly reasons: readonly Reason[]
  /** False for one that a target only needs. */
  readonly isTarget: boolean
}

/**
 * Says which stages are out of date and why. Reads only, takes no lock.
 *
 * @throws {ToolkitError} `REPOSITORY_MISSING`, `PIPELINE_INVALID`, `PIPELINE_CYCLE`, `PIPELINE_STAGE_UNKNOWN`
 */
export async function readStatus(options: StatusOptions): Promise<PipelineStatus> {
  const { directory, targets = [], recursive: isRecursive = false, env } = options
  const repository = openRepository(directory, { env, allowsNew: true })
  const pipeline = readPipeline(openWorktree(repository))
  const roots =
    targets.length === 0
      ? pipeline.stages
      : selectRoots(pipeline, { targets, isRecursive }, repository)
  const stages = orderStages(roots, pipeline.upstream)
  const asked = new Set(roots)
  const file = join(repository.directory, 'dvc.yaml')
  using cache = openCache(repository, { clock: options.clock })
  const planned = await planOnDisk(repository, {
    stages,
    upstream: pipeline.upstream,
    cache,
    force: false,
  })
  return {
    stages: planned.map(({ stage, action, reasons }) => ({
      name: stage.address,
      action,
      reasons,
      isTarget: asked.has(stage),
    })),
    isClean: planned.every(({ action }) => action === 'skip'),
    dvc: describeForDvc(
      planned.filter(({ stage }) => asked.has(stage)),
      repository,
    ),
    hiddenBy: existsNow(file) ? findHiding(file, repository.ignore) : undefined,
  }
}
