import { ToolkitError } from '../../core/errors.ts'
import { checkWeights } from '../metrics/check-weights.ts'
import { refuseProblems } from '../refuse-problems.ts'

/**
 * Checks scores against one target each, all problems at once.
 *
 * @param targetProblems - what is wrong with the target, as sentences
 * @throws {ToolkitError} `SHAPE_MISMATCH`, `TRAINING_INVALID`
 */
export function checkScoredRows(
  scores: ArrayLike<number>,
  target: ArrayLike<number>,
  {
    weights,
    targetProblems,
  }: {
    readonly weights: ArrayLike<number> | undefined
    readonly targetProblems: readonly string[]
  },
): void {
  if (scores.length !== target.length) {
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `there are ${scores.length} scores but ${target.length} targets`,
      { hint: 'pass one target per score' },
    )
  }
  const problems: string[] = []
  for (let row = 0; row < scores.length; row++) {
    if (Number.isFinite(scores[row])) continue
    problems.push(`row ${row}: the score is ${scores[row]!}, expected a finite number`)
  }
  refuseProblems(
    [...problems, ...targetProblems],
    'calibrate on scored rows that the model was not fitted to; probabilities of 0 and 1 have no log odds',
  )
  if (weights !== undefined) checkWeights(scores.length, weights)
}
