import type { OnnxModel } from '../../model/index.ts'
import { kFold } from '../splitting/index.ts'
import type { FittedRows } from '../splitting/pick-rows.ts'
import { predictOutOfFold } from '../splitting/predict-out-of-fold.ts'
import { splitParts } from '../splitting/split.ts'
import { refuseProblems } from '../refuse-problems.ts'
import { effectiveRows } from '../effective-rows.ts'
import { coverageProblems } from './coverage-rank.ts'
import { fitResidualInterval, type ResidualInterval } from './residual-interval.ts'

/** As many fits go into the errors that the interval is made of. */
const folds = 5

/**
 * Fits the interval around the predictions of a model that is fitted to all rows, by the errors that five fits to four
 * fifths of them make on the last. The model to be is a little better than these, so that it covers a little more, as a rule;
 * no law says so as for rows that were held out [Barber et al. 2021].
 *
 * @param options.train - fits on rows
 * @throws {ToolkitError} as `fitResidualInterval` and `train`, `TRAINING_INVALID` for fewer rows than folds
 */
export function fitOutOfFoldInterval(
  rows: FittedRows,
  {
    coverage,
    train,
  }: { readonly coverage: number; readonly train: (rows: FittedRows) => OnnxModel },
): ResidualInterval {
  const { y, weights, parts } = rows
  const few = `there are ${y.length} rows, expected at least ${folds}, one for each fold`
  refuseProblems(
    [
      ...(y.length < folds ? [few] : []),
      ...coverageProblems(effectiveRows(y.length, weights), coverage),
    ],
    'make no interval, or one that covers less, or find more rows',
  )
  const predicted = predictOutOfFold(rows, {
    splits: parts === undefined ? kFold(y.length, { folds, seed: 0 }) : splitParts(parts),
    columns: 1,
    train,
  })
  return fitResidualInterval({ target: y, predicted, weights }, { coverage })
}
