import { checkScores } from './check-predictions.ts'
import { countCumulatively, rankScores } from './ranking.ts'

/** A curve of precision over recall. */
export interface PrecisionRecallCurve {
  /** Shape [thresholds + 1]; the last is 1, which belongs to no threshold. */
  readonly precision: Float64Array
  /** Falling from 1, shape [thresholds + 1]; the last is 0, which belongs to no threshold. */
  readonly recall: Float64Array
  /** Rising, every distinct score; rows from here upwards are called positive. */
  readonly thresholds: Float64Array
}

/**
 * Precision and recall at every distinct score, in scikit-learn's order.
 *
 * @param target - 0 or 1, shape [rows]
 * @param score - any finite numbers, higher for class 1, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a single class or a bad row.
 *
 * @example
 * ```ts
 * import { precisionRecallCurve } from 'ml-pipeline-toolkit'
 * const curve = precisionRecallCurve([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8])
 * curve.recall // => Float64Array.of(1, 1, 0.5, 0)
 * curve.thresholds // => Float64Array.of(0.1, 0.4, 0.8)
 * ```
 */
export function precisionRecallCurve(
  target: ArrayLike<number>,
  score: ArrayLike<number>,
): PrecisionRecallCurve {
  checkScores(target, score)
  const { order, groupEnds } = rankScores(score)
  const { truePositives, falsePositives } = countCumulatively({ order, groupEnds }, target)
  const groups = groupEnds.length
  const precision = new Float64Array(groups + 1).fill(1)
  const recall = new Float64Array(groups + 1)
  const thresholds = new Float64Array(groups)
  for (let i = 0; i < groups; i++) {
    const group = groups - 1 - i
    precision[i] = truePositives[group]! / (truePositives[group]! + falsePositives[group]!)
    recall[i] = truePositives[group]! / truePositives[groups - 1]!
    thresholds[i] = score[order[groupEnds[group]! - 1]!]!
  }
  return { precision, recall, thresholds }
}
