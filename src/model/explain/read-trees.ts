import type { Node } from '../onnx/graph.ts'
import type { ExplainedTree } from './explained-tree.ts'
import { unexplained } from './unexplained.ts'

/** What a TreeEnsembleRegressor sums to one of its scores. */
export interface ExplainedTrees {
  readonly baseValue: number
  readonly trees: readonly ExplainedTree[]
}

/** The attributes of the ensemble, one entry a node of the file. */
interface Ensemble {
  readonly mode: readonly string[]
  readonly feature: readonly number[]
  readonly value: readonly number[]
  readonly missingTrue: readonly number[]
  /** Positions of the children. */
  readonly trueNode: readonly number[]
  readonly falseNode: readonly number[]
  readonly rowCount: readonly number[]
  readonly leaves: readonly Leaf[]
}

/** What a leaf adds to a score. */
interface Leaf {
  readonly position: number
  readonly target: number
  readonly weight: number
}

/**
 * Reads the trees of a node that was compiled before and so is sound. A chain of
 * `==` nodes that lead to one child is one split by a set of categories again.
 *
 * @returns one entry for each score, with the trees that add to it
 * @throws {ToolkitError} `EXPLANATION_UNSUPPORTED` when the file does not say how many rows took each branch.
 */
export function readTrees(node: Node): readonly ExplainedTrees[] {
  const tree = numbers(node, 'nodes_treeids')
  const ensemble = readEnsemble(node, tree)
  const roots = [...tree.keys()].filter((i) => i === 0 || tree[i] !== tree[i - 1])
  const count = node.attributes['n_targets']
  const baseValues = numbers(node, 'base_values')
  return Array.from({ length: count?.kind === 'int' ? count.value : 1 }, (_, target) => {
    const own = ensemble.leaves.filter((leaf) => leaf.target === target)
    const leafValue = new Float64Array(tree.length)
    for (const { position, weight } of own) leafValue[position]! += weight
    const grown = new Set(own.map(({ position }) => tree[position]))
    return {
      baseValue: baseValues[target] ?? 0,
      trees: roots
        .filter((root) => grown.has(tree[root]))
        .map((root) => readTree(ensemble, leafValue, root)),
    }
  })
}

function readEnsemble(node: Node, tree: readonly number[]): Ensemble {
  const id = numbers(node, 'nodes_nodeids')
  const position = new Map(tree.map((t, i) => [`${t}:${id[i]}`, i]))
  const positionsOf = (name: string): number[] =>
    numbers(node, name).map((child, i) => position.get(`${tree[i]}:${child}`) ?? -1)
  const rowCount = numbers(node, 'nodes_hitrates')
  if (rowCount.length !== tree.length) {
    throw unexplained('its file does not say how many rows of the fit took each branch')
  }
  const leafNodes = numbers(node, 'target_nodeids')
  const targets = numbers(node, 'target_ids')
  const weights = numbers(node, 'target_weights')
  const modes = node.attributes['nodes_modes']
  return {
    mode: modes?.kind === 'texts' ? modes.values : [],
    feature: numbers(node, 'nodes_featureids'),
    value: numbers(node, 'nodes_values'),
    missingTrue: numbers(node, 'nodes_missing_value_tracks_true'),
    trueNode: positionsOf('nodes_truenodeids'),
    falseNode: positionsOf('nodes_falsenodeids'),
    rowCount,
    leaves: numbers(node, 'target_treeids').map((t, i) => ({
      position: position.get(`${t}:${leafNodes[i]}`)!,
      target: targets[i] ?? 0,
      weight: weights[i]!,
    })),
  }
}

function numbers(node: Node, name: string): readonly number[] {
  const attribute = node.attributes[name]
  return attribute?.kind === 'ints' || attribute?.kind === 'floats' ? attribute.values : []
}

interface Branch {
  readonly position: number
  /** Number of the parent in the tree that is read, -1 at the root. */
  readonly parent: number
  readonly isLeft: boolean
}

function readTree(ensemble: Ensemble, leafValue: Float64Array, root: number): ExplainedTree {
  const feature: number[] = []
  const categories: (ReadonlySet<number> | undefined)[] = []
  const positions: number[] = []
  const left: number[] = []
  const right: number[] = []
  const waiting: Branch[] = [{ position: root, parent: -1, isLeft: false }]
  const seen = new Set<number>()
  for (let branch = waiting.pop(); branch !== undefined; branch = waiting.pop()) {
    const { position, parent, isLeft } = branch
    if (seen.has(position)) throw unexplained('its trees share branches')
    seen.add(position)
    const node = positions.length
    positions.push(position)
    left.push(-1)
    right.push(-1)
    if (parent !== -1) (isLeft ? left : right)[parent] = node
    const split = readSplit(ensemble, position)
    feature.push(split === undefined ? -1 : ensemble.feature[position]!)
    categories.push(split?.categories)
    if (split === undefined) continue
    waiting.push({ position: split.right, parent: node, isLeft: false })
    waiting.push({ position: ensemble.trueNode[position]!, parent: node, isLeft: true })
  }
  const rowCount = Float64Array.from(positions, (i) => ensemble.rowCount[i]!)
  checkCounts(rowCount, left, right)
  return {
    feature: Int32Array.from(feature),
    threshold: Float32Array.from(positions, (i) => ensemble.value[i]!),
    categories,
    missingLeft: Uint8Array.from(positions, (i) => ensemble.missingTrue[i] ?? 0),
    left: Int32Array.from(left),
    right: Int32Array.from(right),
    value: Float64Array.from(positions, (i) => leafValue[i]!),
    rowCount,
  }
}

/** Other exporters write 1 everywhere; explanations by that would be wrong numbers. */
function checkCounts(
  rowCount: Float64Array,
  left: readonly number[],
  right: readonly number[],
): void {
  const fault = left.findIndex((child, node) => {
    if (child === -1) return false
    const parts = rowCount[child]! + rowCount[right[node]!]!
    // The file holds them in 32 bits.
    return !(Math.abs(parts - rowCount[node]!) <= 1e-6 * rowCount[node]!)
  })
  if (fault === -1) return
  throw unexplained('the rows that its file says took two branches are not those of their split')
}

/** The categories of a split and where the others go; `undefined` at a leaf. */
function readSplit(
  { mode, feature, value, missingTrue, trueNode, falseNode, rowCount }: Ensemble,
  position: number,
): { readonly categories: ReadonlySet<number> | undefined; readonly right: number } | undefined {
  if (mode[position] === 'LEAF') return undefined
  if (!(rowCount[position]! > 0)) throw unexplained('no row of the fit came to one of its splits')
  let right = falseNode[position]!
  if (mode[position] !== 'BRANCH_EQ') return { categories: undefined, right }
  const categories = new Set([Math.fround(value[position]!)])
  while (
    mode[right] === 'BRANCH_EQ' &&
    feature[right] === feature[position] &&
    missingTrue[right] === missingTrue[position] &&
    trueNode[right] === trueNode[position]
  ) {
    categories.add(Math.fround(value[right]!))
    right = falseNode[right]!
  }
  return { categories, right }
}
