import type { Contributions } from './contributions.ts'
import type { Matrix } from './matrix.ts'
import type { ModelFields } from './schema.ts'

/** One model ready to score: the contract between model files and whoever serves them. */
export interface Predictor {
  readonly name: string
  /** The raw columns the model takes, in the order of the matrix. */
  readonly inputs: ModelFields
  /** A row that the model accepts, by column. */
  readonly example: Readonly<Record<string, number | null>>
  /** Hash of the model's bytes (hexadecimal sha256), which names this very model. */
  readonly digest: string
  /** Probability of class 1 for each row, shape [rows]; `rows` holds the raw columns, NaN where missing. */
  predict(rows: Matrix): Float32Array
  /**
   * What each column adds to the score of each row; the first call makes ready for it.
   *
   * @throws {ToolkitError} `EXPLANATION_UNSUPPORTED` with the reason, when that cannot be told exactly
   */
  explain?(rows: Matrix): Contributions
}
