import { nameHint } from '../../core/nearest.ts'
import { refuseProblems } from '../refuse-problems.ts'

/** How many folds, and whether their rows are drawn. */
export interface FoldOptions {
  /** From 2 to the number of rows. Default 5. */
  readonly folds?: number | undefined
  /** Draws which rows a fold has; absent, they are taken in order. From 0 to 2³² − 1. */
  readonly seed?: number | undefined
}

/**
 * Completes and checks options of folds.
 *
 * @param problems - what else is wrong, as sentences
 * @throws {ToolkitError} `TRAINING_INVALID` with all problems at once
 */
export function checkFoldOptions(
  options: FoldOptions,
  rows: number,
  problems: (folds: number) => readonly string[] = () => [],
): { readonly folds: number; readonly seed: number | undefined } {
  const { folds = 5, seed } = options
  const found = unknownOptions(options, ['folds', 'seed'])
  if (!isWhole(folds, 2, rows)) {
    found.push(`'folds' is ${folds}, expected an integer from 2 to the number of rows, ${rows}`)
  }
  if (seed !== undefined && !isWhole(seed, 0, 2 ** 32 - 1)) {
    found.push(`'seed' is ${seed}, expected an integer from 0 to ${2 ** 32 - 1}`)
  }
  refuseProblems([...found, ...problems(folds)], 'correct the options of the split, or the rows')
  return { folds, seed }
}

/** Every option that there is not, as a sentence. */
export function unknownOptions(options: object, known: readonly string[]): string[] {
  return Object.keys(options)
    .filter((name) => !known.includes(name))
    .map((name) => `there is no option '${name}' (${nameHint(name, known, 'options')})`)
}

/** What JavaScript has for a cell without a value; columns of a table may hold null. */
export function isMissing(value: number | string | null | undefined): boolean {
  return value === undefined || value === null || Number.isNaN(value)
}

export function isWhole(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max
}
