/** The rows of one fold, counted from 0, both ascending. */
export interface Split {
  readonly train: Int32Array
  readonly test: Int32Array
}

/** One split for each fold: its rows are the test, the others the training. */
export function splitsOf(foldOfRow: ArrayLike<number>, folds: number): Split[] {
  const rows = Int32Array.from({ length: foldOfRow.length }, (_, row) => row)
  return Array.from({ length: folds }, (_, fold) => ({
    train: rows.filter((row) => foldOfRow[row] !== fold),
    test: rows.filter((row) => foldOfRow[row] === fold),
  }))
}
