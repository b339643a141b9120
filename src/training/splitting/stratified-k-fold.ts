import { createRandom } from '../../core/random.ts'
import { shuffle } from '../shuffle.ts'
import { type Split, splitsOf } from './split.ts'
import { checkFoldOptions, type FoldOptions, isMissing } from './split-options.ts'

/**
 * Parts rows into folds that all have the same share of each class, to one row. Without
 * a seed the rows of a class are taken in order, as scikit-learn's StratifiedKFold does.
 *
 * @param target - the class of each row: 0 and 1, or any numbers, shape [rows]
 * @throws {ToolkitError} `TRAINING_INVALID` for folds out of range, an unknown option, a missing class,
 *   or a class with fewer rows than folds
 *
 * @example
 * ```ts
 * import { stratifiedKFold } from 'ml-pipeline-toolkit'
 * stratifiedKFold([0, 0, 0, 0, 1, 1], { folds: 2 }).map(({ test }) => [...test]) // => [[0, 1, 4], [2, 3, 5]]
 * ```
 */
export function stratifiedKFold(target: ArrayLike<number>, options: FoldOptions = {}): Split[] {
  const rowsOfClass = groupRows(target)
  const { folds, seed } = checkFoldOptions(options, target.length, (wanted) =>
    classProblems(rowsOfClass, wanted),
  )
  const random = seed === undefined ? undefined : createRandom(seed)
  const foldOfRow = new Int32Array(target.length)
  // Rows in the order of their classes are dealt out to the folds in turn: that says how many each gets.
  let dealt = 0
  for (const [label, rows] of rowsOfClass) {
    const counts = Array.from({ length: folds }, () => 0)
    for (let i = 0; i < rows.length; i++) counts[(dealt + i) % folds]! += 1
    dealt += rows.length
    const drawn = random === undefined ? rows : shuffle(rows, random.fork(String(label)))
    let start = 0
    for (const [fold, count] of counts.entries()) {
      for (const row of drawn.slice(start, start + count)) foldOfRow[row] = fold
      start += count
    }
  }
  return splitsOf(foldOfRow, folds)
}

/** The rows of each class, classes in the order in which they come. */
function groupRows(target: ArrayLike<number>): ReadonlyMap<number, readonly number[]> {
  const rowsOfClass = new Map<number, number[]>()
  for (let row = 0; row < target.length; row++) {
    const rows = rowsOfClass.get(target[row]!)
    if (rows === undefined) rowsOfClass.set(target[row]!, [row])
    else rows.push(row)
  }
  return rowsOfClass
}

function classProblems(
  rowsOfClass: ReadonlyMap<number, readonly number[]>,
  folds: number,
): string[] {
  return [...rowsOfClass].flatMap(([label, rows]) => {
    if (isMissing(label)) {
      return rows.map((row) => `row ${row}: the target is ${label}, expected a class`)
    }
    return rows.length >= folds
      ? []
      : [`class ${label} has ${rows.length} rows, expected one for each of ${folds} folds`]
  })
}
