import { ToolkitError } from '../../core/errors.ts'
import { log } from '../../math/logarithm.ts'
import { checkQuantities } from './check-quantities.ts'
import type { WeightOptions } from './check-weights.ts'
import { weightedMean } from './weighted-mean.ts'

/**
 * Mean deviance of predicted counts or rates: 2 · (y · ln(y / ŷ) − y + ŷ), where 0 · ln 0 is 0; 0 when all are right.
 *
 * @param target - numbers from 0 on, shape [rows]
 * @param prediction - numbers above 0, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for no rows, a bad row or weight.
 *
 * @example
 * ```ts
 * import { meanPoissonDeviance } from 'ml-pipeline-toolkit'
 * meanPoissonDeviance([0, 2], [1, 2]) // => 1
 * ```
 */
export function meanPoissonDeviance(
  target: ArrayLike<number>,
  prediction: ArrayLike<number>,
  { weights }: WeightOptions = {},
): number {
  checkQuantities(target, prediction, { weights })
  return weightedMean(rowPoissonDeviances(target, prediction), weights)
}

/** The deviance of each row, shape [rows]. @throws {ToolkitError} `TRAINING_INVALID` naming the first row (from 0) that has none */
export function rowPoissonDeviances(
  target: ArrayLike<number>,
  prediction: ArrayLike<number>,
): Float64Array {
  return Float64Array.from(target, (value, row) => {
    const given = prediction[row]!
    if (!(value >= 0 && given > 0)) {
      throw new ToolkitError(
        'TRAINING_INVALID',
        `row ${row}: the target is ${value} and the prediction ${given}, expected counts from 0 on and predictions above 0`,
        { hint: 'measure other numbers by their squared error' },
      )
    }
    const logarithm = value === 0 ? 0 : value * log(value / given)
    return 2 * (logarithm - value + given)
  })
}

/** Whether all rows have a deviance. */
export function haveDeviance(target: ArrayLike<number>, prediction: ArrayLike<number>): boolean {
  return Array.from(target).every((value, row) => value >= 0 && prediction[row]! > 0)
}
