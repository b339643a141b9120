import type { OnnxModel } from '../../model/index.ts'
import { checkBinaryTarget } from '../check-binary-target.ts'
import { refuseProblems } from '../refuse-problems.ts'
import { stratifiedKFold } from '../splitting/index.ts'
import type { FittedRows } from '../splitting/pick-rows.ts'
import { predictOutOfFold } from '../splitting/predict-out-of-fold.ts'
import { splitParts, type Split } from '../splitting/split.ts'
import { appendCalibration, exposeValue, findScores } from './append-calibration.ts'
import { appendClassCalibration } from './append-class-calibration.ts'
import type { CalibrationMethod } from './calibration.ts'
import { fitIsotonic } from './fit-isotonic.ts'
import { fitOneVsRest } from './fit-one-vs-rest.ts'
import { fitPlatt } from './fit-platt.ts'
import { fitTemperature } from './fit-temperature.ts'

/** Fits on rows; `isLast` when it is the fit whose model is kept. */
type Train = (rows: FittedRows, isLast: boolean) => OnnxModel

type Method = Exclude<CalibrationMethod, 'none'>

/** As many fits go into the scores that the calibration learns from. */
const folds = 5

/**
 * Trains a model on all rows, and calibrates it by the scores that five fits give to
 * the rows they were not fitted to: scikit-learn's CalibratedClassifierCV with
 * `ensemble=False`. The folds are stratified, and the same for the same rows; where rows belong together they are the rows' parts.
 *
 * @param classes - how many there are, where the model gives a probability for each
 * @throws {ToolkitError} `TRAINING_INVALID` for a target that is not 0 or 1, a class with fewer rows than folds, a model whose
 *   scores cannot be calibrated, or as `train`
 */
export function trainCalibrated(
  method: Method,
  rows: FittedRows,
  train: Train,
  { classes }: { readonly classes?: number | undefined } = {},
): OnnxModel {
  return classes === undefined
    ? trainBinary(method, rows, train)
    : trainClasses(method, rows, { classes, train })
}

function trainBinary(method: Method, rows: FittedRows, train: Train): OnnxModel {
  checkBinaryTarget(rows.y)
  refuseProblems(
    method === 'temperature' ? ['a temperature is of several classes, and the target has two'] : [],
    "take 'platt', which scales the log odds and moves them",
  )
  const isPlatt = method === 'platt'
  const expose = (model: OnnxModel): OnnxModel =>
    isPlatt ? exposeValue(model, findScores(model, 'Sigmoid'), 1) : model
  const scores = predictOutOfFold(rows, {
    splits: splitRows(rows),
    columns: 1,
    train: (part) => expose(train(part, false)),
  })
  const fit = isPlatt ? fitPlatt : fitIsotonic
  const { weights } = rows
  return appendCalibration(train(rows, true), fit(scores, rows.y, { weights }))
}

function trainClasses(
  method: Method,
  rows: FittedRows,
  { classes, train }: { readonly classes: number; readonly train: Train },
): OnnxModel {
  const expose = (model: OnnxModel): OnnxModel =>
    method === 'isotonic' ? model : exposeValue(model, findScores(model, 'Softmax'), classes)
  const values = predictOutOfFold(rows, {
    splits: splitRows(rows),
    columns: classes,
    train: (part) => expose(train(part, false)),
  })
  const scores = { rows: rows.y.length, columns: classes, values }
  const { weights } = rows
  const fitted =
    method === 'temperature'
      ? fitTemperature(scores, rows.y, { weights })
      : fitOneVsRest(method, scores, rows.y, { weights })
  return appendClassCalibration(train(rows, true), fitted)
}

function splitRows({ y, parts }: FittedRows): readonly Split[] {
  return parts === undefined ? stratifiedKFold(y, { folds, seed: 0 }) : splitParts(parts)
}
