import type { WeightOptions } from './check-weights.ts'
import { countScores } from './count-scores.ts'
import type { CumulativeCounts } from './ranking.ts'

/**
 * Area under the ROC curve: the probability that a row of class 1 scores above
 * one of class 0, where equal scores count half.
 *
 * @param target - 0 or 1, shape [rows]
 * @param score - any finite numbers, higher for class 1, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a single class, a bad row or weight.
 *
 * @example
 * ```ts
 * import { rocAucScore } from 'ml-pipeline-toolkit'
 * rocAucScore([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8]) // => 0.875
 * ```
 */
export function rocAucScore(
  target: ArrayLike<number>,
  score: ArrayLike<number>,
  { weights }: WeightOptions = {},
): number {
  return areaUnderRoc(countScores(target, score, weights))
}

/** The area by trapezoids. Of rows that count whole times its sum is of halves, hence exact and free of the rows' order. */
export function areaUnderRoc({ truePositives, falsePositives }: CumulativeCounts): number {
  let area = 0
  let above = 0
  let left = 0
  for (let group = 0; group < truePositives.length; group++) {
    area += (falsePositives[group]! - left) * (truePositives[group]! + above) * 0.5
    above = truePositives[group]!
    left = falsePositives[group]!
  }
  return area / (above * left)
}
