import { searchFields } from '../kernels/boosting-kernel.ts'
import { type FeatureBins } from './bin.ts'
import { cellAddress, type Histogram, type HistogramLayout } from './histogram.ts'
import {
  freeScore,
  type GradientSums,
  leafScore,
  leafValue,
  type Limits,
  type Shrinkage,
} from './leaf.ts'
import { type BoostingParameters } from './parameters.ts'
import { type Workspace } from './workspace.ts'

/** Sums over rows: of gradients, of hessians, of ones. */
export interface Totals {
  readonly gradient: number
  readonly hessian: number
  readonly rows: number
}

/** The best way to part a node. */
export interface Split {
  readonly feature: number
  /** See {@link findBestSplit}; above 0. */
  readonly gain: number
  /** The known bins that go left. */
  readonly leftBins: LeftBins
  readonly missingLeft: boolean
  /** Sums over the rows that go left. */
  readonly left: Totals
}

/** Bins without the missing value's; no list where none is needed, as garbage is a large part of a small fit. */
export type LeftBins =
  | { readonly kind: 'first'; readonly count: number }
  /** Ascending. */
  | { readonly kind: 'named'; readonly bins: readonly number[] }

export interface SplitSearch {
  readonly features: readonly FeatureBins[]
  readonly layout: HistogramLayout
  readonly parameters: BoostingParameters
  readonly workspace: Pick<Workspace, 'kernel' | 'search' | 'numbers' | 'rates' | 'binOrder'>
  /** The features that may part a node, ascending. */
  readonly used: Int32Array
  /** What a split must gain to be one: more than rounding. */
  readonly leastGain: number
  /** Per feature, whether scores may only rise (1) or fall (-1) with it; 0 for either. `undefined` when all are 0. */
  readonly monotone: Int8Array | undefined
}

/** A node that may be parted. */
export interface SplitNode {
  readonly histogram: Histogram
  readonly totals: Totals
  /** For the values of its leaves; `undefined` when no feature is monotone. */
  readonly limits: Limits | undefined
}

/**
 * Finds the split with the largest gain
 * GL² / (HL + λ) + GR² / (HR + λ) − G² / (H + λ), equation 7 of
 * [Chen & Guestrin 2016] without its constants. Among equals the lowest feature
 * wins, then the lowest bin, then missing values on the right.
 *
 * @returns `undefined` when no split gains enough within the limits on rows, hessians and values.
 */
export function findBestSplit(node: SplitNode, search: SplitSearch): Split | undefined {
  const { features, parameters, workspace } = search
  const { totals, limits } = node
  if (totals.rows < 2 * parameters.minRowsPerLeaf) return undefined
  if (limits === undefined) workspace.search.set(fieldsOf(totals, parameters))
  const parentScore = leafScore(totals, parameters, limits)
  // More than rounding, which grows with the score.
  let floor = parentScore * (1 + 1e-12) + search.leastGain
  let best: Candidate | undefined
  for (let i = 0; i < search.used.length; i++) {
    const feature = search.used[i]!
    const isNumber = features[feature]!.kind === 'number'
    const found =
      isNumber && limits === undefined
        ? scanThresholds(node, search, feature, floor)
        : scanFeature(node, search, feature, floor)
    if (found === undefined) continue
    best = { ...found, feature }
    floor = found.score
  }
  return best === undefined ? undefined : toSplit(best, parentScore, { ...node, search })
}

function scanFeature(
  node: SplitNode,
  { features, layout, parameters, workspace, monotone }: SplitSearch,
  feature: number,
  floor: number,
): Found | undefined {
  const bins = features[feature]!
  const direction = monotone?.[feature] ?? 0
  const part = {
    ...node,
    first: layout.firstCell[feature]!,
    parameters,
    workspace,
    bins,
    direction,
  }
  return bins.kind === 'number' ? scanNumber(part, floor) : scanCategories(part, floor)
}

/** One feature of the node that is to be parted. */
interface NodeFeature extends SplitNode, Pick<SplitSearch, 'parameters' | 'workspace'> {
  /** Its first cell. */
  readonly first: number
  readonly bins: FeatureBins
  /** See {@link SplitSearch.monotone}. */
  readonly direction: number
}

