import { type ObjectiveName } from './objective.ts'

/**
 * A decision tree in arrays, one entry per node, in preorder: node 0 is the
 * root, a node's left child follows it, then come that child's descendants,
 * then the right child.
 */
export interface Tree {
  /** The feature that parts the node, -1 at a leaf. Shape [nodes]. */
  readonly feature: Int32Array
  /** A number goes left when `x <= threshold`, compared as float32. 0 at leaves and category splits. Shape [nodes]. */
  readonly threshold: Float32Array
  /** 1 when a missing value goes left. Shape [nodes]. */
  readonly missingLeft: Uint8Array
  /** Child nodes, -1 at a leaf. Shape [nodes]. */
  readonly left: Int32Array
  readonly right: Int32Array
  /** What a leaf adds to the score, 0 elsewhere. Shape [nodes]. */
  readonly value: Float32Array
  /** The codes that go left, ascending; all others go right. `undefined` at leaves and numeric splits. Shape [nodes]. */
  readonly categories: readonly (readonly number[] | undefined)[]
  /** Rows of the fit that came by. Shape [nodes]. */
  readonly rowCount: Int32Array
  /** What the split gains, twice the second-order estimate of the fall in loss; 0 at a leaf. Shape [nodes]. */
  readonly gain: Float64Array
}

/** Sums of trees: a row's score is a base score plus the value of one leaf per tree. */
export interface BoostedTrees {
  /** What the scores mean: see `predictTrees`. */
  readonly objective: ObjectiveName
  /** One per class where there are several to tell apart, else one. */
  readonly baseScores: readonly number[]
  /** In the order of the rounds; of several classes, each round has a tree for each in turn. */
  readonly trees: readonly Tree[]
}

/** How a node is parted; see {@link Tree}. */
export interface SplitRule {
  readonly feature: number
  readonly threshold: number
  readonly missingLeft: boolean
  readonly categories: readonly number[] | undefined
  readonly gain: number
}

/** A node while its tree grows: first a leaf, then, once split, a rule and two children. */
export interface GrowingNode {
  readonly rowCount: number
  value: number
  split?: { readonly rule: SplitRule; readonly left: GrowingNode; readonly right: GrowingNode }
}

/** Numbers the nodes in preorder and puts them into arrays. */
export function flattenTree(root: GrowingNode): Tree {
  const nodes = listPreorder(root)
  const numberOf = new Map(nodes.map((node, i) => [node, i]))
  const tree = createTree(nodes.length)
  for (const [i, { rowCount, value, split }] of nodes.entries()) {
    tree.rowCount[i] = rowCount
    tree.value[i] = value
    if (split === undefined) continue
    tree.feature[i] = split.rule.feature
    tree.threshold[i] = split.rule.threshold
    tree.missingLeft[i] = Number(split.rule.missingLeft)
    tree.left[i] = i + 1
    tree.right[i] = numberOf.get(split.right)!
    tree.categories[i] = split.rule.categories
    tree.gain[i] = split.rule.gain
  }
  return tree
}

/** So many leaves without rows. */
function createTree(nodes: number) {
  return {
    feature: new Int32Array(nodes).fill(-1),
    threshold: new Float32Array(nodes),
    missingLeft: new Uint8Array(nodes),
    left: new Int32Array(nodes).fill(-1),
    right: new Int32Array(nodes).fill(-1),
    value: new Float32Array(nodes),
    categories: Array.from<SplitRule['categories']>({ length: nodes }),
    rowCount: new Int32Array(nodes),
    gain: new Float64Array(nodes),
  }
}

function listPreorder(root: GrowingNode): GrowingNode[] {
  const nodes: GrowingNode[] = []
  const waiting = [root]
  while (waiting.length > 0) {
    const node = waiting.pop()!
    nodes.push(node)
    if (node.split !== undefined) waiting.push(node.split.right, node.split.left)
  }
  return nodes
}
