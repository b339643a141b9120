/** Which stages a run is about. Pure. */

import { join, resolve } from 'node:path'
import { isWithin, orderDownstream, orderStages } from '../stages/graph.ts'
import type { Pipeline } from '../stages/parse-pipeline.ts'
import { compileShellPattern } from '../stages/shell-pattern.ts'
import type { Stage } from '../stages/stage.ts'
import { selectStages, type TargetScope } from '../stages/targets.ts'

/** What a run is asked to look at. */
export interface RunSelection {
  /** Stages or groups; none means the folder's own `dvc.yaml`. */
  readonly targets: readonly string[]
  /** All stages of the repository. */
  readonly isAll: boolean
  /** All stages that hang together with the targets, in whatever direction. */
  readonly isWhole?: boolean
  /** The targets alone, without what they read from. */
  readonly isSingle: boolean
  /** The targets and what reads from them. */
  readonly isDownstream: boolean
  /** Folders stand for the stages of all files below them. */
  readonly isRecursive?: boolean
  /** Names of stages are shell patterns. */
  readonly arePatterns?: boolean
}

/**
 * The stages of a run, each after all it reads from.
 *
 * @throws {ToolkitError} `PIPELINE_STAGE_UNKNOWN`
 */
export function selectRun(
  pipeline: Pipeline,
  selection: RunSelection,
  scope: TargetScope,
): Stage[] {
  const { stages, upstream } = pipeline
  if (selection.isAll) return orderStages(stages, upstream)
  const roots = selectRoots(pipeline, selection, scope)
  if (selection.isWhole === true) return orderStages(connectedWith(roots, pipeline), upstream)
  if (selection.isSingle) return orderStages(stages, upstream).filter((s) => roots.includes(s))
  return selection.isDownstream ? orderDownstream(roots, upstream) : orderStages(roots, upstream)
}

/** The stages that a selection names, without what hangs together with them. @throws as {@link selectRun} */
export function selectRoots(
  pipeline: Pipeline,
  {
    targets,
    isRecursive = false,
    arePatterns = false,
  }: Pick<RunSelection, 'targets' | 'isRecursive' | 'arePatterns'>,
  scope: TargetScope,
): Stage[] {
  const takesFolders = { ...scope, takesFolders: !isRecursive }
  if (!isRecursive && !arePatterns) return selectStages(pipeline, targets, takesFolders)
  const named = targets.length === 0 ? ['dvc.yaml'] : targets
  const roots = named.flatMap((target) => {
    const below = isRecursive ? stagesBelow(target, pipeline.stages, scope) : []
    if (below.length > 0) return below
    const matching = arePatterns ? stagesMatching(target, pipeline.stages, scope) : []
    return matching.length > 0 ? matching : selectStages(pipeline, [target], scope)
  })
  return [...new Set(roots)]
}

function stagesBelow(target: string, stages: readonly Stage[], scope: TargetScope): Stage[] {
  const folder = resolve(scope.directory, target)
  return stages.filter(({ file }) => isWithin(join(scope.root, file), folder))
}

/** As in DVC only the name is a pattern, not the file before it. */
function stagesMatching(target: string, stages: readonly Stage[], scope: TargetScope): Stage[] {
  const [, file = 'dvc.yaml', name = ''] = /^(?:(.*dvc\.yaml):|:)?(.*)$/s.exec(target) ?? []
  const location = resolve(scope.directory, file)
  const pattern = compileShellPattern(name)
  return stages.filter(
    (stage) => join(scope.root, stage.file) === location && pattern.test(stage.name),
  )
}

/** A frozen stage does not hang together with what it reads from. */
function connectedWith(roots: readonly Stage[], { stages, upstream }: Pipeline): Stage[] {
  const neighbours = new Map<Stage, Stage[]>(stages.map((stage) => [stage, []]))
  for (const stage of stages) {
    for (const maker of stage.isFrozen ? [] : (upstream.get(stage) ?? [])) {
      neighbours.get(stage)?.push(maker)
      neighbours.get(maker)?.push(stage)
    }
  }
  // A set that grows is walked to its end.
  const reached = new Set(roots)
  for (const stage of reached) for (const next of neighbours.get(stage) ?? []) reached.add(next)
  return stages.filter((stage) => reached.has(stage))
}
