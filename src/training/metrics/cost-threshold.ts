import { checkProbabilities } from './check-predictions.ts'
import { checkClassWeights, type WeightOptions } from './check-weights.ts'
import { confusionCounts, type ThresholdOptions } from './confusion-counts.ts'
import { countCumulatively, rankScores } from './ranking.ts'
import { refuseProblems } from '../refuse-problems.ts'

/** What a wrong call costs, in any unit; a right one costs nothing. */
export interface Costs {
  /** Of calling a row of class 0 class 1; from 0. */
  readonly falsePositive: number
  /** Of calling a row of class 1 class 0; from 0. */
  readonly falseNegative: number
}

/**
 * Mean cost of a row when class 1 is called from a threshold upwards.
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @throws {ToolkitError} as `confusionCounts`; `TRAINING_INVALID` for a bad cost
 *
 * @example
 * ```ts
 * import { meanCost } from 'ml-pipeline-toolkit'
 * meanCost([0, 1], [0.6, 0.4], { falsePositive: 1, falseNegative: 5 }) // => 3
 * ```
 */
export function meanCost(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  { falsePositive, falseNegative, ...options }: Costs & ThresholdOptions,
): number {
  checkCosts({ falsePositive, falseNegative })
  const counts = confusionCounts(target, probability, options)
  const { truePositives, falsePositives, falseNegatives, trueNegatives } = counts
  const total = truePositives + falsePositives + falseNegatives + trueNegatives
  return (falsePositives * falsePositive + falseNegatives * falseNegative) / total
}

/**
 * The threshold at which wrong calls cost least on these rows: one of the
 * probabilities, or Infinity when it is cheapest to call no row class 1; of equals the highest.
 *
 * It is chosen on the rows it is measured on, so its cost is lower than on new
 * ones: choose it on rows that nothing else is judged by. For calibrated
 * probabilities it comes near falsePositive / (falsePositive + falseNegative). [Elkan 2001]
 *
 * @param target - 0 or 1, shape [rows]
 * @param probability - of class 1, shape [rows]
 * @returns the threshold and the mean cost of a row
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a single class, a bad row, weight or cost.
 *
 * @example
 * ```ts
 * import { lowestCostThreshold } from 'ml-pipeline-toolkit'
 * lowestCostThreshold([0, 1, 0, 1], [0.1, 0.3, 0.4, 0.9], { falsePositive: 1, falseNegative: 5 })
 * // => { threshold: 0.3, cost: 0.25 }
 * ```
 */
export function lowestCostThreshold(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
  { falsePositive, falseNegative, weights }: Costs & WeightOptions,
): { readonly threshold: number; readonly cost: number } {
  checkCosts({ falsePositive, falseNegative })
  checkProbabilities(target, probability)
  checkClassWeights(target, weights)
  const ranking = rankScores(probability)
  const { truePositives, falsePositives } = countCumulatively(ranking, target, weights)
  const positives = truePositives.at(-1)!
  let lowest = { threshold: Infinity, cost: positives * falseNegative }
  for (let group = 0; group < truePositives.length; group++) {
    const missed = positives - truePositives[group]!
    const cost = falsePositives[group]! * falsePositive + missed * falseNegative
    if (cost >= lowest.cost) continue
    lowest = { threshold: probability[ranking.order[ranking.groupEnds[group]! - 1]!]!, cost }
  }
  return { threshold: lowest.threshold, cost: lowest.cost / (positives + falsePositives.at(-1)!) }
}

function checkCosts(costs: Costs): void {
  const problems = Object.entries(costs)
    .filter(([, cost]) => !(Number.isFinite(cost) && cost >= 0))
    .map(([name, cost]) => `'${name}' is ${cost}, expected a finite number from 0`)
  refuseProblems(problems, 'pass what one wrong call of each kind costs')
}
