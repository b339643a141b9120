/** Numbers in rows, as estimators and ONNX graphs take them. Row-major, shape [rows, columns]. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  /** Row r, column c is at `r * columns + c`. A missing cell is NaN. */
  readonly values: Float32Array
  /** Of rows that were asked for: their texts and dates as they were sent, by column, null where missing. */
  readonly texts?: RawCells | undefined
  /**
   * The numbers of columns that the model takes in 64 bits, as they were sent, by column, for each row; NaN where missing.
   * `values` has them rounded.
   */
  readonly doubles?: ReadonlyMap<number, readonly number[]> | undefined
}

/** The number of a cell, in 64 bits where the matrix has it so. */
export function numberAt(
  { columns, values, doubles }: Matrix,
  row: number,
  column: number,
): number {
  return doubles?.get(column)?.[row] ?? values[row * columns + column]!
}

/** By column, for each row. */
export type RawCells = ReadonlyMap<number, readonly (string | null)[]>
