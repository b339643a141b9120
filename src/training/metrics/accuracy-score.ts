import { confusionCounts, type ThresholdOptions } from './confusion-counts.ts'

/**
 * Share of rows whose class is predicted right, where class 1 is predicted
 * from `threshold` upwards.
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @throws {ToolkitError} as `confusionCounts`
 *
 * @example
 * ```ts
 * import { accuracyScore } from 'ml-pipeline-toolkit'
 * accuracyScore([0, 1, 1, 0], [0.2, 0.5, 0.4, 0.1]) // => 0.75
 * ```
 */
export function accuracyScore(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  options: ThresholdOptions = {},
): number {
  const counts = confusionCounts(target, probability, options)
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = counts
  const right = truePositives + trueNegatives
  return right / (right + falsePositives + falseNegatives)
}
