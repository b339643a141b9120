import { type Objective } from '../objective.ts'
import { weightedQuantile } from '../weighted-quantile.ts'

/**
 * Pinball loss [Koenker & Bassett 1978]; the score is the quantile. At 0.5 it
 * is half the absolute error. Its hessian is 0, so trees are grown with 1
 * instead, and then each leaf takes the quantile of what its rows still miss
 * [Friedman 2001, §4.3].
 *
 * @param share - of the targets that lie below, in (0, 1)
 */
export function createQuantile(share: number): Objective {
  return {
    outputs: 1,
    bound: 1,
    initialScores: ({ y, weights }) => [weightedQuantile(y, weights, share)],
    fillDerivatives: ([into], [scores], y) => {
      for (let row = 0; row < y.length; row++) {
        into![2 * row] = scores![row]! >= y[row]! ? 1 - share : -share
        into![2 * row + 1] = 1
      }
    },
    lossOf: ([scores], row, y) => {
      const missed = y - scores![row]!
      return missed >= 0 ? share * missed : (share - 1) * missed
    },
    renewLeaf: (rows, scores, { y, weights }) =>
      weightedQuantile(
        Float64Array.from(rows, (row) => y[row]! - scores[row]!),
        weights && Float64Array.from(rows, (row) => weights[row]!),
        share,
      ),
  }
}
