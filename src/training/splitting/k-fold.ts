import { createRandom } from '../../core/random.ts'
import { shuffle } from '../shuffle.ts'
import { type Split, splitsOf } from './split.ts'
import { checkFoldOptions, type FoldOptions } from './split-options.ts'

/**
 * Parts rows into folds of nearly the same size, each once the test. Without a seed a
 * fold is a run of rows, as scikit-learn's KFold takes them; the first folds have one
 * row more where the rows do not part evenly.
 *
 * @throws {ToolkitError} `TRAINING_INVALID` for folds out of range or an unknown option
 *
 * @example
 * ```ts
 * import { kFold } from 'ml-pipeline-toolkit'
 * kFold(5, { folds: 2 }).map(({ test }) => [...test]) // => [[0, 1, 2], [3, 4]]
 * ```
 */
export function kFold(rows: number, options: FoldOptions = {}): Split[] {
  const { folds, seed } = checkFoldOptions(options, rows)
  const order = Array.from({ length: rows }, (_, row) => row)
  const drawn = seed === undefined ? order : shuffle(order, createRandom(seed))
  const foldOfRow = new Int32Array(rows)
  let start = 0
  for (let fold = 0; fold < folds; fold++) {
    const size = Math.floor(rows / folds) + (fold < rows % folds ? 1 : 0)
    for (const row of drawn.slice(start, start + size)) foldOfRow[row] = fold
    start += size
  }
  return splitsOf(foldOfRow, folds)
}
