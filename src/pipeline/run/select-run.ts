/** Which stages a run is about. Pure. */

import { orderDownstream, orderStages } from '../stages/graph.ts'
import type { Pipeline } from '../stages/parse-pipeline.ts'
import type { Stage } from '../stages/stage.ts'
import { selectStages, type TargetScope } from '../stages/targets.ts'

/** What a run is asked to look at. */
export interface RunSelection {
  /** Stages or groups; none means the folder's own `dvc.yaml`. */
  readonly targets: readonly string[]
  /** All stages of the repository. */
  readonly isAll: boolean
  /** The targets alone, without what they read from. */
  readonly isSingle: boolean
  /** The targets and what reads from them. */
  readonly isDownstream: boolean
}

/**
 * The stages of a run, each after all it reads from.
 *
 * @throws {ToolkitError} `PIPELINE_STAGE_UNKNOWN`
 */
export function selectRun(
  pipeline: Pipeline,
  { targets, isAll, isSingle, isDownstream }: RunSelection,
  scope: TargetScope,
): Stage[] {
  const roots = isAll ? [...pipeline.stages] : selectStages(pipeline, targets, scope)
  if (isSingle)
    return orderStages(pipeline.stages, pipeline.upstream).filter((s) => roots.includes(s))
  return isDownstream
    ? orderDownstream(roots, pipeline.upstream)
    : orderStages(roots, pipeline.upstream)
}
