import { type BinnedMatrix, type FeatureBins } from './bin.ts'
import { cellSize, type HistogramLayout } from './histogram.ts'
import { type BoostingParameters } from './parameters.ts'

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
  /** Bins that go left; for numbers, all up to the last of them. Ascending, without the missing value's. */
  readonly leftBins: readonly number[]
  readonly missingLeft: boolean
  /** Sums over the rows that go left. */
  readonly left: Totals
}

export interface SplitSearch {
  readonly data: BinnedMatrix
  readonly layout: HistogramLayout
  readonly parameters: BoostingParameters
  /** The features that may part a node, ascending. */
  readonly features: Int32Array
}

/**
 * Finds the split with the largest gain
 * GL² / (HL + λ) + GR² / (HR + λ) − G² / (H + λ), equation 7 of
 * [Chen & Guestrin 2016] without its constants. Among equals the lowest feature
 * wins, then the lowest bin, then missing values on the right.
 *
 * @returns `undefined` when no split gains anything within the limits on rows.
 */
export function findBestSplit(
  histogram: Float64Array,
  totals: Totals,
  search: SplitSearch,
): Split | undefined {
  const { data, layout, parameters } = search
  if (totals.rows < 2 * parameters.minRowsPerLeaf) return undefined
  let best: Candidate | undefined
  for (const feature of search.features) {
    const bins = data.features[feature]!
    const node = { histogram, first: layout.firstCell[feature]!, totals, parameters, bins }
    const floor = best?.score ?? parentScore(totals, parameters)
    const found = bins.kind === 'number' ? scanNumber(node, floor) : scanCategories(node, floor)
    if (found !== undefined) best = { ...found, feature }
  }
  return best === undefined ? undefined : toSplit(best, { histogram, totals, search })
}

/** One feature of the node that is to be parted. */
interface NodeFeature {
  readonly histogram: Float64Array
  readonly first: number
  readonly totals: Totals
  readonly parameters: BoostingParameters
  readonly bins: FeatureBins
}

interface Found {
  /** GL² / (HL + λ) + GR² / (HR + λ) */
  readonly score: number
  readonly left: Totals
  /** Bins that go left, in any order, with the missing value's among them when it does. */
  readonly leftBins: readonly number[]
}

interface Candidate extends Found {
  readonly feature: number
}

/** What the node scores unparted; a split must beat it by more than rounding. */
function parentScore({ gradient, hessian }: Totals, { l2 }: BoostingParameters): number {
  return ((gradient * gradient) / (hessian + l2)) * (1 + 1e-12) + 1e-9
}

/** Tries each threshold, with missing values on the right, then, if there are any, on the left. */
function scanNumber(node: NodeFeature, floor: number): Found | undefined {
  const missing = cellOf(node, node.bins.bins)
  const right = scanThresholds(node, {
    floor,
    start: noRows,
    lastBin: missing.rows > 0 ? node.bins.bins - 1 : node.bins.bins - 2,
  })
  if (missing.rows === 0) return right
  const left = scanThresholds(node, {
    floor: right?.score ?? floor,
    start: missing,
    lastBin: node.bins.bins - 2,
  })
  return left === undefined ? right : { ...left, leftBins: [...left.leftBins, node.bins.bins] }
}

/** Moves bins from right to left one by one; `start` is what is left of the first. */
function scanThresholds(
  { histogram, first, totals, parameters }: NodeFeature,
  { floor, start, lastBin }: { floor: number; start: Totals; lastBin: number },
): Found | undefined {
  const { l2, minRowsPerLeaf } = parameters
  let best = floor
  let bestBin = -1
  let left = noRows
  let { gradient, hessian, rows } = start
  for (let bin = 0; bin <= lastBin; bin++) {
    const at = (first + bin) * cellSize
    const binRows = histogram[at + 2]!
    if (binRows === 0) continue
    gradient += histogram[at]!
    hessian += histogram[at + 1]!
    rows += binRows
    if (rows < minRowsPerLeaf) continue
    if (totals.rows - rows < minRowsPerLeaf) break
    const hessianRight = totals.hessian - hessian
    if (hessian < leastHessian || hessianRight < leastHessian) continue
    const gradientRight = totals.gradient - gradient
    const score =
      (gradient * gradient) / (hessian + l2) + (gradientRight * gradientRight) / (hessianRight + l2)
    if (score > best) {
      best = score
      bestBin = bin
      left = { gradient, hessian, rows }
    }
  }
  if (bestBin === -1) return undefined
  return { score: best, left, leftBins: Array.from({ length: bestBin + 1 }, (_, bin) => bin) }
}

