/** How stages hang together: who reads what whom writes, in which order they run, and what is wrong with it. */

import { basename, relative, sep } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import type { Problems } from '../yaml/problems.ts'
import type { Output, Stage, StagePath } from './stage.ts'

/** For each stage, the stages it reads from, in the order of its inputs. */
export type Upstream = ReadonlyMap<Stage, readonly Stage[]>

/** A path is read when it is an output, lies in one, or contains one. */
export function linkStages(stages: readonly Stage[]): Upstream {
  return new Map(stages.map((stage) => [stage, upstreamOf(stage, stages)]))
}

function upstreamOf(stage: Stage, stages: readonly Stage[]): Stage[] {
  const found = new Set<Stage>()
  for (const { location } of inputsOf(stage)) {
    for (const other of stages) {
      if (other.outputs.some((output) => isSameOrWithin(location, output.location)))
        found.add(other)
    }
    for (const other of stages) {
      if (other.outputs.some((output) => isWithin(output.location, location))) found.add(other)
    }
  }
  return [...found]
}

/** Everything a stage reads: dependencies, then parameter files. */
export function inputsOf(stage: Stage): readonly StagePath[] {
  return [...stage.dependencies, ...stage.parameters]
}

/** Whether `path` lies in the folder; a folder does not lie in itself. */
export function isWithin(path: string, folder: string): boolean {
  return path.startsWith(folder.endsWith(sep) ? folder : folder + sep)
}

/** Whether `path` is `folder` or lies in it. */
export function isSameOrWithin(path: string, folder: string): boolean {
  return path === folder || isWithin(path, folder)
}

/** Adds what is wrong with the paths of stages: written twice, nested, outside the repository, the pipeline's own files. */
export function checkPaths(stages: readonly Stage[], root: string, problems: Problems): void {
  const written: { readonly stage: Stage; readonly output: Output }[] = []
  for (const stage of stages) {
    checkDuplicates(stage, problems)
    for (const output of stage.outputs) {
      checkOutput(stage, output, root, problems)
      const other = written.find(
        (earlier) =>
          isSameOrWithin(output.location, earlier.output.location) ||
          isWithin(earlier.output.location, output.location),
      )
      if (other !== undefined) addOverlap(stage, output, other, problems)
      written.push({ stage, output })
    }
  }
}

function checkDuplicates(stage: Stage, problems: Problems): void {
  const seen = new Set<string>()
  for (const { path, location } of inputsOf(stage)) {
    if (seen.has(location)) {
      problems.add(stage.place, `stage '${stage.name}' names the input '${path}' twice`)
    }
    seen.add(location)
  }
}

function checkOutput(
  stage: Stage,
  { path, location }: Output,
  root: string,
  problems: Problems,
): void {
  const name = basename(location)
  const subject = `the output '${path}' of stage '${stage.name}'`
  const parts = relative(root, location).split(sep)
  if (!isWithin(location, root)) {
    problems.add(stage.place, `${subject} lies outside the repository`, `write below '${root}'`)
  } else if (parts.includes('.dvc') || parts.includes('.git')) {
    problems.add(stage.place, `${subject} lies in a folder that belongs to dvc or git`)
  } else if (['dvc.yaml', 'dvc.lock', '.dvcignore'].includes(name) || name.endsWith('.dvc')) {
    problems.add(stage.place, `${subject} is one of the pipeline's own files`)
  }
}

function addOverlap(
  stage: Stage,
  output: Output,
  other: { readonly stage: Stage; readonly output: Output },
  problems: Problems,
): void {
  const [ours, theirs] = [output.path, other.output.path]
  const isSame = output.location === other.output.location
  const relation = isSame ? 'is also an output of' : `overlaps with '${theirs}' of`
  const whom = other.stage === stage ? 'the same stage' : `stage '${other.stage.name}'`
  problems.add(
    stage.place,
    `the output '${ours}' of stage '${stage.name}' ${relation} ${whom}`,
    'give each output its own path',
  )
}

/** @throws {ToolkitError} `PIPELINE_CYCLE` with the path of the circle */
export function checkCycles(stages: readonly Stage[], upstream: Upstream): void {
  const done = new Set<Stage>()
  const open: Stage[] = []
  const visit = (stage: Stage): void => {
    if (done.has(stage)) return
    if (open.includes(stage)) throw cycleError([...open.slice(open.indexOf(stage)), stage])
    open.push(stage)
    upstream.get(stage)?.forEach(visit)
    open.pop()
    done.add(stage)
  }
  stages.forEach(visit)
}

function cycleError(path: readonly Stage[]): ToolkitError {
  const names = path.map((stage) => stage.name)
  return new ToolkitError(
    'PIPELINE_CYCLE',
    `stages depend on each other in a circle: ${names.join(' → ')} (each reads what the next writes)`,
    { hint: `remove one output from the 'deps' of the stage before it`, details: { names } },
  )
}

/**
 * The stages that bring the targets up to date, each after all it reads from:
 * depth first in the order of dvc.yaml. A frozen stage draws nothing in.
 *
 * @param targets - names of stages or of `foreach` and `matrix` groups; none means all
 * @throws {ToolkitError} `PIPELINE_STAGE_UNKNOWN`
 */
export function orderStages(
  stages: readonly Stage[],
  upstream: Upstream,
  targets: readonly string[],
): Stage[] {
  const ordered = new Set<Stage>()
  const visit = (stage: Stage): void => {
    if (ordered.has(stage)) return
    if (!stage.isFrozen) upstream.get(stage)?.forEach(visit)
    ordered.add(stage)
  }
  const roots = targets.length === 0 ? stages : targets.flatMap((name) => stagesNamed(name, stages))
  roots.forEach(visit)
  return [...ordered]
}

function stagesNamed(name: string, stages: readonly Stage[]): readonly Stage[] {
  const found = stages.filter((stage) => stage.name === name || stage.group === name)
  if (found.length > 0) return found
  const names = stages.map((stage) => stage.name)
  throw new ToolkitError('PIPELINE_STAGE_UNKNOWN', `dvc.yaml has no stage '${name}'`, {
    hint: nameHint(name, names, 'stages'),
    details: { name, names },
  })
}
