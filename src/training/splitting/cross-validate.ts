import { ToolkitError } from '../../core/errors.ts'
import { checkAbort } from '../check-abort.ts'
import type { Split } from './split.ts'
import { meanOf } from '../../math/mean.ts'

/** Metrics by name. */
export type Scores = Readonly<Record<string, number>>

/** What a cross-validation measured. */
export interface CrossValidation {
  /** In the order of the splits. */
  readonly folds: readonly FoldScores[]
  /** Of the folds, each counting the same. */
  readonly mean: Scores
  /** Standard deviations between the folds, with n − 1; 0 of a single fold. */
  readonly deviation: Scores
}

/** One fold of a cross-validation. */
export interface FoldScores {
  readonly trainRows: number
  readonly testRows: number
  readonly scores: Scores
}

/** How a cross-validation reports and ends. */
export interface CrossValidationOptions {
  /** Called after each fold, from 0. */
  readonly onFold?: (fold: number, scores: FoldScores) => void
  /** Looked at before each fold. */
  readonly signal?: AbortSignal
}

/**
 * Trains and scores once for each split, one after the other.
 *
 * @param evaluate - fits on `split.train`, scores on `split.test`: metrics by name, the same names each time
 * @throws {ToolkitError} `TRAINING_INVALID` for no splits, a metric that is not finite, or names that differ
 *   between folds; `INTERRUPTED`; whatever `evaluate` throws
 *
 * @example
 * ```ts
 * import { crossValidate, kFold } from 'ml-pipeline-toolkit'
 * const target = [1, 2, 3, 6]
 * const meanOf = (rows: Int32Array) => rows.reduce((sum, row) => sum + target[row]!, 0) / rows.length
 * const { mean } = await crossValidate(kFold(4, { folds: 2 }), ({ train, test }) => ({
 *   error: Math.abs(meanOf(train) - meanOf(test)),
 * }))
 * mean // => { error: 3 }
 * ```
 */
export async function crossValidate(
  splits: readonly Split[],
  evaluate: (split: Split, fold: number) => Scores | Promise<Scores>,
  options: CrossValidationOptions = {},
): Promise<CrossValidation> {
  if (splits.length === 0) {
    throw invalid('there are no splits, expected at least one', 'make them by kFold, for example')
  }
  const folds: FoldScores[] = []
  for (const [fold, split] of splits.entries()) {
    checkAbort(options.signal)
    // oxlint-disable-next-line no-await-in-loop -- one fit at a time: each may take all memory and cores
    const scores = await evaluate(split, fold)
    checkScores(scores, fold, folds[0]?.scores ?? scores)
    const made = { trainRows: split.train.length, testRows: split.test.length, scores }
    folds.push(made)
    options.onFold?.(fold, made)
  }
  const names = Object.keys(folds[0]!.scores)
  const summarise = (what: (values: readonly number[]) => number): Scores =>
    Object.fromEntries(names.map((name) => [name, what(folds.map(({ scores }) => scores[name]!))]))
  return { folds, mean: summarise(meanOf), deviation: summarise(deviationOf) }
}

function checkScores(scores: Scores, fold: number, first: Scores): void {
  const [found, expected] = [scores, first].map((each) => Object.keys(each).sort().join(', '))
  if (found !== expected) {
    throw invalid(
      `fold ${fold} has the metrics ${found}, expected those of fold 0: ${expected}`,
      'give the same metrics for every fold',
    )
  }
  for (const [name, value] of Object.entries(scores)) {
    if (Number.isFinite(value)) continue
    throw invalid(
      `fold ${fold}: '${name}' is ${value}, expected a finite number`,
      'check the rows of that fold',
    )
  }
}

function deviationOf(values: readonly number[]): number {
  if (values.length === 1) return 0
  const mean = meanOf(values)
  const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0)
  return Math.sqrt(squares / (values.length - 1))
}

function invalid(message: string, hint: string): ToolkitError {
  return new ToolkitError('TRAINING_INVALID', message, { hint })
}
