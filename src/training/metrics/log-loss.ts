import { log } from '../../math/logarithm.ts'
import { checkProbabilities } from './check-predictions.ts'
import { checkClassWeights, type WeightOptions } from './check-weights.ts'
import { weightedMean } from './weighted-mean.ts'

/**
 * Mean log loss in nats: −ln of the probability given to the class that came.
 *
 * As in scikit-learn, a probability is kept ε away from 0 and 1, so that one
 * wrong certainty costs 36 nats and not infinity; ε is 2⁻⁵², or 2⁻²³ for a Float32Array.
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a single class, a bad row or weight.
 *
 * @example
 * ```ts
 * import { logLoss } from 'ml-pipeline-toolkit'
 * logLoss([0, 1], [0.5, 0.5]) === Math.log(2) // => true
 * ```
 */
export function logLoss(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  { weights }: WeightOptions = {},
): number {
  checkProbabilities(target, probability)
  checkClassWeights(target, weights)
  return weightedMean(rowLogLosses(target, probability), weights)
}

/** The loss of each row, shape [rows]. */
export function rowLogLosses(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
): Float64Array {
  const epsilon = probability instanceof Float32Array ? 2 ** -23 : 2 ** -52
  return Float64Array.from(target, (label, row) => {
    const given = label === 1 ? probability[row]! : 1 - probability[row]!
    return -log(Math.min(Math.max(given, epsilon), 1 - epsilon))
  })
}
