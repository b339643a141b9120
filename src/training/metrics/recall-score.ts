import { confusionCounts, shareOf, type ThresholdOptions } from './confusion-counts.ts'

/**
 * Share of the rows of class 1 that are called class 1.
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @throws {ToolkitError} as `confusionCounts`
 *
 * @example
 * ```ts
 * import { recallScore } from 'ml-pipeline-toolkit'
 * recallScore([0, 1, 1, 0], [0.6, 0.5, 0.4, 0.1], { threshold: 0.3 }) // => 1
 * ```
 */
export function recallScore(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  options: ThresholdOptions = {},
): number {
  const { truePositives, falseNegatives } = confusionCounts(target, probability, options)
  return shareOf(truePositives, truePositives + falseNegatives)
}
