import type { Matrix } from '../../core/matrix.ts'
import { gaussLegendre } from '../../math/index.ts'
import { type ExplainedTree, goesLeft } from './explained-tree.ts'
import { unexplained } from './unexplained.ts'

/** Trees made ready to be explained. */
export interface TreeExplainer {
  /** The mean of the trees' sum, each branch weighed by the rows of the fit that took it. */
  readonly base: number
  /** Adds each column's Shapley value to `into`, both shaped like `rows`. */
  addContributions(into: Float64Array, rows: Matrix): void
}

/**
 * Exact path-dependent TreeSHAP: what [Lundberg et al. 2018, algorithm 2] computes,
 * in another way. A Shapley value is the integral over t in (0, 1) of the derivative
 * of the tree's multilinear extension, in which each column is known with probability
 * t [Owen 1972]. Along the path to a leaf that is a polynomial of a degree below the
 * number of its columns, so that Gauss's rule with half as many points gives it exactly;
 * and for each point one walk down and one up the tree does for all columns and leaves:
 * O(leaves · depth) a row instead of O(leaves · depth²), and all factors are positive.
 *
 * @throws {ToolkitError} `EXPLANATION_UNSUPPORTED` for trees deeper or larger than anybody grows, whose tables would fill the memory
 */
export function createTreeExplainer(trees: readonly ExplainedTree[]): TreeExplainer {
  const linked = trees.map(linkNodes)
  const sizes = linked.map(({ parent, distinct }) => parent.length * pointsFor(distinct))
  if (sizes.reduce((sum, size) => sum + size, 0) > mostCells) {
    throw unexplained('its trees are too large')
  }
  const scratch = createScratch(sizes.reduce((most, size) => Math.max(most, size), 0))
  const prepared = trees.map((tree, i) => prepareTree(tree, linked[i]!, scratch))
  return {
    base: trees.reduce((sum, tree) => sum + expectedValue(tree), 0),
    addContributions: (into, rows) => {
      for (const tree of prepared) {
        for (let row = 0; row < rows.rows; row++) {
          addRow(into, tree, rows.values, row * rows.columns)
        }
      }
    },
  }
}

/** Cells of all tables of one kind: 128 MB. */
const mostCells = 2 ** 24
const deepest = 1000

/** Gauss's rule with so many points is exact on paths with so many distinct columns. */
function pointsFor(distinct: number): number {
  return Math.max(1, Math.ceil(distinct / 2))
}

/** Overwritten by each row of each tree. */
interface Scratch {
  readonly product: Float64Array
  readonly sum: Float64Array
  readonly isTaken: Uint8Array
  readonly isLeft: Uint8Array
}

function createScratch(cells: number): Scratch {
  return {
    product: new Float64Array(cells),
    sum: new Float64Array(cells),
    isTaken: new Uint8Array(cells),
    isLeft: new Uint8Array(cells),
  }
}

/** A tree with all that does not depend on the row. Tables of [nodes, points] speak of the edge into the node. */
interface PreparedTree {
  readonly tree: ExplainedTree
  readonly points: number
  readonly parent: Int32Array
  /** The column the parent tests, -1 at the root. */
  readonly column: Int32Array
  /** The node whose edge last tested the same column above, -1 for none. */
  readonly previous: Int32Array
  /** Share of the parent's rows that came by. */
  readonly share: Float64Array
  /** What the product of factors is multiplied by when the row takes the edge, and when it does not. [nodes, points] */
  readonly taken: Float64Array
  readonly missed: Float64Array
  /** (1 − z) · weight / factor for an edge that is taken. [nodes, points] */
  readonly gain: Float64Array
  /** −z · weight / factor for one that is not: −weight / (1 − t), whichever the edge. [points] */
  readonly loss: Float64Array
  readonly scratch: Scratch
}

function prepareTree(
  tree: ExplainedTree,
  { parent, column, previous, distinct }: LinkedNodes,
  scratch: Scratch,
): PreparedTree {
  const nodes = tree.feature.length
  const { points: t, weights } = gaussLegendre(pointsFor(distinct))
  const points = t.length
  const share = new Float64Array(nodes).fill(1)
  /** Product of the shares along all edges of the same column. */
  const z = new Float64Array(nodes).fill(1)
  const taken = new Float64Array(nodes * points)
  const missed = new Float64Array(nodes * points)
  const gain = new Float64Array(nodes * points)
  for (let node = 1; node < nodes; node++) {
    share[node] = tree.rowCount[node]! / tree.rowCount[parent[node]!]!
    const before = previous[node] === -1 ? 1 : z[previous[node]!]!
    z[node] = before * share[node]!
    for (let k = 0; k < points; k++) {
      const unknown = (1 - t[k]!) * z[node]!
      const old = t[k]! + (1 - t[k]!) * before
      taken[node * points + k] = (t[k]! + unknown) / old
      missed[node * points + k] = unknown / old
      gain[node * points + k] = (weights[k]! * (1 - z[node]!)) / (t[k]! + unknown)
    }
  }
  return {
    tree,
    points,
    parent,
    column,
    previous,
    share,
    taken,
    missed,
    gain,
    loss: t.map((point, k) => -weights[k]! / (1 - point)),
    scratch,
  }
}

