import type { Matrix } from '../../core/matrix.ts'
import { compileModel, type OnnxModel } from '../../model/index.ts'
import { kFold } from '../splitting/index.ts'
import { pickRows, pickValues } from '../splitting/pick-rows.ts'
import { refuseProblems } from '../refuse-problems.ts'
import { coverageProblems } from './coverage-rank.ts'
import { countWeighted, fitResidualInterval, type ResidualInterval } from './residual-interval.ts'

interface FittedRows {
  readonly x: Matrix
  readonly y: Float64Array
  readonly weights?: Float64Array | undefined
}

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
  { x, y, weights }: FittedRows,
  {
    coverage,
    train,
  }: { readonly coverage: number; readonly train: (rows: FittedRows) => OnnxModel },
): ResidualInterval {
  const few = `there are ${y.length} rows, expected at least ${folds}, one for each fold`
  refuseProblems(
    [
      ...(y.length < folds ? [few] : []),
      ...coverageProblems(countWeighted(y.length, weights), coverage),
    ],
    'make no interval, or one that covers less, or find more rows',
  )
  const predicted = new Float64Array(y.length)
  for (const split of kFold(y.length, { folds, seed: 0 })) {
    const model = train({
      x: pickRows(x, split.train),
      y: pickValues(y, split.train),
      ...(weights && { weights: pickValues(weights, split.train) }),
    })
    const found = compileModel(model)(pickRows(x, split.test))
    split.test.forEach((row, i) => (predicted[row] = found[i]!))
  }
  return fitResidualInterval({ target: y, predicted, weights }, { coverage })
}
