import { leastCostPlace, type ClassCosts } from '../../core/called-class.ts'
import { ToolkitError } from '../../core/errors.ts'
import { checkWeights, type WeightOptions } from './check-weights.ts'
import {
  checkClassProbabilities,
  type ClassProbabilities,
  rowClassLosses,
} from './multiclass-log-loss.ts'
import { weightedMean } from './weighted-mean.ts'

/**
 * The class of each row whose calling is expected to cost least, Σᵢ pᵢ · costs[i][j]; of equals the first. Where all wrong calls
 * cost the same it is the class of the highest probability. [Elkan 2001]
 *
 * The decision is as good as the probabilities are: calibrate models that are to decide by costs.
 *
 * @returns numbers of classes from 0, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a bad row (the first, from 0) or for all bad costs.
 *
 * @example
 * ```ts
 * import { leastCostClasses } from 'ml-pipeline-toolkit'
 * const probabilities = { rows: 2, columns: 2, values: [0.7, 0.3, 0.9, 0.1] }
 * const costs = [
 *   [0, 1],
 *   [5, 0],
 * ]
 * leastCostClasses(probabilities, costs) // => Int32Array.of(1, 0)
 * ```
 */
export function leastCostClasses(probabilities: ClassProbabilities, costs: ClassCosts): Int32Array {
  checkClassProbabilities(probabilities)
  checkClassCosts(costs, probabilities.columns)
  return decideClasses(probabilities, costs)
}

/**
 * Mean cost of a row when each is called the class of `leastCostClasses`.
 *
 * @param target - numbers of classes from 0, shape [rows]
 * @param probabilities - as of `multiclassLogLoss`
 * @throws {ToolkitError} as `multiclassLogLoss`; `TRAINING_INVALID` for all bad costs
 *
 * @example
 * ```ts
 * import { meanClassCost } from 'ml-pipeline-toolkit'
 * const probabilities = { rows: 2, columns: 2, values: [0.7, 0.3, 0.9, 0.1] }
 * const costs = [
 *   [0, 1],
 *   [5, 0],
 * ]
 * meanClassCost([0, 1], probabilities, { costs }) // => 3
 * ```
 */
export function meanClassCost(
  target: ArrayLike<number>,
  probabilities: ClassProbabilities,
  { costs, weights }: { readonly costs: ClassCosts } & WeightOptions,
): number {
  const rowCosts = rowClassCosts(target, probabilities, costs)
  if (weights !== undefined) checkWeights(rowCosts.length, weights)
  return weightedMean(rowCosts, weights)
}

/** What the call of each row costs, shape [rows]. @throws {ToolkitError} as `meanClassCost` */
export function rowClassCosts(
  target: ArrayLike<number>,
  probabilities: ClassProbabilities,
  costs: ClassCosts,
): Float64Array {
  // Checks target and probabilities, in the words of all metrics of classes.
  rowClassLosses(target, probabilities)
  checkClassCosts(costs, probabilities.columns)
  const called = decideClasses(probabilities, costs)
  return Float64Array.from(called, (call, row) => costs[target[row]!]![call]!)
}

function decideClasses(
  { rows, columns, values }: ClassProbabilities,
  costs: ClassCosts,
): Int32Array {
  return Int32Array.from({ length: rows }, (_, row) => leastCostPlace(values, row * columns, costs))
}

function checkClassCosts(costs: ClassCosts, classes: number): void {
  const hint = 'pass what it costs to call a row of each class each other one, and 0 for itself'
  if (costs.length !== classes || costs.some((row) => row.length !== classes)) {
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `the costs have rows of ${costs.map((row) => row.length).join(', ')} columns, expected ${classes} rows of ${classes}`,
      { hint },
    )
  }
  const problems = costs.flatMap((row, i) =>
    row.flatMap((cost, j) => {
      const isRight = i === j ? cost === 0 : Number.isFinite(cost) && cost >= 0
      const expected = i === j ? '0 for a right call' : 'a finite number from 0'
      return isRight ? [] : [`costs[${i}][${j}] is ${cost}, expected ${expected}`]
    }),
  )
  if (problems.length === 0) return
  throw new ToolkitError('TRAINING_INVALID', problems.join('; '), { hint, details: { problems } })
}
