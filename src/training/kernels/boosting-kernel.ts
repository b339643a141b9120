/**
 * What growing trees computes on: one memory, whose parts are named by their byte addresses. A
 * histogram has two float64 numbers a cell, Σ gradient and Σ hessian, and, apart, an int32 number of rows.
 */
export interface BoostingKernel {
  /** Adds the rows `order[0 … count)` to the cells of their bins. */
  fill(...job: FillJob): void
  /** The cells of a histogram less those of another, in place. */
  subtract(...job: SubtractJob): void
  /**
   * Moves the rows of `order` whose bin `goesLeft` says 1 for before the others, each side in its
   * old order; `spare` has room for them all.
   *
   * @returns how many went left.
   */
  part(...job: PartJob): number
  /**
   * Moves bins from right to left one by one; a split must score more than the floor.
   *
   * @param search - float64 numbers, see {@link searchFields}; `floor` and `left…` are overwritten by
   *   the score and the left sums of the best split, when there is one
   * @returns the last bin that goes left, -1 for no split.
   */
  scan(...job: ScanJob): number
  /** How many of the thresholds lie below each value; `missing` for NaN. */
  bin(...job: BinJob): void
}

export type FillJob = [
  /** int32 row numbers */
  order: number,
  count: number,
  /** uint8, shape [rows, columns] */
  bins: number,
  columns: number,
  /** gradient and hessian, float64, shape [rows, 2] */
  derivatives: number,
  /** uint32 pairs: a column and the byte offset of its first cell in the sums */
  features: number,
  featureCount: number,
  sums: number,
  /** 0 not to count, when all columns are used */
  counts: number,
  /** {@link scratchBytes} */
  scratch: number,
]

export type SubtractJob = [
  sums: number,
  otherSums: number,
  counts: number,
  otherCounts: number,
  cells: number,
]

export type PartJob = [order: number, count: number, bins: number, goesLeft: number, spare: number]

export type ScanJob = [sums: number, counts: number, bins: number, search: number]

export type BinJob = [
  /** float32 */
  values: number,
  count: number,
  /** float32, ascending, filled up to {@link thresholdRoom} with Infinity */
  thresholds: number,
  missing: number,
  /** uint8 */
  into: number,
]

export const thresholdRoom = 256

/** Bytes that `fill` writes to besides the histogram. */
export const scratchBytes = 1024

/** What is where in the numbers of a search. */
export const searchFields = {
  totalGradient: 0,
  totalHessian: 1,
  totalRows: 2,
  l1: 3,
  l2: 4,
  minRows: 5,
  minHessian: 6,
  floor: 7,
  leftGradient: 8,
  leftHessian: 9,
  leftRows: 10,
} as const

export const searchLength = 11
