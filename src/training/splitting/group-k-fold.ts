import { type Split, splitsOf } from './split.ts'
import { checkFoldOptions, type FoldOptions, isMissing } from './split-options.ts'

/**
 * Parts rows into folds of nearly the same size without parting a group: all rows of a
 * client, a patient or a day are in one fold. The largest groups are placed first, each
 * in the fold that has the fewest rows, as scikit-learn's GroupKFold does; which fold a
 * group gets depends on the groups and their sizes, not on the order of the rows.
 *
 * @param groups - the group of each row, shape [rows]
 * @throws {ToolkitError} `TRAINING_INVALID` for fewer groups than folds, a missing group, or a bad option
 *
 * @example
 * ```ts
 * import { groupKFold } from 'ml-pipeline-toolkit'
 * groupKFold(['a', 'b', 'a', 'c', 'a'], { folds: 2 }).map(({ test }) => [...test]) // => [[0, 2, 4], [1, 3]]
 * ```
 */
export function groupKFold(
  groups: ArrayLike<number | string>,
  options: Pick<FoldOptions, 'folds'> = {},
): Split[] {
  const sizes = new Map<number | string, number>()
  for (let row = 0; row < groups.length; row++) {
    sizes.set(groups[row]!, (sizes.get(groups[row]!) ?? 0) + 1)
  }
  const { folds } = checkFoldOptions(options, groups.length, (wanted) =>
    groupProblems(groups, sizes.size, wanted),
  )
  const rowsOfFold = Array.from({ length: folds }, () => 0)
  const foldOfGroup = new Map<number | string, number>()
  const largestFirst = [...sizes].sort(
    ([a, aSize], [b, bSize]) => bSize - aSize || compareGroups(a, b),
  )
  for (const [group, size] of largestFirst) {
    const lightest = rowsOfFold.indexOf(Math.min(...rowsOfFold))
    rowsOfFold[lightest]! += size
    foldOfGroup.set(group, lightest)
  }
  return splitsOf(
    Int32Array.from({ length: groups.length }, (_, row) => foldOfGroup.get(groups[row]!)!),
    folds,
  )
}

function groupProblems(groups: ArrayLike<number | string>, count: number, folds: number): string[] {
  const problems =
    count < folds ? [`there are ${count} groups, expected one for each of ${folds} folds`] : []
  for (let row = 0; row < groups.length; row++) {
    if (!isMissing(groups[row])) continue
    problems.push(`row ${row}: the group is ${groups[row]!}, expected a name`)
  }
  return problems
}

/** Numbers by size, before texts by code unit. */
function compareGroups(a: number | string, b: number | string): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1
  return a < b ? -1 : 1
}
