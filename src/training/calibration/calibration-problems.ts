import { ToolkitError } from '../../core/errors.ts'
import { checkWeights, type WeightOptions } from '../metrics/check-weights.ts'
import type { ClassProbabilities } from '../metrics/index.ts'
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

/**
 * Checks scores of classes against the class of each row, all problems at once.
 *
 * @param scores - shape [rows, classes]
 * @throws {ToolkitError} `SHAPE_MISMATCH`, `TRAINING_INVALID`
 */
export function checkClassScores(
  { rows, columns, values }: ClassProbabilities,
  target: ArrayLike<number>,
  { weights }: WeightOptions,
): void {
  if (values.length !== rows * columns || target.length !== rows) {
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `there are ${values.length} scores and ${target.length} targets for ${rows} rows of ${columns} classes`,
      { hint: 'pass a score for each row and class, and one target per row' },
    )
  }
  if (weights !== undefined) checkWeights(rows, weights)
  const known = Array.from({ length: columns }, (_, k) => k)
  const seen = new Set(Array.from(target).filter((_, row) => (weights?.[row] ?? 1) > 0))
  refuseProblems(
    [
      ...Array.from(values, (score, i) =>
        Number.isFinite(score)
          ? []
          : `row ${Math.floor(i / columns)}: the score of class ${i % columns} is ${score}, expected a finite number`,
      ).flat(),
      ...Array.from(target, (label, row) =>
        known.includes(label)
          ? []
          : `row ${row}: the target is ${label}, expected a class from 0 to ${columns - 1}`,
      ).flat(),
      ...known
        .filter((k) => !seen.has(k))
        .map((k) => `no row is of class ${k}, or none that weighs anything`),
    ],
    'calibrate on scored rows that the model was not fitted to, of every class',
  )
}
