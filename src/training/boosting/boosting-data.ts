import { type Matrix } from '../../core/matrix.ts'

/** Rows with their targets. */
export interface ValidationRows {
  /** Features, NaN where missing. Shape [rows, columns]. */
  readonly x: Matrix
  /** What the objective expects: see `BoostingParameters`. Shape [rows]. */
  readonly y: Float64Array
  /** How much each row counts, 0 for not at all; all alike when absent. Shape [rows]. */
  readonly weights?: Float64Array | undefined
}

/** What trees are grown from. */
export interface BoostingData extends ValidationRows {
  /** Which features hold category codes, which have no order. Shape [columns]. */
  readonly categorical: readonly boolean[]
  /**
   * 1 where scores may only rise with the feature, -1 where they may only fall, 0 for
   * either: LightGBM's basic method. Missing values may score anything. Shape [columns].
   */
  readonly monotone?: readonly number[]
}
