import { refuseProblems } from './refuse-problems.ts'

/**
 * Checks that a target is not empty, holds only 0 and 1, and both of them.
 *
 * @param target - shape [rows]
 * @throws {ToolkitError} `TRAINING_INVALID`, naming the rows (from 0) that are neither.
 */
export function checkBinaryTarget(target: ArrayLike<number>): void {
  refuseProblems(
    binaryTargetProblems(target),
    'encode the two classes as 0 and 1, and check the filter or split that chose these rows',
  )
}

/** What is wrong with a target of two classes, as sentences. */
export function binaryTargetProblems(target: ArrayLike<number>): string[] {
  if (target.length === 0) return ['there are no rows, expected at least one of each class']
  const problems: string[] = []
  let positives = 0
  for (let row = 0; row < target.length; row++) {
    const value = target[row]!
    if (value !== 0 && value !== 1) {
      problems.push(`row ${row}: the target is ${value}, expected 0 or 1`)
    }
    positives += value
  }
  if (problems.length === 0 && (positives === 0 || positives === target.length)) {
    problems.push(`all ${target.length} rows are of class ${target[0]!}, expected both classes`)
  }
  return problems
}
