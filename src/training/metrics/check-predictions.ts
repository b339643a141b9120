import { ToolkitError } from '../../core/errors.ts'
import { checkBinaryTarget } from '../check-binary-target.ts'

/**
 * Checks a target of 0 and 1, both present, against one finite score per row.
 *
 * @throws {ToolkitError} `SHAPE_MISMATCH`, `TRAINING_INVALID` naming the first bad row (from 0).
 */
export function checkScores(target: ArrayLike<number>, score: ArrayLike<number>): void {
  checkLengths(target, score)
  checkBinaryTarget(target)
  for (let row = 0; row < score.length; row++) {
    if (Number.isFinite(score[row])) continue
    throw invalid(`row ${row}: the score is ${score[row]!}, expected a finite number`)
  }
}

/**
 * Checks a target of 0 and 1, both present, against one probability per row.
 *
 * @throws {ToolkitError} `SHAPE_MISMATCH`, `TRAINING_INVALID` naming the first bad row (from 0).
 */
export function checkProbabilities(
  target: ArrayLike<number>,
  probability: ArrayLike<number>,
): void {
  checkLengths(target, probability)
  checkBinaryTarget(target)
  for (let row = 0; row < probability.length; row++) {
    if (probability[row]! >= 0 && probability[row]! <= 1) continue
    throw invalid(`row ${row}: the probability is ${probability[row]!}, expected 0 to 1`)
  }
}

function checkLengths(target: ArrayLike<number>, score: ArrayLike<number>): void {
  if (target.length === score.length) return
  throw new ToolkitError(
    'SHAPE_MISMATCH',
    `there are ${target.length} targets but ${score.length} predictions`,
    { hint: 'pass one prediction per row' },
  )
}

function invalid(message: string): ToolkitError {
  return new ToolkitError('TRAINING_INVALID', message, {
    hint: 'check the model that made the predictions',
  })
}
