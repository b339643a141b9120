/** Numbers in rows, as estimators and ONNX graphs take them. Row-major, shape [rows, columns]. */
export interface Matrix {
  readonly rows: number
  readonly columns: number
  /** Row r, column c is at `r * columns + c`. A missing cell is NaN. */
  readonly values: Float32Array
}
