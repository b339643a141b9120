import { type FeatureBins } from './bin.ts'

/** Sums per bin of each feature. */
export interface Histogram {
  /** Σ gradient, Σ hessian. Shape [cells, 2]. */
  readonly sums: Float64Array
  /** Shape [cells]. */
  readonly rows: Int32Array
}

/** Where each feature's cells begin in a histogram. */
export interface HistogramLayout {
  /** First cell of each feature; its bins follow, then the missing value's. Shape [features]. */
  readonly firstCell: Int32Array
  /** Of a whole histogram. */
  readonly cells: number
}

/** Bytes of a cell's sums. */
export const cellBytes = 16

export function layOutHistogram(features: readonly FeatureBins[]): HistogramLayout {
  const firstCell = new Int32Array(features.length)
  let cells = 0
  for (const [feature, { bins }] of features.entries()) {
    firstCell[feature] = cells
    cells += bins + 1
  }
  return { firstCell, cells }
}
