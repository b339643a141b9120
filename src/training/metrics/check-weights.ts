import { ToolkitError } from '../../core/errors.ts'

/** How much each row counts. */
export interface WeightOptions {
  /** Finite and not negative, with some weight in each class, shape [rows]; 1 each when absent. */
  readonly weights?: ArrayLike<number> | undefined
}

/**
 * Checks weights against a target of two classes, of which each must weigh something.
 *
 * @throws {ToolkitError} `SHAPE_MISMATCH`, `TRAINING_INVALID` naming the first bad row (from 0).
 */
export function checkClassWeights(
  target: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
): void {
  if (weights === undefined) return
  checkWeights(target.length, weights)
  for (const label of [0, 1]) {
    let isWeighty = false
    for (let row = 0; row < target.length && !isWeighty; row++) {
      isWeighty = target[row] === label && weights[row]! > 0
    }
    if (!isWeighty) throw invalid(`class ${label} weighs nothing, expected weight in both classes`)
  }
}

/**
 * Checks one weight per row and gives their sum.
 *
 * @throws {ToolkitError} `SHAPE_MISMATCH`, `TRAINING_INVALID` naming the first bad row (from 0).
 */
export function checkWeights(rows: number, weights: ArrayLike<number>): number {
  if (weights.length !== rows) {
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `there are ${rows} targets but ${weights.length} weights`,
      { hint: 'pass one weight per row' },
    )
  }
  let total = 0
  for (let row = 0; row < rows; row++) {
    const weight = weights[row]!
    if (!(Number.isFinite(weight) && weight >= 0)) {
      throw invalid(`row ${row}: the weight is ${weight}, expected a finite number from 0`)
    }
    total += weight
  }
  if (total > 0 && Number.isFinite(total)) return total
  throw invalid(`the weights add up to ${total}, expected a finite number above 0`)
}

function invalid(message: string): ToolkitError {
  return new ToolkitError('TRAINING_INVALID', message, {
    hint: 'check where the weights come from; 0 leaves a row out',
  })
}
