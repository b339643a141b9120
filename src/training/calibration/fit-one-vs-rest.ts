import type { ClassProbabilities, WeightOptions } from '../metrics/index.ts'
import { checkClassScores } from './calibration-problems.ts'
import type { OneVsRestCalibration } from './class-calibration.ts'
import { fitIsotonic } from './fit-isotonic.ts'
import { fitPlatt } from './fit-platt.ts'

/**
 * Fits a curve to the scores of each class against the rest: scikit-learn's CalibratedClassifierCV of several classes.
 *
 * @param scores - of rows that the model was not fitted to, finite, shape [rows, classes]
 * @param target - numbers of classes from 0, of which each occurs, shape [rows]
 * @throws {ToolkitError} `TRAINING_INVALID` for a score that is not finite, a class without rows, or bad weights; `SHAPE_MISMATCH`
 *
 * @example
 * ```ts
 * import { applyClassCalibration, fitOneVsRest } from 'ml-pipeline-toolkit'
 * const scores = { rows: 3, columns: 3, values: [2, 0, 0, 0, 2, 0, 0, 0, 2] }
 * const curves = fitOneVsRest('isotonic', scores, [0, 1, 2])
 * applyClassCalibration(curves, { rows: 1, columns: 3, values: [2, 2, 0] }) // => Float64Array.of(0.5, 0.5, 0)
 * ```
 */
export function fitOneVsRest(
  method: 'platt' | 'isotonic',
  scores: ClassProbabilities,
  target: ArrayLike<number>,
  options: WeightOptions = {},
): OneVsRestCalibration {
  checkClassScores(scores, target, options)
  const { rows, columns, values } = scores
  const fit = method === 'platt' ? fitPlatt : fitIsotonic
  const curves = Array.from({ length: columns }, (_, k) =>
    fit(
      Float64Array.from({ length: rows }, (__, row) => values[row * columns + k]!),
      Float64Array.from(target, (value) => Number(value === k)),
      options,
    ),
  )
  return { kind: 'one-vs-rest', curves }
}
