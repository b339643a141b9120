import {
  type BoostingKernel,
  cellBytes,
  featureWords,
  leafBytes,
  scratchBytes,
  searchLength,
  searchRoomBytes,
} from '../kernels/boosting-kernel.ts'
import { createBoostingKernel } from '../kernels/create-boosting-kernel.ts'
import { type BinnedMatrix } from './bin.ts'
import { type Histogram, type HistogramLayout } from './histogram.ts'

/** The memory of a fit as views, and the kernel that works on it. All is overwritten by each tree but the bins. */
export interface Workspace {
  readonly kernel: BoostingKernel
  /** What other threads attach to; absent for the plain kernel, which works alone. */
  readonly memory: WebAssembly.Memory | undefined
  /** Of each of the other threads that fill histograms. */
  readonly partials: readonly PartialHistogram[]
  /** For histograms, which read a row's features together. Row-major, shape [rows, features]. */
  readonly byRow: Uint8Array
  /** For parting rows by one feature. Shape [features, rows]. */
  readonly byFeature: Uint8Array
  /** The score of each row, per output; each of shape [rows]. */
  readonly scores: readonly Float64Array[]
  /** Room for the target and the weights, where the kernel reads them. Each of shape [rows], or empty where it reads none. */
  readonly target: Float64Array
  readonly weights: Float64Array
  /** Gradient and hessian of each row, per output; each of shape [rows, 2]. */
  readonly derivatives: readonly Float64Array[]
  /** The rows of a tree, each leaf's together. Shape [rows]. */
  readonly order: Int32Array
  /** Shape [rows]. */
  readonly spare: Int32Array
  /** One per leaf. */
  readonly histograms: readonly Histogram[]
  /** See the kernel's `addLeaves`; the same memory as numbers and as addresses. */
  readonly leafNumbers: Float64Array
  readonly leafAddresses: Uint32Array
  /** Of each feature in use, what the kernel must know of it: see `featureWords`. Shape [features, 4]. */
  readonly features: Uint32Array
  /** Per bin of a feature, 1 where it goes left. Shape [256]. */
  readonly goesLeft: Uint8Array
  /** See `searchFields`. */
  readonly search: Float64Array
  /** Room for a search, which begins with the cells of a feature as numbers, of shape [bins + 1, 3]. */
  readonly room: Float64Array
  /** As `goesLeft`, of the best split by categories that a search has found. Shape [256]. */
  readonly chosen: Uint8Array
  readonly scratch: Uint8Array
}

/** What another thread sums up of a histogram; all 0 between two. */
export interface PartialHistogram {
  readonly histogram: Histogram
  readonly scratch: Uint8Array
  /** 1 when anything was added. Shape [1]. */
  readonly isUsed: Int32Array
}

interface WorkspaceSize {
  readonly rows: number
  readonly columns: number
  /** Of a histogram. */
  readonly cells: number
  readonly outputs: number
  readonly leaves: number
  readonly threads: number
  /** Rows that have room for a target, and for a weight. */
  readonly targets: number
  readonly weights: number
}

/** Makes the memory of a fit and copies the bins into it. */
export function createWorkspace(
  { rows, features, byFeature }: BinnedMatrix,
  { cells }: HistogramLayout,
  {
    outputs,
    leaves,
    threads = 1,
    targets = 0,
    weights = 0,
  }: Pick<WorkspaceSize, 'outputs' | 'leaves'> &
    Partial<Pick<WorkspaceSize, 'threads' | 'targets' | 'weights'>>,
): Workspace {
  const size = { rows, columns: features.length, cells, outputs, leaves, threads, targets, weights }
  const { bytes, at } = layOutMemory(size)
  const { kernel, buffer, memory } = createBoostingKernel(bytes)
  const workspace = { kernel, memory, ...viewMemory(buffer, at, size) }
  fillBins(workspace, byFeature)
  return workspace
}

