import { orderStages, type Upstream } from '../stages/graph.ts'
import { observeStage } from './observe.ts'
import { readPipeline, readPipelineLock } from '../repository/pipeline-file.ts'
import {
  planPipeline,
  type Action,
  type PlannedStage,
  type Reason,
  type StageState,
} from './plan.ts'
import type { Stage } from '../stages/stage.ts'
import { openWorkspace, type Workspace } from '../repository/workspace-file.ts'

/** What `readStatus` looks at. */
export interface StatusOptions {
  /** Folder of `dvc.yaml`. */
  readonly directory: string
  /** Stages or groups to look at, with all they need; none means all. */
  readonly targets?: readonly string[]
  readonly signal?: AbortSignal
}

/** How far a pipeline is up to date. */
export interface PipelineStatus {
  /** In the order in which they would run. */
  readonly stages: readonly StageStatus[]
  /** Whether a run would find nothing to do. */
  readonly isClean: boolean
}

/** How far one stage is up to date. */
export interface StageStatus {
  readonly name: string
  /** What a run would do with it. */
  readonly action: Action
  readonly reasons: readonly Reason[]
}

/**
 * Says which stages are out of date and why. Reads only, takes no lock.
 *
 * @throws {ToolkitError} `FILE_MISSING`, `PIPELINE_INVALID`, `PIPELINE_CYCLE`, `PIPELINE_STAGE_UNKNOWN`
 */
export async function readStatus(options: StatusOptions): Promise<PipelineStatus> {
  const { directory, targets = [], signal } = options
  const workspace = await openWorkspace(directory)
  const { stages, upstream } = await readPipeline(workspace)
  const ordered = orderStages(stages, upstream, targets)
  const planned = await planOnDisk(workspace, ordered, upstream, { force: false, signal })
  return {
    stages: planned.map(({ stage, action, reasons }) => ({ name: stage.name, action, reasons })),
    isClean: planned.every(({ action }) => action === 'skip'),
  }
}

/** Plans for what is on disk now. @param stages - in the order in which they run */
export async function planOnDisk(
  workspace: Workspace,
  stages: readonly Stage[],
  upstream: Upstream,
  { force, signal }: { readonly force: boolean; readonly signal: AbortSignal | undefined },
): Promise<PlannedStage[]> {
  const lock = await readPipelineLock(workspace)
  const states = new Map<Stage, StageState>()
  for (const stage of stages) {
    states.set(stage, await observeStage(stage, workspace, { lock, signal }))
  }
  return planPipeline(stages, upstream, { states, force })
}
