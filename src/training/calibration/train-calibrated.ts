import type { Matrix } from '../../core/matrix.ts'
import { compileModel, type OnnxModel } from '../../model/index.ts'
import { checkBinaryTarget } from '../check-binary-target.ts'
import { stratifiedKFold } from '../splitting/index.ts'
import { pickRows, pickValues } from '../splitting/pick-rows.ts'
import { appendCalibration, exposeValue, findLogOdds } from './append-calibration.ts'
import type { CalibrationMethod } from './calibration.ts'
import { fitIsotonic } from './fit-isotonic.ts'
import { fitPlatt } from './fit-platt.ts'

/** Rows of a binary target. */
interface BinaryRows {
  readonly x: Matrix
  readonly y: Float64Array
}

/** As many fits go into the scores that the calibration learns from. */
const folds = 5

/**
 * Trains a model on all rows, and calibrates it by the scores that five fits give to
 * the rows they were not fitted to: scikit-learn's CalibratedClassifierCV with
 * `ensemble=False`. The folds are stratified, and the same for the same rows.
 *
 * @param train - fits on rows; `isLast` when it is the fit whose model is kept
 * @throws {ToolkitError} `TRAINING_INVALID` for a target that is not 0 or 1, a class with fewer rows than folds, a model whose
 *   scores cannot be calibrated, or as `train`
 */
export function trainCalibrated(
  method: Exclude<CalibrationMethod, 'none'>,
  { x, y }: BinaryRows,
  train: (rows: BinaryRows, isLast: boolean) => OnnxModel,
): OnnxModel {
  checkBinaryTarget(y)
  const scores = new Float64Array(y.length)
  for (const split of stratifiedKFold(y, { folds, seed: 0 })) {
    const model = train({ x: pickRows(x, split.train), y: pickValues(y, split.train) }, false)
    const scored = method === 'platt' ? exposeValue(model, findLogOdds(model)) : model
    const found = compileModel(scored)(pickRows(x, split.test))
    split.test.forEach((row, i) => (scores[row] = found[i]!))
  }
  const fit = method === 'platt' ? fitPlatt : fitIsotonic
  return appendCalibration(train({ x, y }, true), fit(scores, y))
}