/** The address of each part. */
function layOutMemory(size: WorkspaceSize) {
  const { rows, columns, cells, outputs, leaves, threads, targets, weights } = size
  let bytes = firstAddress
  const reserve = (length: number): number => {
    const address = bytes
    bytes += Math.ceil(length / alignment) * alignment
    return address
  }
  const times = (count: number, length: number): number[] =>
    Array.from({ length: count }, () => reserve(length))
  const at = {
    byRow: reserve(rows * columns),
    byFeature: reserve(rows * columns),
    derivatives: times(outputs, rows * 16),
    order: reserve(rows * 4),
    spare: reserve(rows * 4),
    scores: times(outputs, rows * 8),
    target: reserve(targets * 8),
    weights: reserve(weights * 8),
    histograms: times(leaves, cells * cellBytes),
    leafTable: reserve(leaves * leafBytes),
    features: reserve(columns * featureWords * 4),
    goesLeft: reserve(256),
    search: reserve(searchLength * 8),
    room: reserve(searchRoomBytes),
    chosen: reserve(256),
    scratch: reserve(scratchBytes),
    partials: times(threads - 1, cells * cellBytes + scratchBytes + alignment),
  }
  return { bytes, at }
}

function viewMemory(
  buffer: ArrayBufferLike,
  at: ReturnType<typeof layOutMemory>['at'],
  { rows, columns, cells, leaves, targets, weights }: WorkspaceSize,
): Omit<Workspace, 'kernel' | 'memory'> {
  return {
    partials: at.partials.map((address) => viewPartial(buffer, address, cells)),
    byRow: new Uint8Array(buffer, at.byRow, rows * columns),
    byFeature: new Uint8Array(buffer, at.byFeature, rows * columns),
    derivatives: at.derivatives.map((address) => new Float64Array(buffer, address, 2 * rows)),
    order: new Int32Array(buffer, at.order, rows),
    spare: new Int32Array(buffer, at.spare, rows),
    scores: at.scores.map((address) => new Float64Array(buffer, address, rows)),
    target: new Float64Array(buffer, at.target, targets),
    weights: new Float64Array(buffer, at.weights, weights),
    histograms: at.histograms.map((address) => viewHistogram(buffer, address, cells)),
    leafNumbers: new Float64Array(buffer, at.leafTable, (leafBytes / 8) * leaves),
    leafAddresses: new Uint32Array(buffer, at.leafTable, (leafBytes / 4) * leaves),
    features: new Uint32Array(buffer, at.features, featureWords * columns),
    goesLeft: new Uint8Array(buffer, at.goesLeft, 256),
    search: new Float64Array(buffer, at.search, searchLength),
    room: new Float64Array(buffer, at.room, searchRoomBytes / 8),
    chosen: new Uint8Array(buffer, at.chosen, 256),
    scratch: new Uint8Array(buffer, at.scratch, scratchBytes),
  }
}

function fillBins(
  workspace: Pick<Workspace, 'byRow' | 'byFeature'>,
  byFeature: BinnedMatrix['byFeature'],
): void {
  const columns = byFeature.length
  for (const [column, bins] of byFeature.entries()) {
    workspace.byFeature.set(bins, column * bins.length)
  }
  const rows = workspace.byFeature.length / columns
  for (let start = 0; start < rows; start += nearRows) {
    const end = Math.min(rows, start + nearRows)
    for (const [column, bins] of byFeature.entries()) {
      for (let row = start; row < end; row++) workspace.byRow[row * columns + column] = bins[row]!
    }
  }
}

/** So few that what is written for one feature is still near when the next one comes. */
const nearRows = 1024

function viewPartial(buffer: ArrayBufferLike, address: number, cells: number): PartialHistogram {
  const scratch = address + alignment
  return {
    isUsed: new Int32Array(buffer, address, 1),
    scratch: new Uint8Array(buffer, scratch, scratchBytes),
    histogram: viewHistogram(buffer, scratch + scratchBytes, cells),
  }
}

function viewHistogram(buffer: ArrayBufferLike, address: number, cells: number): Histogram {
  return new Int32Array(buffer, address, (cellBytes / 4) * cells)
}

/** 0 is left free, so that no part has the address of nothing. */
const firstAddress = 1024

/** A cache line. */
const alignment = 64
