import { checkProbabilities } from './check-predictions.ts'
import { checkThreshold } from './check-threshold.ts'
import { checkClassWeights, type WeightOptions } from './check-weights.ts'

/** From where on a row is called class 1, and how much it counts. */
export interface ThresholdOptions extends WeightOptions {
  /** Rows from here upwards are called class 1; from 0 to 1, default 0.5. */
  readonly threshold?: number
}

/** Rows by what was said and what came; sums of weights when rows have weights. */
export interface ConfusionCounts {
  readonly truePositives: number
  readonly falsePositives: number
  readonly falseNegatives: number
  readonly trueNegatives: number
}

/**
 * Counts the rows of each class that a threshold calls right and wrong.
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a single class, a bad row, weight or threshold.
 *
 * @example
 * ```ts
 * import { confusionCounts } from 'ml-pipeline-toolkit'
 * confusionCounts([0, 1, 1], [0.7, 0.6, 0.2])
 * // => { truePositives: 1, falsePositives: 1, falseNegatives: 1, trueNegatives: 0 }
 * ```
 */
export function confusionCounts(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  { threshold = 0.5, weights }: ThresholdOptions = {},
): ConfusionCounts {
  checkProbabilities(target, probability)
  checkClassWeights(target, weights)
  checkThreshold(threshold)
  return countConfusion(target, probability, { threshold, weights })
}

/** As {@link confusionCounts}, for rows that were checked; of a single class too. */
export function countConfusion(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  { threshold, weights }: WeightOptions & { readonly threshold: number },
): ConfusionCounts {
  // By what was said and what came: [said 0 came 0, said 0 came 1, said 1 came 0, said 1 came 1].
  const cells = new Float64Array(4)
  for (let row = 0; row < target.length; row++) {
    const weight = weights === undefined ? 1 : weights[row]!
    cells[(probability[row]! >= threshold ? 2 : 0) + target[row]!]! += weight
  }
  return {
    truePositives: cells[3]!,
    falsePositives: cells[2]!,
    falseNegatives: cells[1]!,
    trueNegatives: cells[0]!,
  }
}

/** A share of a count, and 0 of nothing, as scikit-learn has it. */
export function shareOf(part: number, whole: number): number {
  return whole === 0 ? 0 : part / whole
}
