import { searchFields } from '../kernels/boosting-kernel.ts'
import { type FeatureBins } from './bin.ts'
import { cellAddress, type Histogram, type HistogramLayout } from './histogram.ts'
import { leafScore, type Limits, noLimits } from './leaf.ts'
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
  const best = searchFeatures(node, search, floor)
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
function searchFeatures(
  { histogram, totals, limits }: SplitNode,
  { features, used, workspace }: SplitSearch,
  floor: number,
): Candidate | undefined {
  const { kernel, search, room, chosen } = workspace
  search[searchFields.totalGradient] = totals.gradient
  search[searchFields.totalHessian] = totals.hessian
  search[searchFields.totalRows] = totals.rows
  search[searchFields.floor] = floor
  search[searchFields.isLimited] = Number(limits !== undefined)
  const { min, max } = limits ?? noLimits
  search[searchFields.least] = min
  search[searchFields.greatest] = max
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

/** Which bins go left. */
type Cut =
  /** All up to the last. */
  | { readonly kind: 'threshold'; readonly lastBin: number; readonly missingLeft: boolean }
  /** Ascending, with the missing value's among them when it does. */
  | { readonly kind: 'set'; readonly bins: readonly number[] }

interface Candidate {
  readonly feature: number
  /** GL² / (HL + λ) + GR² / (HR + λ), or what limits leave of it */
  readonly score: number
  readonly left: Totals
  readonly cut: Cut
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

export function subtract(a: Totals, b: Totals): Totals {
  return {
    gradient: a.gradient - b.gradient,
    hessian: a.hessian - b.hessian,
    rows: a.rows - b.rows,
  }
}
