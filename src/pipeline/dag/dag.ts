/** The graph of a pipeline: its stages or its outputs, and who is made from whom. */

import { resolve, sep } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { inputsOf, isSameOrWithin } from '../stages/graph.ts'
import type { Pipeline } from '../stages/parse-pipeline.ts'
import { indexOutputs, type OutputIndex } from '../stages/path-index.ts'
import type { Output, Stage } from '../stages/stage.ts'
import { selectStages, type TargetScope } from '../stages/targets.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** Nodes and who reads from whom. */
export interface Dag {
  /** In the order of the pipeline. */
  readonly nodes: readonly DagNode[]
}

/** One stage, or one output. */
export interface DagNode {
  readonly name: string
  /** Names of the nodes it is made from. */
  readonly upstream: readonly string[]
}

/** Which graph to make. */
export interface DagOptions extends TargetScope {
  /** A stage, a group, a file of stages or an output; `undefined` for everything. */
  readonly target?: string | undefined
  /** Outputs instead of stages. */
  readonly ofOutputs?: boolean
  /** Everything that the target is connected with, not just what it is made from. */
  readonly isFull?: boolean
  /** The members of a `foreach` or `matrix` as one node. */
  readonly collapsesGroups?: boolean
}

/**
 * The graph of all stages, or of what one target is made from.
 *
 * @throws {ToolkitError} `PIPELINE_STAGE_UNKNOWN`, `CLI_USAGE` for outputs of collapsed groups
 */
export function createDag(pipeline: Pipeline, options: DagOptions): Dag {
  const { ofOutputs = false, collapsesGroups = false } = options
  if (ofOutputs && collapsesGroups) {
    throw new ToolkitError('CLI_USAGE', 'outputs cannot be collapsed into groups', {
      hint: "take one of '--outs' and '--collapse-foreach-matrix'",
    })
  }
  const graph = ofOutputs ? outputGraph(pipeline, options) : stageGraph(pipeline)
  const nodes = filterNodes(graph, targetNames(pipeline, options), options.isFull === true)
  return { nodes: collapsesGroups ? collapseGroups(nodes, pipeline) : nodes }
}

function stageGraph({ stages, upstream }: Pipeline): DagNode[] {
  return stages.map((stage) => ({
    name: stage.address,
    upstream: (upstream.get(stage) ?? []).map(({ address }) => address),
  }))
}

function outputGraph({ stages }: Pipeline, scope: TargetScope): DagNode[] {
  const index = indexOutputs(stages)
  const upstream = new Map(stages.map((stage) => [stage, readBy(stage, index, scope)]))
  const owners = new Map(
    stages.flatMap((stage) => stage.outputs.map((output) => [output, stage] as const)),
  )
  return inFolderOrder([...owners.keys()]).map((output) => ({
    name: outputName(output, scope),
    upstream: upstream.get(owners.get(output)!)!,
  }))
}

/** Names of the outputs that a stage reads. */
function readBy(stage: Stage, index: OutputIndex, scope: TargetScope): string[] {
  const read = inputsOf(stage).flatMap(({ location }) =>
    index.holding(location).concat(index.below(location)),
  )
  return [...new Set(read.map(({ output }) => outputName(output, scope)))]
}

function outputName({ location }: Output, { directory }: TargetScope): string {
  return relativePosix(directory, location)
}

/** As DVC has them: those in one folder together, each folder where its first one stands. */
function inFolderOrder(outputs: readonly Output[]): Output[] {
  const ranks = new Map<string, number>()
  for (const output of outputs) {
    for (const prefix of prefixesOf(output)) {
      if (!ranks.has(prefix)) ranks.set(prefix, ranks.size)
    }
  }
  const keys = new Map(
    outputs.map((output) => [output, prefixesOf(output).map((prefix) => ranks.get(prefix)!)]),
  )
  return outputs.toSorted((a, b) => compareLists(keys.get(a)!, keys.get(b)!))
}

/** All folders that an output lies in, and itself. */
function prefixesOf({ location }: Output): string[] {
  return location.split(sep).map((_, i, parts) => parts.slice(0, i + 1).join(sep))
}

function compareLists(a: readonly number[], b: readonly number[]): number {
  const i = a.findIndex((value, at) => value !== b[at])
  return i === -1 ? a.length - b.length : a[i]! - (b[i] ?? -1)
}

