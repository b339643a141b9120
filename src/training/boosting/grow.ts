import { type BinnedMatrix } from './bin.ts'
import { cellSize, fillHistogram, type HistogramLayout, subtractHistogram } from './histogram.ts'
import { type BoostingParameters } from './parameters.ts'
import { findBestSplit, type Split, type SplitSearch, subtract, type Totals } from './split.ts'
import { flattenTree, type GrowingNode, type SplitRule, type Tree } from './tree.ts'

/** What the trees of one fit share. The buffers are overwritten by each tree. */
export interface Grower {
  readonly data: BinnedMatrix
  readonly layout: HistogramLayout
  readonly parameters: BoostingParameters
  /** One histogram per leaf. */
  readonly histograms: Float64Array[]
  /** Shape [rows]. */
  readonly spare: Int32Array
}

export interface GrownTree {
  readonly tree: Tree
  /** The rows of each leaf, as ranges of the order that was passed in. */
  readonly leaves: readonly {
    readonly start: number
    readonly end: number
    readonly value: number
  }[]
}

/**
 * Grows one tree leaf by leaf: always the leaf whose split gains most is
 * parted next, the oldest among equals, until there are `maxLeaves` or no split gains.
 *
 * @param order - the rows to grow on; reordered so that each leaf's lie together
 * @param derivatives - gradient and hessian of each row, shape [rows, 2]
 * @param features - the features the tree may use, ascending
 */
export function growTree(
  grower: Grower,
  order: Int32Array,
  derivatives: Float64Array,
  features: Int32Array,
): GrownTree {
  const growth = { grower, order, derivatives, search: { ...grower, features } }
  const leaves = [plantRoot(growth)]
  const root = leaves[0]!.node
  while (leaves.length < grower.parameters.maxLeaves) {
    const leaf = chooseLeaf(leaves)
    if (leaf === undefined) break
    leaves.push(partLeaf(growth, leaf, leaves.length))
  }
  return {
    tree: flattenTree(root),
    leaves: leaves.map(({ start, end, node }) => ({ start, end, value: node.value })),
  }
}

interface Growth {
  readonly grower: Grower
  readonly order: Int32Array
  readonly derivatives: Float64Array
  readonly search: SplitSearch
}

/** A leaf that may still be parted; then it becomes its own left child. */
interface Leaf {
  node: GrowingNode
  start: number
  end: number
  totals: Totals
  /** Index of its histogram. */
  slot: number
  split: Split | undefined
}

function plantRoot({ grower, order, derivatives, search }: Growth): Leaf {
  const histogram = grower.histograms[0]!
  fillHistogram(histogram, { order, start: 0, end: order.length }, derivatives, search)
  const totals = sumFeature(histogram, search)
  return {
    node: createNode(totals, grower.parameters),
    start: 0,
    end: order.length,
    totals,
    slot: 0,
    split: findBestSplit(histogram, totals, search),
  }
}

/** Every feature's cells sum to the whole node; exactly, as all sums here are. */
function sumFeature(histogram: Float64Array, { layout, data, features }: SplitSearch): Totals {
  const feature = features[0]!
  const first = layout.firstCell[feature]!
  const sums = { gradient: 0, hessian: 0, rows: 0 }
  for (let cell = first; cell <= first + data.features[feature]!.bins; cell++) {
    sums.gradient += histogram[cell * cellSize]!
    sums.hessian += histogram[cell * cellSize + 1]!
    sums.rows += histogram[cell * cellSize + 2]!
  }
  return sums
}

function createNode(
  { gradient, hessian, rows }: Totals,
  parameters: BoostingParameters,
): GrowingNode {
  const { learningRate, l2 } = parameters
  return { rowCount: rows, value: Math.fround((-learningRate * gradient) / (hessian + l2)) }
}

function chooseLeaf(leaves: readonly Leaf[]): Leaf | undefined {
  let best: Leaf | undefined
  for (const leaf of leaves) {
    if (leaf.split !== undefined && leaf.split.gain > (best?.split?.gain ?? 0)) best = leaf
  }
  return best
}

/** Parts a leaf: it becomes the left child, and the right one, with the free histogram `slot`, is returned. */
function partLeaf(growth: Growth, leaf: Leaf, slot: number): Leaf {
  const split = leaf.split!
  const { parameters } = growth.grower
  const middle = partRows(growth, leaf, split)
  const right = subtract(leaf.totals, split.left)
  const leftNode = createNode(split.left, parameters)
  const rightNode = createNode(right, parameters)
  leaf.node.split = { rule: ruleOf(split, growth.grower.data), left: leftNode, right: rightNode }
  leaf.node.value = 0
  const sibling = {
    node: rightNode,
    start: middle,
    end: leaf.end,
    totals: right,
    slot,
    split: undefined,
  }
  Object.assign(leaf, { node: leftNode, end: middle, totals: split.left, split: undefined })
  if (slot + 1 < parameters.maxLeaves) searchChildren(growth, leaf, sibling)
  return sibling
}

/** Moves the rows that go left before the others, each side in its old order; returns where the right side starts. */
function partRows({ grower, order }: Growth, { start, end }: Leaf, split: Split): number {
  const bins = grower.data.byFeature[split.feature]!
  const goesLeft = new Uint8Array(256)
  for (const bin of split.leftBins) goesLeft[bin] = 1
  goesLeft[grower.data.features[split.feature]!.bins] = Number(split.missingLeft)
  const { spare } = grower
  let left = start
  let right = 0
  for (let i = start; i < end; i++) {
    const row = order[i]!
    if (goesLeft[bins[row]!] === 1) order[left++] = row
    else spare[right++] = row
  }
  order.set(spare.subarray(0, right), left)
  return left
}

/** Sums the smaller child's rows, has the larger one's histogram by subtraction, and looks for their splits. */
function searchChildren(
  { grower, order, derivatives, search }: Growth,
  left: Leaf,
  right: Leaf,
): void {
  const { histograms, parameters } = grower
  const [small, large] = left.totals.rows <= right.totals.rows ? [left, right] : [right, left]
  if (large.totals.rows < 2 * parameters.minRowsPerLeaf) return
  const parentSlot = left.slot
  small.slot = right.slot
  large.slot = parentSlot
  fillHistogram(
    histograms[small.slot]!,
    { order, start: small.start, end: small.end },
    derivatives,
    search,
  )
  subtractHistogram(histograms[large.slot]!, histograms[small.slot]!)
  for (const leaf of [left, right]) {
    leaf.split = findBestSplit(histograms[leaf.slot]!, leaf.totals, search)
  }
}

function ruleOf(
  { feature, leftBins, missingLeft, gain }: Split,
  { features }: BinnedMatrix,
): SplitRule {
  const bins = features[feature]!
  // Only missing values go right; not Infinity, which JSON cannot hold.
  if (leftBins.length === bins.bins) {
    return { feature, threshold: largestFloat32, missingLeft, categories: undefined, gain }
  }
  if (bins.kind === 'category') {
    const categories = leftBins.map((bin) => bins.codes[bin]!).sort((a, b) => a - b)
    return { feature, threshold: 0, missingLeft, categories, gain }
  }
  const threshold = bins.thresholds[leftBins.length - 1]!
  return { feature, threshold, missingLeft, categories: undefined, gain }
}

const largestFloat32 = 3.4028234663852886e38
