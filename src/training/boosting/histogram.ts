import { cellBytes } from '../kernels/boosting-kernel.ts'
import { type FeatureBins } from './bin.ts'

/** Sums per bin of each feature: the cells of the kernel, as its words. Shape [cells, 4]. */
export type Histogram = Int32Array

/** Where each feature's cells begin in a histogram. */
export interface HistogramLayout {
  /** First cell of each feature; its bins follow, then the missing value's. Shape [features]. */
  readonly firstCell: Int32Array
  /** Of a whole histogram. */
  readonly cells: number
}

export function layOutHistogram(features: readonly FeatureBins[]): HistogramLayout {
  const firstCell = new Int32Array(features.length)
  let cells = 0
  for (const [feature, { bins }] of features.entries()) {
    firstCell[feature] = cells
    cells += bins + 1
  }
  return { firstCell, cells }
}

/** Where a cell of a histogram is in the kernel's memory. */
export function cellAddress(histogram: Histogram, cell: number): number {
  return histogram.byteOffset + cellBytes * cell
}
