import { searchFields } from '../kernels/boosting-kernel.ts'
import { searchCategories } from '../kernels/search-categories.ts'
import { type FeatureBins } from './bin.ts'
import { cellAddress, type Histogram, type HistogramLayout } from './histogram.ts'
import { type GradientSums, leafScore, leafValue, type Limits } from './leaf.ts'
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
  readonly workspace: Pick<Workspace, 'kernel' | 'search' | 'features' | 'room' | 'chosen'>
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
  const { totals, limits } = node
  if (totals.rows < 2 * search.parameters.minRowsPerLeaf) return undefined
  const parentScore = leafScore(totals, search.parameters, limits)
  // More than rounding, which grows with the score.
  const floor = parentScore * (1 + 1e-12) + search.leastGain
  const best =
    limits === undefined ? searchFree(node, search, floor) : searchLimited(node, search, floor)
  return best === undefined ? undefined : toSplit(best, parentScore, node, search)
}

/** Writes what all searches of a fit have in common into their numbers. */
export function fillRules(
  search: Float64Array,
  { minRowsPerLeaf: minRows, minHessianPerLeaf: minHessian, ...parameters }: BoostingParameters,
): void {
  const rules = { minRows, minHessian, ...parameters }
  for (const name of ruleNames) search[searchFields[name]] = rules[name]
}

const ruleNames = [
  'l1',
  'l2',
  'minRows',
  'minHessian',
  'categorySmoothing',
  'categoryL2',
  'minRowsPerCategory',
  'maxCategories',
  'maxOneHotCategories',
] as const

/** All features at once, in the kernel: nothing is asked so often. */
function searchFree(
  { histogram, totals }: SplitNode,
  { features, used, workspace }: SplitSearch,
  floor: number,
): Candidate | undefined {
  const { kernel, search, room, chosen } = workspace
  search[searchFields.totalGradient] = totals.gradient
  search[searchFields.totalHessian] = totals.hessian
  search[searchFields.totalRows] = totals.rows
  search[searchFields.floor] = floor
  const place = kernel.search(
    histogram.byteOffset,
    workspace.features.byteOffset,
    used.length,
    search.byteOffset,
    room.byteOffset,
    chosen.byteOffset,
  )
  if (place === -1) return undefined
  const feature = used[place]!
  const left = {
    gradient: search[searchFields.leftGradient]!,
    hessian: search[searchFields.leftHessian]!,
    rows: search[searchFields.leftRows]!,
  }
  const score = search[searchFields.floor]!
  return { feature, score, left, cut: readCut(features[feature]!, search, chosen) }
}

function readCut({ kind, bins }: FeatureBins, search: Float64Array, chosen: Uint8Array): Cut {
  if (kind === 'number') {
    const cut = search[searchFields.cut]!
    return { kind: 'threshold', lastBin: cut >> 1, missingLeft: (cut & 1) === 1 }
  }
  const set: number[] = []
  for (let bin = 0; bin <= bins; bin++) if (chosen[bin] === 1) set.push(bin)
  return { kind: 'set', bins: set }
}

/** One feature after the other. */
function searchLimited(node: SplitNode, search: SplitSearch, floor: number): Candidate | undefined {
  let best: Candidate | undefined
  for (const feature of search.used) {
    const found = scanFeature(node, search, feature, best?.score ?? floor)
    if (found !== undefined) best = { ...found, feature }
  }
  return best
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
  readCells(part)
  return bins.kind === 'number' ? scanNumber(part, floor) : scanLimitedCategories(part, floor)
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
  /** Ascending, with the missing value's among them when it does. */
  | { readonly kind: 'set'; readonly bins: readonly number[] }

interface Candidate extends Found {
  readonly feature: number
}

/** Tries each threshold, with missing values on the right, then, if there are any, on the left. */
function scanNumber(node: NodeFeature, floor: number): Found | undefined {
  const { bins } = node.bins
  const missing = cellOf(node, bins)
  const isMissing = missing.rows > 0
  const count = isMissing ? bins : bins - 1
  const right = scanLimitedThresholds(node, { floor, missingLeft: false, start: noRows, count })
  if (!isMissing) return right
  const rest = { floor: right?.score ?? floor, missingLeft: true, start: missing, count: bins - 1 }
  return scanLimitedThresholds(node, rest) ?? right
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

/** As the kernel's search of categories, where the values of leaves are limited. */
function scanLimitedCategories(node: NodeFeature, floor: number): Found | undefined {
  const { bins, parameters, totals, limits } = node
  const { l1 } = parameters
  const found = searchCategories(
    {
      numbers: node.workspace.room,
      bins: bins.bins,
      names: bins.kind === 'category' ? bins.codes.length : 0,
    },
    {
      ...parameters,
      totals,
      scoreOf: (gradient, hessian, l2) => {
        const right = {
          gradient: totals.gradient - gradient,
          hessian: totals.hessian - hessian,
        }
        const shrinkage = { l1, l2 }
        return (
          leafScore({ gradient, hessian }, shrinkage, limits) + leafScore(right, shrinkage, limits)
        )
      },
    },
    floor,
  )
  if (found === undefined) return undefined
  return {
    score: found.score,
    left: found.left,
    cut: { kind: 'set', bins: found.bins.toSorted((a, b) => a - b) },
  }
}

function toSplit(
  { feature, score, left, cut }: Candidate,
  parentScore: number,
  { histogram, totals }: SplitNode,
  { features, layout, workspace }: SplitSearch,
): Split {
  const { bins } = features[feature]!
  const gain = score - parentScore
  if (cut.kind === 'threshold') {
    const missing = layout.firstCell[feature]! + bins
    const neverMissing = readCellRange({ histogram, workspace }, missing, 1)[2] === 0
    // With none to learn from, a missing value goes where most rows go.
    const missingLeft = neverMissing ? 2 * left.rows >= totals.rows : cut.missingLeft
    return { feature, gain, leftBins: firstBins(cut.lastBin + 1), missingLeft, left }
  }
  // The missing value's is the last.
  const named = cut.bins.at(-1) === bins ? cut.bins.slice(0, -1) : cut.bins
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

/** Reads the cells of a feature as numbers into the workspace's room. */
function readCells(node: NodeFeature): void {
  readCellRange(node, node.first, node.bins.bins + 1)
}

/** The numbers of cells: Σ gradient, Σ hessian and rows of each; overwritten by the next ones. */
export function readCellRange(
  {
    histogram,
    workspace: { kernel, search, room },
  }: { readonly histogram: Histogram } & Pick<SplitSearch, 'workspace'>,
  first: number,
  count: number,
): Float64Array {
  kernel.read(cellAddress(histogram, first), count, search.byteOffset, room.byteOffset)
  return room
}

function cellOf({ workspace: { room } }: NodeFeature, bin: number): Totals {
  const at = 3 * bin
  return { gradient: room[at]!, hessian: room[at + 1]!, rows: room[at + 2]! }
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
