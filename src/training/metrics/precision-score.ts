import { confusionCounts, shareOf, type ThresholdOptions } from './confusion-counts.ts'

/**
 * Share of the rows called class 1 that are of class 1; 0 when no row is called so.
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @throws {ToolkitError} as `confusionCounts`
 *
 * @example
 * ```ts
 * import { precisionScore } from 'ml-pipeline-toolkit'
 * precisionScore([0, 1, 1, 0], [0.6, 0.5, 0.4, 0.1]) // => 0.5
 * ```
 */
export function precisionScore(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  options: ThresholdOptions = {},
): number {
  const { truePositives, falsePositives } = confusionCounts(target, probability, options)
  return shareOf(truePositives, truePositives + falsePositives)
}
