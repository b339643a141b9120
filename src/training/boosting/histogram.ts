import { type FeatureBins } from './bin.ts'

/** Numbers per cell of a histogram: Σ gradient, Σ hessian, rows. */
export const cellSize = 3

/** Where each feature's cells begin in a histogram. */
export interface HistogramLayout {
  /** First cell of each feature; its bins follow, then the missing value's. Shape [features]. */
  readonly firstCell: Int32Array
  /** Numbers in a whole histogram. */
  readonly length: number
}

export function layOutHistogram(features: readonly FeatureBins[]): HistogramLayout {
  const firstCell = new Int32Array(features.length)
  let cell = 0
  for (const [feature, { bins }] of features.entries()) {
    firstCell[feature] = cell
    cell += bins + 1
  }
  return { firstCell, length: cell * cellSize }
}
