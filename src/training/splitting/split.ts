import { refuseProblems } from '../refuse-problems.ts'

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

/**
 * A split for each part that has rows, by its number: its rows are the test.
 *
 * @throws {ToolkitError} `TRAINING_INVALID` for rows of one part
 */
export function splitParts(partOfRow: Float64Array): Split[] {
  const parts = listParts(partOfRow)
  return splitsOf(
    partOfRow.map((part) => parts.indexOf(part)),
    parts.length,
  )
}

/**
 * The same of parts that follow one another, the newest first: what is learnt is older than the test. The oldest part is no test.
 *
 * @throws {ToolkitError} `TRAINING_INVALID` for rows of one part
 */
export function splitByTime(partOfRow: Float64Array): Split[] {
  const rows = Int32Array.from(partOfRow.keys())
  return listParts(partOfRow)
    .slice(0, -1)
    .map((part) => ({
      train: rows.filter((row) => partOfRow[row]! > part),
      test: rows.filter((row) => partOfRow[row] === part),
    }))
}

function listParts(partOfRow: Float64Array): readonly number[] {
  const parts = [...new Set(partOfRow)].sort((a, b) => a - b)
  refuseProblems(
    parts.length < 2 ? [`all ${partOfRow.length} rows are of one part, none can be held out`] : [],
    'make more parts, such as three or more split.folds',
  )
  return parts
}
