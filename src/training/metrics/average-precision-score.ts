import type { WeightOptions } from './check-weights.ts'
import { countScores } from './count-scores.ts'
import type { CumulativeCounts } from './ranking.ts'

/**
 * Average precision: Σ (Rₙ − Rₙ₋₁)·Pₙ over falling thresholds, the area under
 * the precision-recall curve drawn in steps.
 *
 * @param target - 0 or 1, shape [rows]
 * @param score - any finite numbers, higher for class 1, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a single class, a bad row or weight.
 *
 * @example
 * ```ts
 * import { averagePrecisionScore } from 'ml-pipeline-toolkit'
 * averagePrecisionScore([0, 1, 0, 1], [0.1, 0.4, 0.3, 0.8]) // => 1
 * ```
 */
export function averagePrecisionScore(
  target: ArrayLike<number>,
  score: ArrayLike<number>,
  { weights }: WeightOptions = {},
): number {
  return meanPrecision(countScores(target, score, weights))
}

/** Average precision of what was counted. */
export function meanPrecision({ truePositives, falsePositives }: CumulativeCounts): number {
  let sum = 0
  let found = 0
  for (let group = 0; group < truePositives.length; group++) {
    const positives = truePositives[group]!
    // A resampled group may be empty, also at the top, where precision would be 0 / 0.
    if (positives === found) continue
    sum += ((positives - found) * positives) / (positives + falsePositives[group]!)
    found = positives
  }
  return sum / found
}
