import { type ValidationRows } from './boosting-data.ts'
import { meanLoss, type Objective } from './objective.ts'
import { addTreeScores } from './predict.ts'
import { type Tree } from './tree.ts'

/** Rows apart from the fit that its rounds are measured on. */
export interface Validation {
  /** The first round with the lowest loss so far; 0 before any. */
  readonly bestRound: number
  /** Adds the trees of a round, one per output, and returns the loss then. */
  readonly addRound: (trees: readonly Tree[]) => number
  /** Whether so many rounds were no better than the best; never for 0. */
  readonly isOver: (patience: number) => boolean
}

/** Starts to watch a fit from its first scores. */
export function watchValidation(
  { x, y, weights }: ValidationRows,
  {
    objective,
    baseScores,
  }: { readonly objective: Objective; readonly baseScores: readonly number[] },
): Validation {
  const scores = baseScores.map((base) => new Float64Array(x.rows).fill(base))
  let round = 0
  let bestRound = 0
  let bestLoss = Infinity
  return {
    get bestRound() {
      return bestRound
    },
    addRound: (trees) => {
      round++
      for (const [output, tree] of trees.entries()) addTreeScores(scores[output]!, tree, x)
      const loss = meanLoss(objective, scores, { y, weights })
      if (loss < bestLoss) {
        bestLoss = loss
        bestRound = round
      }
      return loss
    },
    isOver: (patience) => patience > 0 && round - bestRound >= patience,
  }
}