interface Found {
  /** GL² / (HL + λ) + GR² / (HR + λ) */
  readonly score: number
  readonly left: Totals
  readonly cut: Cut
}

/** Which bins go left. */
type Cut =
  /** All up to the last. */
  | { readonly kind: 'threshold'; readonly lastBin: number; readonly missingLeft: boolean }
  /** In any order, with the missing value's among them when it does. */
  | { readonly kind: 'set'; readonly bins: readonly number[] }

interface Candidate extends Found {
  readonly feature: number
}

/** The start of the numbers of a search: see `searchFields`. */
function fieldsOf({ gradient, hessian, rows }: Totals, parameters: BoostingParameters): number[] {
  const { l1, l2, minRowsPerLeaf, minHessianPerLeaf } = parameters
  return [gradient, hessian, rows, l1, l2, minRowsPerLeaf, minHessianPerLeaf]
}

/** As {@link scanThresholds}, where the values of leaves are limited. */
function scanNumber(node: NodeFeature, floor: number): Found | undefined {
  readCells(node)
  const { bins } = node.bins
  const missing = cellOf(node, bins)
  const isMissing = missing.rows > 0
  const count = isMissing ? bins : bins - 1
  const right = scanLimitedThresholds(node, { floor, missingLeft: false, start: noRows, count })
  if (!isMissing) return right
  const rest = { floor: right?.score ?? floor, missingLeft: true, start: missing, count: bins - 1 }
  return scanLimitedThresholds(node, rest) ?? right
}

/** Tries each threshold, with missing values on the right, then, if there are any, on the left. */
function scanThresholds(
  { histogram }: SplitNode,
  { features, layout, workspace }: SplitSearch,
  feature: number,
  floor: number,
): Found | undefined {
  const { kernel, search } = workspace
  search[searchFields.floor] = floor
  const cells = cellAddress(histogram, layout.firstCell[feature]!)
  const found = kernel.scan(cells, features[feature]!.bins, search.byteOffset)
  if (found === -1) return undefined
  const left = {
    gradient: search[searchFields.leftGradient]!,
    hessian: search[searchFields.leftHessian]!,
    rows: search[searchFields.leftRows]!,
  }
  const cut = { kind: 'threshold', lastBin: found >> 1, missingLeft: (found & 1) === 1 } as const
  return { score: search[searchFields.floor]!, left, cut }
}

/** Thresholds after one of the first `count` bins; `start` is what is left of the first. */
interface ThresholdSearch {
  readonly floor: number
  readonly missingLeft: boolean
  readonly start: Totals
  readonly count: number
}

function scanLimitedThresholds(
  node: NodeFeature,
  { floor, missingLeft, start, count }: ThresholdSearch,
): Found | undefined {
  let best: Found | undefined
  let left = start
  for (let bin = 0; bin < count; bin++) {
    const cell = cellOf(node, bin)
    if (cell.rows === 0) continue
    left = add(left, cell)
    const right = subtract(node.totals, left)
    if (!isLargeEnough(left, node.parameters) || !isLargeEnough(right, node.parameters)) continue
    const score = scoreLimited(node, left, bin)
    if (score <= (best?.score ?? floor)) continue
    best = { score, left, cut: { kind: 'threshold', lastBin: bin, missingLeft } }
  }
  return best
}

/**
 * What both sides of a threshold score whose values are limited; -Infinity when
 * they stand the wrong way round. Known values against missing ones have no order.
 */
function scoreLimited(
  { totals, parameters, limits, direction, bins }: NodeFeature,
  left: GradientSums,
  bin: number,
): number {
  const right = {
    gradient: totals.gradient - left.gradient,
    hessian: totals.hessian - left.hessian,
  }
  if (direction !== 0 && bin < bins.bins - 1) {
    const step = { ...parameters, learningRate: 1 }
    const rise = leafValue(right, step, limits) - leafValue(left, step, limits)
    if (rise * direction < 0) return -Infinity
  }
  return leafScore(left, parameters, limits) + leafScore(right, parameters, limits)
}

/**
 * Puts the categories in the order of gradient / hessian and tries to cut that
 * order, from either end: the best of all 2ᵏ subsets is one of its k cuts
 * [Fisher 1958]. The missing value is one more category. Few categories are
 * tried one by one against the rest, where the parameters say so.
 */
