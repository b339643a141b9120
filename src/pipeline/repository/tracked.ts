/** Outputs with what is recorded of them: what checkout, push, fetch and gc work on. */

import { resolve, relative } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import type { RecordedPath, StageRecord } from '../stages/record.ts'
import { isSameOrWithin, isWithin, orderStages } from '../stages/graph.ts'
import type { Pipeline } from '../stages/parse-pipeline.ts'
import type { Output, Stage } from '../stages/stage.ts'
import { hintForFolder, selectStages, type TargetScope } from '../stages/targets.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** One output and its record. */
export interface TrackedOutput {
  readonly stage: Stage
  readonly output: Output
  /** `undefined` when its stage has not run. */
  readonly recorded: RecordedPath | undefined
  /** When a target names something inside a folder: that path, from the folder, with forward slashes. */
  readonly within: string | undefined
}

/** How targets choose outputs. */
export interface TrackedOptions extends TargetScope {
  /** Stages, `*.dvc` files, outputs, paths inside of outputs, or folders; none means all of the repository. */
  readonly targets: readonly string[]
  /** Also the outputs of the stages that the named ones read from. */
  readonly withDependencies?: boolean
  /** A folder stands for all outputs below it. */
  readonly isRecursive?: boolean
}

/**
 * The outputs that targets name, in the pipeline's order.
 *
 * @throws {ToolkitError} `PIPELINE_STAGE_UNKNOWN`, `PATH_UNTRACKED`
 */
export function selectTracked(
  pipeline: Pipeline,
  records: ReadonlyMap<Stage, StageRecord>,
  options: TrackedOptions,
): TrackedOutput[] {
  const all: TrackedOutput[] = pipeline.stages.flatMap((stage) =>
    stage.outputs.map((output) => ({
      stage,
      output,
      recorded: records.get(stage)?.outputs.get(output.path),
      within: undefined,
    })),
  )
  if (options.targets.length === 0) return all
  return options.targets.flatMap((target) => trackedBy(target, all, pipeline, options))
}

function trackedBy(
  target: string,
  all: readonly TrackedOutput[],
  pipeline: Pipeline,
  options: TrackedOptions,
): readonly TrackedOutput[] {
  const location = resolve(options.directory, target)
  const holding = all.filter(({ output }) => isSameOrWithin(location, output.location))
  if (holding.length > 0) {
    return withUpstream(holding, all, pipeline, options).map((tracked) =>
      holding.includes(tracked) ? narrow(tracked, location) : tracked,
    )
  }
  const below = all.filter(({ output }) => isWithin(output.location, location))
  if (options.isRecursive === true && below.length > 0) return below
  const stages = stagesOrNone(pipeline, target, options)
  if (stages.length === 0) throw untrackedError(target, all, pipeline, options)
  const own = all.filter(({ stage }) => stages.includes(stage))
  return withUpstream(own, all, pipeline, options)
}

function stagesOrNone(pipeline: Pipeline, target: string, scope: TargetScope): Stage[] {
  try {
    return selectStages(pipeline, [target], scope)
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'PIPELINE_STAGE_UNKNOWN') return []
    throw error
  }
}

function withUpstream(
  own: readonly TrackedOutput[],
  all: readonly TrackedOutput[],
  { upstream }: Pipeline,
  { withDependencies }: TrackedOptions,
): readonly TrackedOutput[] {
  if (withDependencies !== true) return own
  const stages = new Set(
    orderStages(
      own.map(({ stage }) => stage),
      upstream,
    ),
  )
  return all.filter((tracked) => own.includes(tracked) || stages.has(tracked.stage))
}

function narrow(tracked: TrackedOutput, location: string): TrackedOutput {
  const within = relativePosix(tracked.output.location, location)
  return within === '' ? tracked : { ...tracked, within }
}

function untrackedError(
  target: string,
  all: readonly TrackedOutput[],
  { stages }: Pipeline,
  options: TrackedOptions,
): ToolkitError {
  const names = [
    ...all.map(({ output }) => relative(options.directory, output.location)),
    ...all.map(({ stage }) => stage.address),
  ]
  const scope = { ...options, takesFolders: options.isRecursive === false }
  const hint =
    hintForFolder(target, stages, scope) ??
    nameHint(target, [...new Set(names)], 'stages and outputs')
  return new ToolkitError('PATH_UNTRACKED', `'${target}' is neither a stage nor an output`, {
    hint,
    details: { target },
  })
}
