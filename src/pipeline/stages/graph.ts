/** How stages hang together: who reads what whom writes, in which order they run, and what is wrong with it. */

import { sep } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { readReservedName } from '../../core/reserved-name.ts'
import type { Problems } from '../yaml/problems.ts'
import { indexOutputs, type OutputIndex, type OwnedOutput } from './path-index.ts'
import type { Output, Stage, StagePath } from './stage.ts'

/** For each stage, the stages it reads from, in the order of its inputs. */
export type Upstream = ReadonlyMap<Stage, readonly Stage[]>

/** A path is read when it is an output, lies in one, or contains one. */
export function linkStages(stages: readonly Stage[]): Upstream {
  const index = indexOutputs(stages)
  return new Map(stages.map((stage) => [stage, upstreamOf(stage, index)]))
}

function upstreamOf(stage: Stage, index: OutputIndex): Stage[] {
  const found = new Set<Stage>()
  for (const { location } of inputsOf(stage)) {
    for (const owner of index.holding(location)) found.add(owner.stage)
    for (const owner of index.below(location)) found.add(owner.stage)
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

/** What paths are checked against. */
export interface PathRules {
  /** Absolute root of the repository. */
  readonly root: string
  /** What hides a path from DVC, in words. */
  readonly hiddenBy?: ((location: string) => string | undefined) | undefined
}

/** Adds what is wrong with the paths of stages: written twice, nested, outside the repository, hidden, the pipeline's own files. */
export function checkPaths(stages: readonly Stage[], rules: PathRules, problems: Problems): void {
  const index = indexOutputs(stages)
  const order = new Map(stages.map((stage, i) => [stage, i]))
  for (const stage of stages) {
    checkDuplicates(stage, problems)
    for (const output of stage.outputs) {
      checkOutput(stage, output, rules, problems)
      const related = [...index.holding(output.location), ...index.below(output.location)]
      // Each pair is told once, at the later of the two.
      const other = related.find(
        (candidate) =>
          candidate.output !== output &&
          (candidate.stage === stage
            ? stage.outputs.indexOf(candidate.output) < stage.outputs.indexOf(output)
            : order.get(candidate.stage)! < order.get(stage)!),
      )
      if (other !== undefined) addOverlap(stage, output, other, problems)
    }
  }
}

/** A file may be both: a dependency as a whole, and one whose parameters are recorded. */
function checkDuplicates(stage: Stage, problems: Problems): void {
  for (const inputs of [stage.dependencies, stage.parameters]) {
    const seen = new Set<string>()
    for (const { path, location } of inputs) {
      if (seen.has(location)) {
        problems.add(stage.place, `${nameStage(stage)} names the input '${path}' twice`)
      }
      seen.add(location)
    }
  }
}

function checkOutput(
  stage: Stage,
  { path, location }: Output,
  { root, hiddenBy }: PathRules,
  problems: Problems,
): void {
  const tell = (what: string, hint?: string): void =>
    problems.add(stage.place, `the output '${path}' of ${nameStage(stage)} ${what}`, hint)
  if (!isWithin(location, root)) {
    tell('lies outside the repository', `write below '${root}'`)
    return
  }
  const parts = location.slice(root.length).split(sep)
  const name = parts.at(-1) ?? ''
  if (parts.some((part) => readReservedName(part) !== undefined)) {
    tell('lies in a folder that belongs to dvc or git')
  } else if (['dvc.yaml', 'dvc.lock', '.dvcignore'].includes(name) || name.endsWith('.dvc')) {
    tell("is one of the pipeline's own files")
  } else {
    const rule = hiddenBy?.(location)
    if (rule === undefined) return
    tell(
      `is hidden by ${rule}`,
      'take the rule away, or put an exception below it: a line that begins with !',
    )
  }
}

function addOverlap(stage: Stage, output: Output, other: OwnedOutput, problems: Problems): void {
  const [ours, theirs] = [output.path, other.output.path]
  const isSame = output.location === other.output.location
  const relation = isSame ? 'is also an output of' : `overlaps with '${theirs}' of`
  const whom = other.stage === stage ? 'the same stage' : nameStage(other.stage)
  problems.add(
    stage.place,
    `the output '${ours}' of ${nameStage(stage)} ${relation} ${whom}`,
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
  const names = path.map((stage) => stage.address)
  return new ToolkitError(
    'PIPELINE_CYCLE',
    `stages depend on each other in a circle: ${names.join(' → ')} (each reads what the next writes)`,
    { hint: `remove one output from the 'deps' of the stage before it`, details: { names } },
  )
}

/** A stage in a message. */
export function nameStage(stage: Stage): string {
  return stage.data === undefined ? `stage '${stage.address}'` : `'${stage.address}'`
}

/**
 * The stages that bring the roots up to date, each after all it reads from:
 * depth first in the given order. A frozen stage draws nothing in.
 */
export function orderStages(roots: readonly Stage[], upstream: Upstream): Stage[] {
  const ordered = new Set<Stage>()
  const visit = (stage: Stage): void => {
    if (ordered.has(stage)) return
    if (!stage.isFrozen) upstream.get(stage)?.forEach(visit)
    ordered.add(stage)
  }
  roots.forEach(visit)
  return [...ordered]
}

/**
 * The roots and all stages that read from them, directly or not, each after all it reads from. A frozen
 * stage takes in nothing new, so what lies behind it is not reached.
 */
export function orderDownstream(roots: readonly Stage[], upstream: Upstream): Stage[] {
  const reached = new Set(roots)
  // A stage comes after what it reads from, so one pass in order reaches all.
  for (const stage of orderAll(upstream)) {
    if (stage.isFrozen) continue
    if (upstream.get(stage)?.some((parent) => reached.has(parent)) === true) reached.add(stage)
  }
  return orderAll(upstream).filter((stage) => reached.has(stage))
}

function orderAll(upstream: Upstream): Stage[] {
  return orderStages([...upstream.keys()], upstream)
}