function scanCategories(node: NodeFeature, floor: number): Found | undefined {
  const { bins, parameters } = node
  readCells(node)
  if (bins.kind === 'category' && bins.codes.length <= parameters.maxOneHotCategories) {
    return scanEach(node, floor)
  }
  const { binOrder: order } = node.workspace
  const count = orderCategories(node, order)
  const most = Math.min(parameters.maxCategories, Math.ceil(count / 2))
  const low = scanCuts(node, floor, { order, start: 0, step: 1, most })
  const rest = { order, start: count - 1, step: -1, most }
  return scanCuts(node, low?.score ?? floor, rest) ?? low
}

function scanEach(node: NodeFeature, floor: number): Found | undefined {
  const { binOrder: order } = node.workspace
  let best: Found | undefined
  for (let bin = 0; bin <= node.bins.bins; bin++) {
    order[0] = bin
    best = scanCuts(node, best?.score ?? floor, { order, start: 0, step: 1, most: 1 }) ?? best
  }
  return best
}

/**
 * Writes the bins of categories, and the missing value's, with enough rows, ascending by gradient / hessian, then by
 * number; returns how many they are.
 */
function orderCategories(
  { parameters, bins, workspace: { numbers, rates } }: NodeFeature,
  order: Int32Array,
): number {
  const { categorySmoothing, minRowsPerCategory } = parameters
  const named = bins.kind === 'category' ? bins.codes.length : 0
  let count = 0
  for (let bin = 0; bin <= bins.bins; bin++) {
    // Rare categories that share a last bin have no names.
    const isNamed = bin < named || bin === bins.bins
    if (!isNamed || numbers[3 * bin + 2]! < minRowsPerCategory) continue
    const rate = numbers[3 * bin]! / (numbers[3 * bin + 1]! + categorySmoothing)
    rates[bin] = rate
    // A sort by insertion, which needs no memory; there are few.
    let place = count++
    for (; place > 0 && rates[order[place - 1]!]! > rate; place--) order[place] = order[place - 1]!
    order[place] = bin
  }
  return count
}

/** Categories in the order in which they move to the left: `most` of them from `start` on. */
interface CategoryCuts {
  readonly order: Readonly<Int32Array>
  readonly start: number
  readonly step: number
  readonly most: number
}

/** Moves categories from right to left one by one, in the given order. */
function scanCuts(node: NodeFeature, floor: number, cuts: CategoryCuts): Found | undefined {
  const { totals, parameters } = node
  const { minRowsPerLeaf, minHessianPerLeaf } = parameters
  const { numbers } = node.workspace
  const { order, start, step, most } = cuts
  const { l1, l2 } = shrinkageOf(node)
  let best = floor
  let bestCount = 0
  let [gradient, hessian, rows] = [0, 0, 0]
  for (let count = 1; count <= most; count++) {
    const cell = 3 * order[start + (count - 1) * step]!
    gradient += numbers[cell]!
    hessian += numbers[cell + 1]!
    rows += numbers[cell + 2]!
    if (rows < minRowsPerLeaf || totals.rows - rows < minRowsPerLeaf) continue
    const hessianRight = totals.hessian - hessian
    if (hessian < minHessianPerLeaf || hessianRight < minHessianPerLeaf) continue
    const score =
      node.limits === undefined
        ? freeScore(gradient, hessian, l1, l2) +
          freeScore(totals.gradient - gradient, hessianRight, l1, l2)
        : scoreSides(node, { gradient, hessian }, { l1, l2 })
    if (score <= best) continue
    best = score
    bestCount = count
  }
  return bestCount === 0 ? undefined : cutAfter(node, best, { ...cuts, most: bestCount })
}

function shrinkageOf({ bins, parameters: { l1, l2, categoryL2 } }: NodeFeature): Shrinkage {
  return { l1, l2: l2 + (bins.bins > fewCategories ? categoryL2 : 0) }
}

function scoreSides(
  { totals, limits }: SplitNode,
  left: GradientSums,
  shrinkage: Shrinkage,
): number {
  const right = {
    gradient: totals.gradient - left.gradient,
    hessian: totals.hessian - left.hessian,
  }
  return leafScore(left, shrinkage, limits) + leafScore(right, shrinkage, limits)
}

