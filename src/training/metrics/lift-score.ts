import { ToolkitError } from '../../core/errors.ts'
import { checkScores } from './check-predictions.ts'
import { checkClassWeights, type WeightOptions } from './check-weights.ts'
import { type CumulativeCounts, countCumulatively, rankScores } from './ranking.ts'

/** How many of the rows are looked at. */
export interface LiftOptions extends WeightOptions {
  /** The share of the rows with the highest scores, above 0 to 1. Default 0.1. */
  readonly share?: number
}

/**
 * How many times more often class 1 comes among the rows with the highest
 * scores than among all rows. Where the share ends within rows of equal score,
 * or within a row, that part of them counts: no order of the rows changes it.
 *
 * @param target - 0 or 1, shape [rows]
 * @param score - any finite numbers, higher for class 1, shape [rows]
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for a single class, a bad row, weight or share.
 *
 * @example
 * ```ts
 * import { liftScore } from 'ml-pipeline-toolkit'
 * liftScore([0, 1, 0, 0], [0.1, 0.9, 0.4, 0.3], { share: 0.25 }) // => 4
 * ```
 */
export function liftScore(
  target: ArrayLike<number>,
  score: ArrayLike<number>,
  { share = 0.1, weights }: LiftOptions = {},
): number {
  checkScores(target, score)
  checkClassWeights(target, weights)
  checkShare(share)
  return liftOfTop(countCumulatively(rankScores(score), target, weights), share)
}

/** @throws {ToolkitError} `TRAINING_INVALID` when the share is not above 0 or is above 1. */
export function checkShare(share: number): void {
  if (share > 0 && share <= 1) return
  throw new ToolkitError('TRAINING_INVALID', `'share' is ${share}, expected above 0 to 1`, {
    hint: 'pass the share of the rows that is acted on',
  })
}

/** The lift of the top share of what was counted. */
export function liftOfTop(counts: CumulativeCounts, share: number): number {
  const { truePositives, falsePositives } = counts
  const positives = truePositives.at(-1)!
  const total = positives + falsePositives.at(-1)!
  const wanted = share * total
  let found = 0
  let taken = 0
  for (let group = 0; group < truePositives.length; group++) {
    const next = truePositives[group]! + falsePositives[group]!
    if (next >= wanted) {
      const part = next === taken ? 0 : (wanted - taken) / (next - taken)
      found += part * (truePositives[group]! - found)
      break
    }
    found = truePositives[group]!
    taken = next
  }
  return found / wanted / (positives / total)
}
