/** What each column adds to the score of each row; the columns' contributions and the base sum to the score. */
export interface Contributions {
  /**
   * What the score is: `log-odds` of class 1, `log` of the prediction, or the `prediction` itself.
   * The prediction is its sigmoid, its exponential (of several classes up to a factor that they share), or the score.
   */
  readonly score: 'log-odds' | 'log' | 'prediction'
  /** The score of a row of which nothing is known: the mean over the training rows. */
  readonly base: number
  /** Raw columns; what the model computed of several is named after them all, such as 'BILL & LIMIT'. */
  readonly columns: readonly string[]
  /** Row-major, shape [rows, columns]. */
  readonly values: Float64Array
}
