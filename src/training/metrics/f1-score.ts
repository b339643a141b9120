import { confusionCounts, shareOf, type ThresholdOptions } from './confusion-counts.ts'

/**
 * Harmonic mean of precision and recall: 2·TP / (2·TP + FP + FN).
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @throws {ToolkitError} as `confusionCounts`
 *
 * @example
 * ```ts
 * import { f1Score } from 'ml-pipeline-toolkit'
 * f1Score([0, 1, 1, 0], [0.6, 0.5, 0.4, 0.1]) // => 0.5
 * ```
 */
export function f1Score(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  options: ThresholdOptions = {},
): number {
  const { truePositives, falsePositives, falseNegatives } = confusionCounts(
    target,
    probability,
    options,
  )
  return shareOf(2 * truePositives, 2 * truePositives + falsePositives + falseNegatives)
}