/**
 * Puts the categories in the order of gradient / hessian and tries to cut that
 * order, from either end: the best of all 2ᵏ subsets is one of its k cuts
 * [Fisher 1958]. The missing value is one more category.
 */
function scanCategories(node: NodeFeature, floor: number): Found | undefined {
  const { bins, parameters } = node
  if (bins.kind !== 'category') return undefined
  const named = [...bins.codes.keys(), bins.bins]
    .map((bin) => ({ bin, cell: cellOf(node, bin) }))
    .filter(({ cell }) => cell.rows >= parameters.minRowsPerCategory)
    .map(({ bin, cell }) => ({
      bin,
      cell,
      rate: cell.gradient / (cell.hessian + parameters.categorySmoothing),
    }))
    .sort((a, b) => a.rate - b.rate || a.bin - b.bin)
  const most = Math.min(parameters.maxCategories, Math.ceil(named.length / 2))
  const low = scanCuts(node, named.slice(0, most), floor)
  return scanCuts(node, named.toReversed().slice(0, most), low?.score ?? floor) ?? low
}

/** Moves categories from right to left one by one. */
function scanCuts(
  { totals, parameters, bins }: NodeFeature,
  named: readonly { readonly bin: number; readonly cell: Totals }[],
  floor: number,
): Found | undefined {
  const lambda = parameters.l2 + (bins.bins > fewCategories ? parameters.categoryL2 : 0)
  let best: { score: number; left: Totals; count: number } | undefined
  let left = noRows
  for (const [i, { cell }] of named.entries()) {
    left = add(left, cell)
    const right = subtract(totals, left)
    if (!isLargeEnough(left, parameters) || !isLargeEnough(right, parameters)) continue
    const score =
      left.gradient ** 2 / (left.hessian + lambda) + right.gradient ** 2 / (right.hessian + lambda)
    if (score > (best?.score ?? floor)) best = { score, left, count: i + 1 }
  }
  if (best === undefined) return undefined
  return {
    score: best.score,
    left: best.left,
    leftBins: named.slice(0, best.count).map(({ bin }) => bin),
  }
}

function toSplit(
  { feature, score, left, leftBins }: Candidate,
  { histogram, totals, search }: { histogram: Float64Array; totals: Totals; search: SplitSearch },
): Split {
  const bins = search.data.features[feature]!
  const missingAt = (search.layout.firstCell[feature]! + bins.bins) * cellSize
  const neverMissing = bins.kind === 'number' && histogram[missingAt + 2] === 0
  const gain = score - totals.gradient ** 2 / (totals.hessian + search.parameters.l2)
  const named = leftBins.filter((bin) => bin !== bins.bins).sort((a, b) => a - b)
  // Missing values alone cannot be named as categories, so the known go left instead of them.
  if (named.length === 0) {
    const known = [...new Uint8Array(bins.bins).keys()]
    return { feature, gain, leftBins: known, missingLeft: false, left: subtract(totals, left) }
  }
  // With none to learn from, a missing value goes where most rows go.
  const missingLeft = neverMissing ? 2 * left.rows >= totals.rows : named.length < leftBins.length
  return { feature, gain, leftBins: named, missingLeft, left }
}

function cellOf({ histogram, first }: NodeFeature, bin: number): Totals {
  const at = (first + bin) * cellSize
  return { gradient: histogram[at]!, hessian: histogram[at + 1]!, rows: histogram[at + 2]! }
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

function isLargeEnough({ hessian, rows }: Totals, { minRowsPerLeaf }: BoostingParameters): boolean {
  return rows >= minRowsPerLeaf && hessian >= leastHessian
}

const noRows: Totals = { gradient: 0, hessian: 0, rows: 0 }

/** Rows already certain have hessians near 0, and a value of −G / H would be arbitrary. LightGBM's default. */
const leastHessian = 1e-3

/** Up to so many categories, a split by categories is as plain as one by a number and needs no more smoothing. */
const fewCategories = 4
