import { ToolkitError } from '../../core/errors.ts'
import type { Node } from './graph.ts'

/** All trees in flat arrays, one entry a node; children lie behind their parent. */
export interface Forest {
  /** First node of each tree, shape [trees]. */
  readonly roots: Int32Array
  /** Column tested, -1 at a leaf, shape [nodes]. */
  readonly feature: Int32Array
  readonly threshold: Float32Array
  /** 1 where the test is `x == threshold`, 0 where it is `x <= threshold`. */
  readonly isEquality: Uint8Array
  /** 1 where a missing value takes the branch of a test that holds. */
  readonly missingTrue: Uint8Array
  readonly trueNode: Int32Array
  readonly falseNode: Int32Array
  readonly leafValue: Float64Array
  /** What each tree adds to, shape [trees]. */
  readonly target: Int32Array
  /** Shape [targets]. */
  readonly base: Float64Array
  /** How many columns a row has at least. */
  readonly columns: number
}

/**
 * Adds to the sums of each row the leaves that it comes to, in the order of the trees.
 *
 * @param sums - shape [rows, targets]
 */
export type ForestScorer = (
  values: Float32Array,
  rows: number,
  columns: number,
  sums: Float64Array,
) => void

/**
 * Reads the trees of a TreeEnsembleRegressor that add to one target each and branch by `<=` and `==`.
 *
 * @throws {ToolkitError} `MODEL_INVALID`, `MODEL_OPERATOR_UNSUPPORTED`
 */
export function readForest(node: Node): Forest {
  checkForm(node)
  const tree = integers(node, 'nodes_treeids')
  const id = integers(node, 'nodes_nodeids')
  const modes = texts(node, 'nodes_modes')
  checkLengths(node, tree.length)
  checkModes(modes)
  const roots = findRoots(tree)
  const find = indexNodes(tree, id, roots)
  const locate = (t: number, nodeId: number): number => {
    const found = find(t, nodeId)
    if (found === undefined) throw broken(`tree ${t} has no node ${nodeId}`)
    return found
  }
  const child = (name: string): Int32Array => {
    const nodeIds = integers(node, name)
    const places = new Int32Array(tree.length).fill(-1)
    for (let i = 0; i < places.length; i++) {
      if (modes[i] !== 'LEAF') places[i] = forwardOnly(locate(tree[i]!, nodeIds[i]!), i)
    }
    return places
  }
  const leafValue = new Float64Array(tree.length)
  const weights = floats(node, 'target_weights')
  const weightNodes = integers(node, 'target_nodeids')
  integers(node, 'target_treeids').forEach((t, i) => {
    leafValue[locate(t, weightNodes[i]!)]! += weights[i]!
  })
  const columns = integers(node, 'nodes_featureids')
  const feature = Int32Array.from(
    columns.map((column, i) => (modes[i] === 'LEAF' ? -1 : columnOf(column))),
  )
  return {
    roots: Int32Array.from(roots),
    feature,
    columns: feature.reduce((most, column) => Math.max(most, column), -1) + 1,
    threshold: Float32Array.from(floats(node, 'nodes_values')),
    isEquality: Uint8Array.from(modes.map((mode) => (mode === 'BRANCH_EQ' ? 1 : 0))),
    missingTrue: Uint8Array.from(integers(node, 'nodes_missing_value_tracks_true')),
    trueNode: child('nodes_truenodeids'),
    falseNode: child('nodes_falsenodeids'),
    leafValue,
    target: readTargets(
      node,
      roots.map((root) => tree[root]!),
    ),
    base: readBase(node),
  }
}

/** The first node of each tree, whose nodes stand together. */
function findRoots(trees: readonly number[]): readonly number[] {
  const roots: number[] = []
  const seen = new Set<number>()
  for (let i = 0; i < trees.length; i++) {
    const tree = trees[i]!
    if (i > 0 && tree === trees[i - 1]) continue
    if (seen.has(tree)) throw broken(`the nodes of tree ${tree} do not stand together`)
    seen.add(tree)
    roots.push(i)
  }
  return roots
}

/** Finds the positions of nodes; in nearly all files those of a tree are numbered from 0 up. */
function indexNodes(
  trees: readonly number[],
  ids: readonly number[],
  roots: readonly number[],
): (tree: number, id: number) => number | undefined {
  const starts = new Map(roots.map((root) => [trees[root]!, root]))
  if (ids.every((id, i) => id === i - starts.get(trees[i]!)!)) {
    return (tree, id) => {
      const position = starts.get(tree)! + id
      return id >= 0 && trees[position] === tree ? position : undefined
    }
  }
  const positions = new Map(roots.map((root) => [trees[root]!, new Map<number, number>()]))
  for (const [i, id] of ids.entries()) {
    const own = positions.get(trees[i]!)!
    if (own.has(id)) throw broken(`tree ${trees[i]} has node ${id} twice`)
    own.set(id, i)
  }
  return (tree, id) => positions.get(tree)?.get(id)
}

