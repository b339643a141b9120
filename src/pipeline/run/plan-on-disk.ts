import type { Cache } from '../cache/cache.ts'
import { openLockFiles } from '../repository/dvc-lock-file.ts'
import { openParameterFiles } from '../repository/parameter-file.ts'
import type { Repository } from '../repository/repository.ts'
import type { Upstream } from '../stages/graph.ts'
import type { Stage } from '../stages/stage.ts'
import { chooseDecision, type DecisionOptions } from './choose-decision.ts'
import { observeStage } from './observe.ts'
import { planPipeline, type PlannedStage, type StageState } from './plan.ts'

/** What is planned, and with what. */
export interface PlanOptions {
  /** Each after all it reads from. */
  readonly stages: readonly Stage[]
  readonly upstream: Upstream
  readonly cache: Cache
  readonly force: boolean
  /** What else was asked for. */
  readonly decisions?: DecisionOptions
}

/** A planned stage with what its plan was made from. */
export interface PlannedWithState extends PlannedStage {
  readonly state: StageState
}

/** Plans for what is on disk now. Reads only. */
export async function planOnDisk(
  repository: Repository,
  { stages, upstream, cache, force, decisions = {} }: PlanOptions,
): Promise<PlannedWithState[]> {
  const lockFiles = openLockFiles(repository, stages)
  const parameterFiles = openParameterFiles(repository)
  const states = new Map<Stage, StageState>()
  for (const stage of stages) {
    const record = lockFiles.recordOf(stage)
    states.set(stage, await observeStage(stage, record, { cache, parameterFiles }))
  }
  const decide = chooseDecision(decisions, {
    upstream,
    recordOf: (stage) => lockFiles.recordOf(stage),
  })
  const forcesBelow = decisions.forceDownstream === true && decisions.singleItem !== true
  const options = { states, force, forcesBelow, decide }
  return planPipeline(stages, upstream, options).map((planned) => ({
    ...planned,
    state: states.get(planned.stage)!,
  }))
}
