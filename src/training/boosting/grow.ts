import { type BinnedMatrix } from './bin.ts'
import { cellSize, fillHistogram, type HistogramLayout, subtractHistogram } from './histogram.ts'
import { leafValue, type Limits, noLimits, partLimits } from './leaf.ts'
import { type BoostingParameters } from './parameters.ts'
import {
  directionOf,
  findBestSplit,
  type Split,
  type SplitSearch,
  subtract,
  type Totals,
} from './split.ts'
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
  /** See {@link SplitSearch}. */
  readonly monotone: Int8Array | undefined
}

/** What one tree is grown on. */
export interface TreeInput {
  /** The rows; reordered so that each leaf's lie together. */
  readonly order: Int32Array
  /** Gradient and hessian of each row, shape [rows, 2]. */
  readonly derivatives: Float64Array
  /** The features the tree may use, ascending. */
  readonly features: Int32Array
  /** See {@link SplitSearch}. */
  readonly leastGain: number
  /** The value of a leaf with these rows, before the learning rate; a Newton step when absent. */
  readonly renewLeaf: ((rows: Int32Array) => number) | undefined
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
 */
export function growTree(grower: Grower, input: TreeInput): GrownTree {
  const { features, leastGain } = input
  const growth = { grower, ...input, search: { ...grower, features, leastGain } }
  const leaves = [plantRoot(growth)]
  const root = leaves[0]!.node
  while (leaves.length < grower.parameters.maxLeaves) {
    const leaf = chooseLeaf(leaves)
    if (leaf === undefined) break
    leaves.push(partLeaf(growth, leaf, leaves.length))
  }
  if (input.renewLeaf !== undefined) renewLeaves(growth, leaves, input.renewLeaf)
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
  /** `undefined` when no feature is monotone. */
  limits: Limits | undefined
  /** Index of its histogram. */
  slot: number
  split: Split | undefined
}

function plantRoot({ grower, order, derivatives, search }: Growth): Leaf {
  const histogram = grower.histograms[0]!
  fillHistogram(histogram, { order, start: 0, end: order.length }, derivatives, search)
  const totals = sumFeature(histogram, search)
  const limits = grower.monotone === undefined ? undefined : noLimits
  return {
    node: createNode(totals, grower.parameters, limits),
    start: 0,
    end: order.length,
    totals,
    limits,
    slot: 0,
    split: findBestSplit({ histogram, totals, limits }, search),
  }
}

function renewLeaves(
  { grower, order }: Growth,
  leaves: readonly Leaf[],
  renewLeaf: (rows: Int32Array) => number,
): void {
  for (const { node, start, end } of leaves) {
    const value = renewLeaf(order.subarray(start, end))
    node.value = Math.fround(grower.parameters.learningRate * value)
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
  totals: Totals,
  parameters: BoostingParameters,
  limits: Limits | undefined,
): GrowingNode {
  return { rowCount: totals.rows, value: Math.fround(leafValue(totals, parameters, limits)) }
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
  const [leftLimits, rightLimits] = limitChildren(growth, leaf, split)
  const leftNode = createNode(split.left, parameters, leftLimits)
  const rightNode = createNode(right, parameters, rightLimits)
  leaf.node.split = { rule: ruleOf(split, growth.grower.data), left: leftNode, right: rightNode }
  leaf.node.value = 0
  const sibling = {
    node: rightNode,
    start: middle,
    end: leaf.end,
    totals: right,
    limits: rightLimits,
    slot,
    split: undefined,
  }
  Object.assign(leaf, {
    node: leftNode,
    end: middle,
    totals: split.left,
    limits: leftLimits,
    split: undefined,
  })
  if (slot + 1 < parameters.maxLeaves) searchChildren(growth, leaf, sibling)
  return sibling
}

/** Below a split by a monotone feature both sides keep to their side of the middle: LightGBM's basic method. */
function limitChildren(
  { grower, search }: Growth,
  { limits, totals }: Leaf,
  split: Split,
): readonly [Limits | undefined, Limits | undefined] {
  if (limits === undefined) return [undefined, undefined]
  const step = { ...grower.parameters, learningRate: 1 }
  const left = leafValue(split.left, step, limits)
  const right = leafValue(subtract(totals, split.left), step, limits)
  return partLimits(limits, directionOf(split, search), left + (right - left) / 2)
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
    const { totals, limits } = leaf
    leaf.split = findBestSplit({ histogram: histograms[leaf.slot]!, totals, limits }, search)
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