/** The one target of each of the trees; 0 for a tree that adds to none. */
function readTargets(node: Node, trees: readonly number[]): Int32Array {
  const targets = targetsOf(node)
  const ids = integers(node, 'target_ids')
  const targetOf = new Map<number, number>()
  for (const [i, tree] of integers(node, 'target_treeids').entries()) {
    const target = ids[i]!
    if (!(target >= 0 && target < targets)) throw broken(`a leaf adds to target ${target}`)
    if ((targetOf.get(tree) ?? target) !== target) {
      throw unsupported(`a tree of several targets, ${targetOf.get(tree)} and ${target}`)
    }
    targetOf.set(tree, target)
  }
  return Int32Array.from(trees, (tree) => targetOf.get(tree) ?? 0)
}

function readBase(node: Node): Float64Array {
  const base = floats(node, 'base_values')
  const targets = targetsOf(node)
  if (base.length > 0 && base.length !== targets) {
    throw broken(`'base_values' has ${base.length} entries, expected ${targets}`)
  }
  return Float64Array.from({ length: targets }, (_, target) => base[target] ?? 0)
}

function targetsOf({ attributes: { n_targets: attribute } }: Node): number {
  const targets = attribute?.kind === 'int' ? attribute.value : 1
  // What comes out is a matrix of so many columns.
  if (!(targets >= 1 && targets <= mostTargets)) throw broken(`it has ${targets} targets`)
  return targets
}

const mostTargets = 10_000

/** A negative one would make a leaf of a node that tests, and so would one beyond 32 bits. */
function columnOf(column: number): number {
  if (!(column >= 0 && column <= 0x7fff_ffff)) throw broken(`a node tests column ${column}`)
  return column
}

/** Children lie behind their parent, so that no file can make scoring run for ever. */
function forwardOnly(child: number, parent: number): number {
  if (child <= parent) throw broken(`node ${parent} points back to node ${child}`)
  return child
}

/** What another exporter may ask for and is not run here would be a wrong number. */
function checkForm(node: Node): void {
  const asked = [
    ...listOther(node, 'aggregate_function', 'SUM'),
    ...listOther(node, 'post_transform', 'NONE'),
  ]
  if (asked.length > 0) throw unsupported(asked.join(', '))
}

/** An attribute that is there with another value than the one that is run; absent it has that one. */
function listOther(node: Node, name: string, run: string | number): string[] {
  const attribute = node.attributes[name]
  if (attribute === undefined || ('value' in attribute && attribute.value === run)) return []
  return [`${name} ${'value' in attribute ? attribute.value : 'of several values'}`]
}

function checkModes(modes: readonly string[]): void {
  const known = ['BRANCH_LEQ', 'BRANCH_EQ', 'LEAF']
  const unknown = modes.find((mode) => !known.includes(mode))
  if (unknown === undefined) return
  throw new ToolkitError(
    'MODEL_OPERATOR_UNSUPPORTED',
    `the model's trees branch by ${unknown}, which is not run here`,
    { hint: `the modes are: ${known.join(', ')}` },
  )
}

/** One entry a node, and one a weight of a leaf. */
function checkLengths(node: Node, nodes: number): void {
  const weights = integers(node, 'target_treeids').length
  for (const [name, attribute] of Object.entries(node.attributes)) {
    if (!/^(?:nodes|target)_/.test(name) || !('values' in attribute)) continue
    const expected = name.startsWith('nodes_') ? nodes : weights
    if (attribute.values.length !== expected) {
      throw broken(`'${name}' has ${attribute.values.length} entries, expected ${expected}`)
    }
  }
}

function integers(node: Node, name: string): readonly number[] {
  const attribute = node.attributes[name]
  if (attribute?.kind !== 'ints') throw broken(`it has no integers '${name}'`)
  return attribute.values
}

function floats(node: Node, name: string): readonly number[] {
  const attribute = node.attributes[name]
  if (attribute?.kind !== 'floats') throw broken(`it has no floats '${name}'`)
  return attribute.values
}

function texts(node: Node, name: string): readonly string[] {
  const attribute = node.attributes[name]
  if (attribute?.kind !== 'texts') throw broken(`it has no texts '${name}'`)
  return attribute.values
}

function unsupported(what: string): ToolkitError {
  return new ToolkitError(
    'MODEL_OPERATOR_UNSUPPORTED',
    `the model's trees ask for what is not run here: ${what}`,
    { hint: 'sums of leaves, each tree for one target, are run here' },
  )
}

function broken(what: string): ToolkitError {
  return new ToolkitError('MODEL_INVALID', `the model's TreeEnsembleRegressor is broken: ${what}`, {
    hint: 'restore the model file, or train again',
  })
}
