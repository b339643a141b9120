import { largestFloat } from '../../core/schema.ts'
import { type FeatureBins } from './bin.ts'
import { type FillTeam } from './fill-threads-process.ts'
import {
  cellBytes,
  featureWords,
  noNames,
  noNamesFalling,
  noNamesRising,
  searchFields,
} from '../kernels/boosting-kernel.ts'
import type { DerivativeScale } from './derivatives.ts'
import { type Histogram, type HistogramLayout } from './histogram.ts'
import { leafValue, type Limits, noLimits, partLimits } from './leaf.ts'
import { type BoostingParameters } from './parameters.ts'
import {
  directionOf,
  fillRules,
  findBestSplit,
  isKnownLeft,
  readCellRange,
  type Split,
  type SplitSearch,
  subtract,
  type Totals,
} from './split.ts'
import { flattenTree, type GrowingNode, type SplitRule, type Tree } from './tree.ts'
import { type Workspace } from './workspace.ts'

/** What the trees of one fit share. */
export interface Grower {
  readonly features: readonly FeatureBins[]
  readonly layout: HistogramLayout
  readonly parameters: BoostingParameters
  readonly workspace: Workspace
  readonly team: FillTeam
  /** See {@link SplitSearch}. */
  readonly monotone: Int8Array | undefined
}

/** What one tree is grown on. */
export interface TreeInput {
  /** The rows, in the workspace's `order`; reordered so that each leaf's lie together. */
  readonly order: Int32Array
  /** Gradient and hessian of each row, quantized; shape [rows, 2]. */
  readonly derivatives: Float64Array
  readonly scale: DerivativeScale
  /** The features the tree may use, ascending. */
  readonly used: Int32Array
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
  const { used, leastGain, scale } = input
  const { gradientStep, hessianStep, countBits } = scale
  grower.workspace.search.set([gradientStep, hessianStep, countBits], searchFields.gradientStep)
  fillRules(grower.workspace.search, grower.parameters)
  describeFeatures(grower, used)
  const growth = { grower, ...input, search: { ...grower, used, leastGain } }
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

/** Tells the kernel what it must know of the features in use. */
function describeFeatures(
  { features, layout, workspace, monotone }: Grower,
  used: Int32Array,
): void {
  for (let k = 0; k < used.length; k++) {
    const feature = used[k]!
    const bins = features[feature]!
    const at = featureWords * k
    workspace.features[at] = feature
    workspace.features[at + 1] = layout.firstCell[feature]! * cellBytes
    workspace.features[at + 2] = bins.bins
    workspace.features[at + 3] =
      bins.kind === 'number' ? namesOf(monotone?.[feature] ?? 0) : bins.codes.length
  }
}

/** Of a number. */
function namesOf(direction: number): number {
  if (direction === 0) return noNames
  return direction > 0 ? noNamesRising : noNamesFalling
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

function plantRoot(growth: Growth): Leaf {
  const { grower, order, search } = growth
  fillHistogram(growth, 0, { start: 0, end: order.length })
  const histogram = grower.workspace.histograms[0]!
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

/**
 * Sums the derivatives of a leaf's rows per bin of each feature in use; the cells of others
 * are left at 0. The sums are exact, since the derivatives lie on a grid, so no order of them matters.
 */
function fillHistogram(
  { grower: { workspace, team, features, layout }, order, derivatives, search }: Growth,
  slot: number,
  { start, end }: Pick<Leaf, 'start' | 'end'>,
): void {
  const histogram = workspace.histograms[slot]!
  workspace.kernel.clear(histogram.byteOffset, layout.cells)
  team.fill(
    order.byteOffset + 4 * start,
    end - start,
    workspace.byRow.byteOffset,
    features.length,
    derivatives.byteOffset,
    workspace.features.byteOffset,
    search.used.length,
    histogram.byteOffset,
    workspace.scratch.byteOffset,
  )
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
function sumFeature(histogram: Histogram, search: SplitSearch): Totals {
  const { layout, features, used } = search
  const feature = used[0]!
  const cells = features[feature]!.bins + 1
  const numbers = readCellRange({ histogram, ...search }, layout.firstCell[feature]!, cells)
  const sums = { gradient: 0, hessian: 0, rows: 0 }
  for (let at = 0; at < 3 * cells; at += 3) {
    sums.gradient += numbers[at]!
    sums.hessian += numbers[at + 1]!
    sums.rows += numbers[at + 2]!
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
  leaf.node.split = {
    rule: ruleOf(split, growth.grower.features),
    left: leftNode,
    right: rightNode,
  }
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
  leaf.node = leftNode
  leaf.end = middle
  leaf.totals = split.left
  leaf.limits = leftLimits
  leaf.split = undefined
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
function partRows(
  { grower: { workspace, features }, order }: Growth,
  { start, end }: Leaf,
  { feature, leftBins, missingLeft }: Split,
): number {
  const { kernel, goesLeft, byFeature, spare } = workspace
  goesLeft.fill(0)
  if (leftBins.kind === 'first') goesLeft.fill(1, 0, leftBins.count)
  else for (const bin of leftBins.bins) goesLeft[bin] = 1
  goesLeft[features[feature]!.bins] = Number(missingLeft)
  const rows = byFeature.length / features.length
  const left = kernel.part(
    order.byteOffset + 4 * start,
    end - start,
    byFeature.byteOffset + feature * rows,
    goesLeft.byteOffset,
    spare.byteOffset,
  )
  return start + left
}

/**
 * Sums the smaller child's rows, has the larger one's histogram by subtraction, and looks for their
 * splits. A node's histogram is its parent's less its sibling's, so only the smaller child's rows are
 * ever read: the subtraction trick of [Ke et al. 2017].
 */
function searchChildren(growth: Growth, left: Leaf, right: Leaf): void {
  const { grower, search } = growth
  const { kernel, histograms } = grower.workspace
  const [small, large] = left.totals.rows <= right.totals.rows ? [left, right] : [right, left]
  if (large.totals.rows < 2 * grower.parameters.minRowsPerLeaf) return
  const parentSlot = left.slot
  small.slot = right.slot
  large.slot = parentSlot
  fillHistogram(growth, small.slot, small)
  const [child, parent] = [histograms[small.slot]!, histograms[large.slot]!]
  kernel.subtract(parent.byteOffset, child.byteOffset, grower.layout.cells)
  for (const leaf of [left, right]) {
    const { totals, limits } = leaf
    leaf.split = findBestSplit({ histogram: histograms[leaf.slot]!, totals, limits }, search)
  }
}

function ruleOf(
  { feature, leftBins, missingLeft, gain }: Split,
  features: readonly FeatureBins[],
): SplitRule {
  const bins = features[feature]!
  // Only missing values go right; not Infinity, which JSON cannot hold.
  if (isKnownLeft(leftBins, bins)) {
    return { feature, threshold: largestFloat, missingLeft, categories: undefined, gain }
  }
  if (bins.kind === 'category') {
    const named = leftBins.kind === 'named' ? leftBins.bins : []
    const categories = named.map((bin) => bins.codes[bin]!).sort((a, b) => a - b)
    return { feature, threshold: 0, missingLeft, categories, gain }
  }
  const last = leftBins.kind === 'first' ? leftBins.count - 1 : 0
  return { feature, threshold: bins.thresholds[last]!, missingLeft, categories: undefined, gain }
}
