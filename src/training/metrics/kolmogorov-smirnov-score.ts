import type { WeightOptions } from './check-weights.ts'
import { countScores } from './count-scores.ts'
import type { CumulativeCounts } from './ranking.ts'

/**
 * Kolmogorov-Smirnov statistic between the scores of the two classes: the
 * largest distance between the true and the false positive rate, 0 to 1.
 *
 * @param target - 0 or 1, shape [rows]
 * @param score - any finite numbers, higher for class 1, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a single class, a bad row or weight.
 *
 * @example
 * ```ts
 * import { kolmogorovSmirnovScore } from 'ml-pipeline-toolkit'
 * kolmogorovSmirnovScore([0, 1, 0, 1], [0.1, 0.4, 0.5, 0.8]) // => 0.5
 * ```
 */
export function kolmogorovSmirnovScore(
  target: ArrayLike<number>,
  score: ArrayLike<number>,
  { weights }: WeightOptions = {},
): number {
  return largestRateDistance(countScores(target, score, weights))
}

/** The largest |true positive rate − false positive rate| over all thresholds. */
export function largestRateDistance({ truePositives, falsePositives }: CumulativeCounts): number {
  const positives = truePositives.at(-1)!
  const negatives = falsePositives.at(-1)!
  let largest = 0
  for (let group = 0; group < truePositives.length; group++) {
    const distance = Math.abs(
      truePositives[group]! * negatives - falsePositives[group]! * positives,
    )
    if (distance > largest) largest = distance
  }
  return largest / (positives * negatives)
}
