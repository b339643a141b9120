/**
 * What growing trees computes on: one memory, whose parts are named by their byte addresses.
 *
 * A cell of a histogram, and what a row adds to it, is two integers of 64 bits: Σ gradient in steps of a
 * grid, and Σ hessian in steps of another, above `countBits` bits with the number of rows. Sums and
 * differences of such pairs are exact; {@link CellScale} turns them into numbers.
 */
export interface BoostingKernel {
  /**
   * Gradient p − y and hessian p·(1 − p) of each row, where p is the logistic function of its score, times
   * its weight; as `quantize` leaves them.
   */
  logistic(...job: LogisticJob): void
  /** Rounds derivatives to their grids and puts the integers of one row each in their place. */
  quantize(...job: QuantizeJob): void
  /** Makes the order 0, 1, …, count - 1. */
  list(order: number, count: number): void
  /**
   * Adds to the score of each row the value of its leaf.
   *
   * @param scores - float64
   * @param leaves - of {@link leafBytes} each: the addresses, uint32, of where its rows, ascending, begin and end,
   *   then its value, float64; overwritten
   */
  addLeaves(scores: number, leaves: number, leafCount: number, rows: number): void
  /** Adds the rows `order[0 … count)` to the cells of their bins. */
  fill(...job: FillJob): void
  /** Makes cells 0. */
  clear(cells: number, count: number): void
  /** The cells of a histogram and those of another, in place. */
  add(cells: number, others: number, count: number): void
  /** The cells of a histogram less those of another, in place. */
  subtract(cells: number, others: number, count: number): void
  /**
   * Cells as numbers.
   *
   * @param search - only the scale in it is read
   * @param into - float64 triples: Σ gradient, Σ hessian, rows
   */
  read(cells: number, count: number, search: number, into: number): void
  /**
   * Moves the rows of `order` whose bin `goesLeft` says 1 for before the others, each side in its
   * old order; `spare` has room for them all.
   *
   * @returns how many went left.
   */
  part(...job: PartJob): number
  /**
   * Looks for the split of a node with the highest score above the floor.
   *
   * Bins of a number move from right to left one by one, with the missing values, whose cell is after the
   * last bin's, on the right, then, if there are any, on the left; known values go to both sides, or to the
   * left against missing ones. Categories do as in search-categories.ts. Where the values of leaves have limits, sides
   * score as in leaf.ts, and known values of a feature that may only rise or fall are not parted the other way.
   *
   * @returns the place of the split's feature in the list of them; -1 for no split.
   */
  search(...job: SearchJob): number
  /**
   * Which values there are, without NaN, ascending, and how often each occurs; 0 and -0 are one value.
   *
   * @returns how many there are.
   */
  count(...job: CountJob): number
  /** How many of the thresholds lie below each value; `missing` for NaN. */
  bin(...job: BinJob): void
}

export type LogisticJob = [
  /** float64 */
  scores: number,
  /** float64, 0 or 1 */
  targets: number,
  /** float64; 0 for none */
  weights: number,
  rows: number,
  /** shape [rows, 2] */
  into: number,
  gradientStep: number,
  hessianStep: number,
  countBits: number,
]

export type QuantizeJob = [
  /** float64, shape [rows, 2] */
  derivatives: number,
  rows: number,
  gradientStep: number,
  hessianStep: number,
  countBits: number,
]

export type FillJob = [
  /** int32 row numbers */
  order: number,
  count: number,
  /** uint8, shape [rows, columns] */
  bins: number,
  columns: number,
  /** quantized, shape [rows, 2] */
  derivatives: number,
  /** see {@link featureWords} */
  features: number,
  featureCount: number,
  cells: number,
  /** {@link scratchBytes} */
  scratch: number,
]

export type SearchJob = [
  cells: number,
  /** see {@link featureWords} */
  features: number,
  featureCount: number,
  /** see {@link searchFields} */
  search: number,
  /** {@link searchRoomBytes} */
  room: number,
  /** uint8 per bin, 1 where it goes left; written for the best split so far by categories. Shape [256] */
  chosen: number,
]

export type PartJob = [order: number, count: number, bins: number, goesLeft: number, spare: number]

export type CountJob = [
  /** float32 */
  values: number,
  rows: number,
  /** float32, room for all rows */
  distinct: number,
  /** int32, room for all rows */
  counts: number,
  /** {@link countRoomBytes} */
  room: number,
]

export const countRoomBytes = 3 * 2048 * 4

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

/** Bytes of a cell. */
export const cellBytes = 16

/** Bytes of a leaf in the list of them. */
export const leafBytes = 16

/** Bytes that `fill` writes to besides the histogram. */
export const scratchBytes = 2048

/** What the integers of a cell are worth. */
export interface CellScale {
  /** A power of two. */
  readonly gradientStep: number
  /** A power of two. */
  readonly hessianStep: number
  /** How many bits of the second integer are the number of rows. */
  readonly countBits: number
}

/**
 * What is known of a feature, uint32: its column, the byte offset of its first cell, its bins without the
 * missing value's, and how many of them have names; {@link noNames}, or one of the two below it, for a number.
 */
export const featureWords = 4

export const noNames = 0xffffffff
/** A number, as {@link noNames}, of which the values of leaves may only rise, or fall, from left to right. */
export const noNamesRising = 0xfffffffe
export const noNamesFalling = 0xfffffffd

/** Bytes of the room of a search: the numbers of 256 cells, their rates and their order. */
export const searchRoomBytes = 256 * (24 + 8 + 4)

/** What is where in the numbers of a search, float64; `floor`, `left…` and `cut` are overwritten by the best split. */
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
  gradientStep: 11,
  hessianStep: 12,
  countBits: 13,
  /** Of a number: twice the last bin that goes left, and 1 more when missing values do. */
  cut: 14,
  categorySmoothing: 15,
  categoryL2: 16,
  minRowsPerCategory: 17,
  maxCategories: 18,
  maxOneHotCategories: 19,
  /** 1 where the values of leaves have limits, `least` and `greatest`: then sides score what is left to them; else 0. */
  isLimited: 20,
  least: 21,
  greatest: 22,
} as const

/** The kernel's own numbers are behind the named ones. */
export const searchLength = 26