/** How the nodes hang together. */
interface LinkedNodes extends Pick<PreparedTree, 'parent' | 'column' | 'previous'> {
  /** The most distinct columns on a path. */
  readonly distinct: number
}

function linkNodes(tree: ExplainedTree): LinkedNodes {
  const nodes = tree.feature.length
  const parent = new Int32Array(nodes).fill(-1)
  const column = new Int32Array(nodes).fill(-1)
  const previous = new Int32Array(nodes).fill(-1)
  const count = new Int32Array(nodes)
  const depth = new Int32Array(nodes)
  for (let node = 0; node < nodes; node++) {
    if (node > 0) {
      depth[node] = depth[parent[node]!]! + 1
      if (depth[node]! > deepest) throw unexplained('its trees are too deep')
      let above = parent[node]!
      while (above > 0 && column[above] !== column[node]) above = parent[above]!
      previous[node] = above > 0 ? above : -1
      count[node] = count[parent[node]!]! + (above > 0 ? 0 : 1)
    }
    if (tree.feature[node]! < 0) continue
    for (const child of [tree.left[node]!, tree.right[node]!]) {
      parent[child] = node
      column[child] = tree.feature[node]!
    }
  }
  return { parent, column, previous, distinct: count.reduce((a, b) => Math.max(a, b), 0) }
}

function expectedValue(tree: ExplainedTree): number {
  const expected = Float64Array.from(tree.value)
  for (let node = tree.feature.length - 1; node >= 0; node--) {
    if (tree.feature[node]! < 0) continue
    const [left, right] = [tree.left[node]!, tree.right[node]!]
    expected[node] =
      (tree.rowCount[left]! * expected[left]! + tree.rowCount[right]! * expected[right]!) /
      tree.rowCount[node]!
  }
  return expected[0]!
}

function addRow(
  into: Float64Array,
  prepared: PreparedTree,
  values: Float32Array,
  offset: number,
): void {
  walkDown(prepared, values, offset)
  walkUp(into, prepared, offset)
}

/** Fills in the products of the factors from the root to each node, and what each leaf makes of its own. */
function walkDown(prepared: PreparedTree, values: Float32Array, offset: number): void {
  const { tree, points, parent } = prepared
  const { product, sum, isLeft } = prepared.scratch
  product.fill(1, 0, points)
  for (let node = 0; node < parent.length; node++) {
    if (node > 0) takeEdge(prepared, node)
    const at = node * points
    const feature = tree.feature[node]!
    if (feature >= 0) {
      isLeft[node] = Number(goesLeft(tree, node, values[offset + feature]!))
      sum.fill(0, at, at + points)
    } else {
      const value = tree.value[node]!
      for (let k = 0; k < points; k++) sum[at + k] = product[at + k]! * value
    }
  }
}

/** Fills in the products of a node from those of its parent. */
function takeEdge(prepared: PreparedTree, node: number): void {
  const { tree, points, parent, previous, share, taken, missed } = prepared
  const { product, isTaken, isLeft } = prepared.scratch
  const above = parent[node]!
  const at = node * points
  const from = above * points
  const before = previous[node]!
  if (before !== -1 && isTaken[before] === 0) {
    isTaken[node] = 0
    const factor = share[node]!
    for (let k = 0; k < points; k++) product[at + k] = product[from + k]! * factor
    return
  }
  const isOn = isLeft[above] === Number(tree.left[above] === node)
  isTaken[node] = Number(isOn)
  const factors = isOn ? taken : missed
  for (let k = 0; k < points; k++) product[at + k] = product[from + k]! * factors[at + k]!
}

/**
 * Sums the leaves below each edge and credits them to its column. An edge credits
 * them in the place of the one above that tested the same column.
 */
function walkUp(into: Float64Array, prepared: PreparedTree, offset: number): void {
  const { points, parent, column, previous, gain, loss } = prepared
  const { sum, isTaken } = prepared.scratch
  for (let node = parent.length - 1; node > 0; node--) {
    const at = node * points
    const up = parent[node]! * points
    const before = previous[node]!
    const isNews = before === -1 || isTaken[before] === 1
    let credit = 0
    if (isNews && isTaken[node] === 1) {
      for (let k = 0; k < points; k++) credit += sum[at + k]! * gain[at + k]!
    } else if (isNews) {
      for (let k = 0; k < points; k++) credit += sum[at + k]! * loss[k]!
    }
    if (isNews && before !== -1) {
      const old = before * points
      for (let k = 0; k < points; k++) credit -= sum[at + k]! * gain[old + k]!
    }
    into[offset + column[node]!]! += credit
    for (let k = 0; k < points; k++) sum[up + k]! += sum[at + k]!
  }
}
