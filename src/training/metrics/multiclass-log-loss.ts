import { ToolkitError } from '../../core/errors.ts'
import { log } from '../../math/logarithm.ts'
import { checkWeights, type WeightOptions } from './check-weights.ts'
import { weightedMean } from './weighted-mean.ts'

/** A row of probabilities per row of the data, one column a class. */
export interface ClassProbabilities {
  readonly rows: number
  /** Classes, at least 2. */
  readonly columns: number
  /** By rows, shape [rows · columns]; each row adds up to 1. */
  readonly values: ArrayLike<number>
}

/**
 * Mean log loss in nats over several classes: −ln of the probability given to
 * the class that came, kept ε away from 0 and 1 as in `logLoss`.
 *
 * @param target - numbers of classes from 0, shape [rows]; a class may have no row
 * @param probabilities - rows that do not add up to 1 within √ε are refused
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` naming the first bad row (from 0).
 *
 * @example
 * ```ts
 * import { multiclassLogLoss } from 'ml-pipeline-toolkit'
 * const probabilities = { rows: 2, columns: 3, values: [0.5, 0.25, 0.25, 0.25, 0.25, 0.5] }
 * multiclassLogLoss([0, 2], probabilities) === Math.log(2) // => true
 * ```
 */
export function multiclassLogLoss(
  target: ArrayLike<number>,
  probabilities: ClassProbabilities,
  { weights }: WeightOptions = {},
): number {
  const losses = rowClassLosses(target, probabilities)
  if (weights !== undefined) checkWeights(losses.length, weights)
  return weightedMean(losses, weights)
}

/** The loss of each row, shape [rows]. @throws {ToolkitError} as `multiclassLogLoss` */
export function rowClassLosses(
  target: ArrayLike<number>,
  probabilities: ClassProbabilities,
): Float64Array {
  const { rows, columns, values } = probabilities
  checkShape(target, probabilities)
  const epsilon = values instanceof Float32Array ? 2 ** -23 : 2 ** -52
  return Float64Array.from({ length: rows }, (_, row) => {
    checkRow(probabilities, row, Math.sqrt(epsilon))
    checkClass(target[row]!, row, columns)
    const given = values[row * columns + target[row]!]!
    return -log(Math.min(Math.max(given, epsilon), 1 - epsilon))
  })
}

/** Checks probabilities that no target belongs to. @throws {ToolkitError} as `multiclassLogLoss` */
export function checkClassProbabilities(probabilities: ClassProbabilities): void {
  const { rows, values } = probabilities
  const epsilon = values instanceof Float32Array ? 2 ** -23 : 2 ** -52
  checkShape({ length: rows }, probabilities)
  for (let row = 0; row < rows; row++) checkRow(probabilities, row, Math.sqrt(epsilon))
}

function checkShape(target: { readonly length: number }, probabilities: ClassProbabilities): void {
  const { rows, columns, values } = probabilities
  if (target.length !== rows || values.length !== rows * columns) {
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `there are ${target.length} targets and ${values.length} probabilities, expected ${rows} rows of ${columns} classes`,
      { hint: 'pass one probability per row and class' },
    )
  }
  if (rows < 1 || columns < 2) {
    throw invalid(`there are ${rows} rows of ${columns} classes, expected a row and two classes`)
  }
}

function checkRow({ columns, values }: ClassProbabilities, row: number, tolerance: number): void {
  let sum = 0
  for (let column = 0; column < columns; column++) {
    const value = values[row * columns + column]!
    if (!(value >= 0 && value <= 1)) {
      throw invalid(`row ${row}: the probability of class ${column} is ${value}, expected 0 to 1`)
    }
    sum += value
  }
  if (Math.abs(sum - 1) > tolerance) {
    throw invalid(`row ${row}: the probabilities add up to ${sum}, expected 1`)
  }
}

function checkClass(value: number, row: number, classes: number): void {
  if (Number.isInteger(value) && value >= 0 && value < classes) return
  throw invalid(`row ${row}: the target is ${value}, expected a class from 0 to ${classes - 1}`)
}

function invalid(message: string): ToolkitError {
  return new ToolkitError('TRAINING_INVALID', message, {
    hint: 'check the target and the model that made the predictions',
  })
}
