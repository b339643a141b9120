import { type BinnedMatrix } from './bin.ts'

/** Numbers per cell of a histogram: Σ gradient, Σ hessian, rows. */
export const cellSize = 3

/** Where each feature's cells begin in a histogram. */
export interface HistogramLayout {
  /** First cell of each feature; its bins follow, then the missing value's. Shape [features]. */
  readonly firstCell: Int32Array
  /** Numbers in a whole histogram. */
  readonly length: number
}

/** The rows of one node, as a part of the rows that the tree orders. */
export interface RowRange {
  readonly order: Int32Array
  readonly start: number
  readonly end: number
}

export function layOutHistogram({ features }: BinnedMatrix): HistogramLayout {
  const firstCell = new Int32Array(features.length)
  let cell = 0
  for (const [feature, { bins }] of features.entries()) {
    firstCell[feature] = cell
    cell += bins + 1
  }
  return { firstCell, length: cell * cellSize }
}

/**
 * Sums the derivatives of a node's rows per bin of each feature.
 *
 * @param into - overwritten, shape [cells, 3]
 * @param derivatives - gradient and hessian of each row, shape [rows, 2]
 * @param use - the features to sum; the cells of others are left at 0
 */
export function fillHistogram(
  into: Float64Array,
  { order, start, end }: RowRange,
  derivatives: Float64Array,
  use: {
    readonly data: BinnedMatrix
    readonly layout: HistogramLayout
    readonly features: Int32Array
  },
): void {
  const { byRow, features: all } = use.data
  const { firstCell } = use.layout
  const { features } = use
  const columns = all.length
  into.fill(0)
  for (let i = start; i < end; i++) {
    const row = order[i]!
    const gradient = derivatives[2 * row]!
    const hessian = derivatives[2 * row + 1]!
    const line = row * columns
    for (let k = 0; k < features.length; k++) {
      const feature = features[k]!
      const at = (firstCell[feature]! + byRow[line + feature]!) * cellSize
      into[at]! += gradient
      into[at + 1]! += hessian
      into[at + 2]! += 1
    }
  }
}

/**
 * Leaves in `parent` what its other child holds. A node's histogram is its
 * parent's less its sibling's, so only the smaller child's rows are ever read:
 * the subtraction trick of [Ke et al. 2017]. The difference is exact, since the
 * derivatives lie on a grid.
 */
export function subtractHistogram(parent: Float64Array, child: Float64Array): void {
  for (let i = 0; i < parent.length; i++) parent[i]! -= child[i]!
}