/** Names of the nodes that the target stands for; all is said by none. */
function targetNames(pipeline: Pipeline, options: DagOptions): string[] {
  const { target, ofOutputs = false } = options
  if (target === undefined) return []
  const location = resolve(options.directory, target)
  const isOutputPath = (output: Output): boolean => isSameOrWithin(location, output.location)
  const owners = pipeline.stages.filter((stage) => stage.outputs.some(isOutputPath))
  const stages = findStages(pipeline, target, options) ?? owners
  if (stages.length === 0) throw unknownError(pipeline, target, options)
  if (!ofOutputs) return stages.map(({ address }) => address)
  const named = stages.flatMap(({ outputs }) => outputs)
  const chosen = named.some(isOutputPath) ? named.filter(isOutputPath) : named
  return chosen.map((output) => outputName(output, options))
}

function findStages(pipeline: Pipeline, target: string, scope: TargetScope): Stage[] | undefined {
  try {
    return selectStages(pipeline, [target], scope)
  } catch (error) {
    if (error instanceof ToolkitError && error.code === 'PIPELINE_STAGE_UNKNOWN') return undefined
    throw error
  }
}

function unknownError({ stages }: Pipeline, target: string, scope: TargetScope): ToolkitError {
  const names = stages.flatMap((stage) => [
    stage.address,
    ...stage.outputs.map((output) => outputName(output, scope)),
  ])
  return new ToolkitError('PIPELINE_STAGE_UNKNOWN', `there is no stage or output '${target}'`, {
    hint: nameHint(target, [...new Set(names)], 'stages and outputs'),
    details: { target, names },
  })
}

function filterNodes(
  nodes: readonly DagNode[],
  targets: readonly string[],
  isFull: boolean,
): readonly DagNode[] {
  if (targets.length === 0) return nodes
  const neighbours = isFull
    ? neighboursOf(nodes)
    : new Map(nodes.map(({ name, upstream }) => [name, upstream]))
  const reached = reachFrom(targets, neighbours)
  return nodes.filter(({ name }) => reached.has(name))
}

/** In both directions. */
function neighboursOf(nodes: readonly DagNode[]): ReadonlyMap<string, readonly string[]> {
  const neighbours = new Map(nodes.map(({ name, upstream }) => [name, [...upstream]]))
  for (const { name, upstream } of nodes) {
    for (const parent of upstream) neighbours.get(parent)?.push(name)
  }
  return neighbours
}

function reachFrom(
  starts: readonly string[],
  neighbours: ReadonlyMap<string, readonly string[]>,
): ReadonlySet<string> {
  const reached = new Set<string>()
  const waiting = [...starts]
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    if (reached.has(name)) continue
    reached.add(name)
    waiting.push(...(neighbours.get(name) ?? []))
  }
  return reached
}

/** Groups come after all others, as in DVC. */
function collapseGroups(nodes: readonly DagNode[], { stages }: Pipeline): DagNode[] {
  const groups = new Map(
    stages.map((stage) => [stage.address, groupAddress(stage) ?? stage.address]),
  )
  const collapsed = new Map<string, Set<string>>()
  const isMember = ({ name }: DagNode): boolean => groups.get(name) !== name
  const ordered = [...nodes.filter((node) => !isMember(node)), ...nodes.filter(isMember)]
  for (const { name, upstream } of ordered) {
    const group = groups.get(name) ?? name
    const parents = collapsed.get(group) ?? new Set()
    for (const parent of upstream) parents.add(groups.get(parent) ?? parent)
    // Members that read from each other make no circle of the group.
    parents.delete(group)
    collapsed.set(group, parents)
  }
  return Array.from(collapsed, ([name, upstream]) => ({ name, upstream: [...upstream] }))
}

function groupAddress({ group, address, name }: Stage): string | undefined {
  return group === undefined ? undefined : address.slice(0, address.length - name.length) + group
}

/** Nodes that are connected, in the order of their first; each keeps the graph's order. */
export function splitComponents({ nodes }: Dag): DagNode[][] {
  const neighbours = neighboursOf(nodes)
  const components = new Map<string, DagNode[]>()
  const leaders = new Map<string, string>()
  for (const node of nodes) {
    if (!leaders.has(node.name)) {
      for (const name of reachFrom([node.name], neighbours)) leaders.set(name, node.name)
    }
    const leader = leaders.get(node.name) ?? node.name
    components.set(leader, [...(components.get(leader) ?? []), node])
  }
  return [...components.values()]
}
