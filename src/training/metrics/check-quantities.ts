import { ToolkitError } from '../../core/errors.ts'
import { checkWeights, type WeightOptions } from './check-weights.ts'

/**
 * Checks a target of finite numbers against one finite prediction per row.
 *
 * @param least - how many rows there must be
 * @throws {ToolkitError} `SHAPE_MISMATCH`, `TRAINING_INVALID` naming the first bad row (from 0).
 */
export function checkQuantities(
  target: ArrayLike<number>,
  prediction: ArrayLike<number>,
  { weights, least = 1 }: WeightOptions & { readonly least?: number },
): void {
  if (target.length !== prediction.length) {
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `there are ${target.length} targets but ${prediction.length} predictions`,
      { hint: 'pass one prediction per row' },
    )
  }
  if (target.length < least) {
    throw invalid(
      `there are ${target.length} rows, expected at least ${least}`,
      'pass more rows to measure on',
    )
  }
  for (let row = 0; row < target.length; row++) {
    if (!Number.isFinite(target[row])) {
      throw invalid(`row ${row}: the target is ${target[row]!}, expected a finite number`)
    }
    if (!Number.isFinite(prediction[row])) {
      throw invalid(`row ${row}: the prediction is ${prediction[row]!}, expected a finite number`)
    }
  }
  if (weights !== undefined) checkWeights(target.length, weights)
}

function invalid(message: string, hint = 'check the rows and the model'): ToolkitError {
  return new ToolkitError('TRAINING_INVALID', message, { hint })
}