function cutAfter(
  { workspace: { numbers } }: NodeFeature,
  score: number,
  { order, start, step, most }: CategoryCuts,
): Found {
  const bins = Array.from({ length: most }, (_, i) => order[start + i * step]!)
  const left = { gradient: 0, hessian: 0, rows: 0 }
  for (const bin of bins) {
    left.gradient += numbers[3 * bin]!
    left.hessian += numbers[3 * bin + 1]!
    left.rows += numbers[3 * bin + 2]!
  }
  return { score, left, cut: { kind: 'set', bins } }
}

function toSplit(
  { feature, score, left, cut }: Candidate,
  parentScore: number,
  { histogram, totals, search }: SplitNode & { readonly search: SplitSearch },
): Split {
  const { bins } = search.features[feature]!
  const gain = score - parentScore
  if (cut.kind === 'threshold') {
    const missing = search.layout.firstCell[feature]! + bins
    const neverMissing = readCellRange({ histogram, ...search }, missing, 1)[2] === 0
    // With none to learn from, a missing value goes where most rows go.
    const missingLeft = neverMissing ? 2 * left.rows >= totals.rows : cut.missingLeft
    return { feature, gain, leftBins: firstBins(cut.lastBin + 1), missingLeft, left }
  }
  const named = cut.bins.filter((bin) => bin !== bins).sort((a, b) => a - b)
  // Missing values alone cannot be named as categories, so the known go left instead of them.
  if (named.length === 0) {
    const known = firstBins(bins)
    return { feature, gain, leftBins: known, missingLeft: false, left: subtract(totals, left) }
  }
  const leftBins = { kind: 'named', bins: named } as const
  return { feature, gain, leftBins, missingLeft: named.length < cut.bins.length, left }
}

function firstBins(count: number): LeftBins {
  return { kind: 'first', count }
}

/** Whether a split parts known values from missing ones. */
export function isKnownLeft(leftBins: LeftBins, { bins }: FeatureBins): boolean {
  return (leftBins.kind === 'first' ? leftBins.count : leftBins.bins.length) === bins
}

/** In which order the values of a split's sides must stand; 0 for none, and where the known values part from the missing ones. */
export function directionOf(
  { feature, leftBins }: Split,
  { monotone, features }: SplitSearch,
): number {
  if (isKnownLeft(leftBins, features[feature]!)) return 0
  return monotone?.[feature] ?? 0
}

/** Reads the cells of a feature into the workspace's numbers. */
function readCells(node: NodeFeature): void {
  readCellRange(node, node.first, node.bins.bins + 1)
}

/** The numbers of cells: Σ gradient, Σ hessian and rows of each; overwritten by the next ones. */
export function readCellRange(
  {
    histogram,
    workspace: { kernel, search, numbers },
  }: { readonly histogram: Histogram } & Pick<SplitSearch, 'workspace'>,
  first: number,
  count: number,
): Float64Array {
  const into = numbers.byteOffset
  kernel.read(cellAddress(histogram, first), count, search.byteOffset, into)
  return numbers
}

function cellOf({ workspace: { numbers } }: NodeFeature, bin: number): Totals {
  const at = 3 * bin
  return { gradient: numbers[at]!, hessian: numbers[at + 1]!, rows: numbers[at + 2]! }
}

function add(a: Totals, b: Totals): Totals {
  return {
    gradient: a.gradient + b.gradient,
    hessian: a.hessian + b.hessian,
    rows: a.rows + b.rows,
  }
}

export function subtract(a: Totals, b: Totals): Totals {
  return {
    gradient: a.gradient - b.gradient,
    hessian: a.hessian - b.hessian,
    rows: a.rows - b.rows,
  }
}

function isLargeEnough(
  { hessian, rows }: Totals,
  { minRowsPerLeaf, minHessianPerLeaf }: BoostingParameters,
): boolean {
  return rows >= minRowsPerLeaf && hessian >= minHessianPerLeaf
}

const noRows: Totals = { gradient: 0, hessian: 0, rows: 0 }

/** Up to so many categories, a split by categories is as plain as one by a number and needs no more smoothing. */
const fewCategories = 4
