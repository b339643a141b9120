/** The encoded columns of a linear model, without the intercept. Row-major, shape [rows, columns]. */
export interface Design {
  readonly rows: number
  readonly columns: number
  /** Row r, column c is at `r * columns + c`. */
  readonly values: Float64Array
}
