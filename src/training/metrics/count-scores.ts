import { checkScores } from './check-predictions.ts'
import { checkClassWeights } from './check-weights.ts'
import { type CumulativeCounts, countCumulatively, rankScores } from './ranking.ts'

/**
 * Checks scores with their targets and weights, and counts from the highest score down: what every metric of ranks
 * begins with.
 *
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a single class, a bad row or weight.
 */
export function countScores(
  target: ArrayLike<number>,
  score: ArrayLike<number>,
  weights: ArrayLike<number> | undefined,
): CumulativeCounts {
  checkScores(target, score)
  checkClassWeights(target, weights)
  return countCumulatively(rankScores(score), target, weights)
}
