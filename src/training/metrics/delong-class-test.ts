import { ToolkitError } from '../../core/errors.ts'
import {
  type DelongOptions,
  type DelongResult,
  judgeAreas,
  placeRows,
  varianceOfMean,
} from './delong-test.ts'
import { type ClassProbabilities, rowClassLosses } from './multiclass-log-loss.ts'

/**
 * DeLong's test of two models of several classes on the same rows, by the mean over the classes of the area under the ROC
 * curve of one against the rest (`roc_auc_ovr`). [DeLong 1988]
 *
 * Each area is a mean over pairs of rows, so is their mean, and a row's part in it is the mean of its placements in all of
 * them: the variance is the sum over the classes of that of the mean of their rows' parts. Of two classes it is `delongTest`.
 *
 * @param target - numbers of classes from 0, shape [rows]; at least two rows of each class
 * @param probabilitiesA - of model A
 * @param probabilitiesB - of model B, of the same rows and classes
 * @throws {ToolkitError} `SHAPE_MISMATCH`; `TRAINING_INVALID` for all classes of fewer than two rows, a bad row or option.
 *
 * @example
 * ```ts
 * import { delongClassTest } from 'ml-pipeline-toolkit'
 * const before = { rows: 4, columns: 2, values: [0.9, 0.1, 0.4, 0.6, 0.6, 0.4, 0.2, 0.8] }
 * const after = { rows: 4, columns: 2, values: [0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.2, 0.8] }
 * delongClassTest([0, 0, 1, 1], before, after).difference // => 0.25
 * ```
 */
export function delongClassTest(
  target: ArrayLike<number>,
  probabilitiesA: ClassProbabilities,
  probabilitiesB: ClassProbabilities,
  options: DelongOptions = {},
): DelongResult {
  // They check target and probabilities, in the words of all metrics of classes.
  rowClassLosses(target, probabilitiesA)
  rowClassLosses(target, probabilitiesB)
  const { columns: classes } = probabilitiesA
  if (classes !== probabilitiesB.columns) {
    throw new ToolkitError(
      'SHAPE_MISMATCH',
      `model A has ${classes} classes, model B has ${probabilitiesB.columns}`,
      { hint: 'compare models of the same classes' },
    )
  }
  const counts = countClasses(target, classes)
  const [a, b] = [probabilitiesA, probabilitiesB].map((probabilities) =>
    partsOfRows(target, probabilities, counts),
  )
  let variance = 0
  for (let k = 0; k < classes; k++) {
    const own = ({ parts }: ClassParts): Float64Array =>
      parts.filter((_, row) => target[row] === k).map((part) => part * counts[k]!)
    variance += varianceOfMean(own(b!), own(a!))
  }
  return judgeAreas({ areaA: a!.area, areaB: b!.area, variance }, options)
}

interface ClassParts {
  /** Mean over the classes. */
  readonly area: number
  /** The mean over the classes of each row's placement, as one of the rows of its side; shape [rows]. */
  readonly parts: Float64Array
}

function partsOfRows(
  target: ArrayLike<number>,
  { rows, columns: classes, values }: ClassProbabilities,
  counts: readonly number[],
): ClassParts {
  const parts = new Float64Array(rows)
  let area = 0
  for (let k = 0; k < classes; k++) {
    const isClass = Uint8Array.from({ length: rows }, (_, row) => Number(target[row] === k))
    const score = Float64Array.from({ length: rows }, (_, row) => values[row * classes + k]!)
    const placed = placeRows(isClass, score)
    area += placed.area / classes
    for (let row = 0; row < rows; row++) {
      const side = isClass[row] === 1 ? counts[k]! : rows - counts[k]!
      parts[row]! += placed.shares[row]! / side / classes
    }
  }
  return { area, parts }
}

function countClasses(target: ArrayLike<number>, classes: number): readonly number[] {
  const counts = Array<number>(classes).fill(0)
  for (let row = 0; row < target.length; row++) counts[target[row]!]! += 1
  const problems = counts.flatMap((count, k) =>
    count < 2 ? [`there are ${count} rows of class ${k}, expected two of each`] : [],
  )
  if (problems.length === 0) return counts
  throw new ToolkitError('TRAINING_INVALID', problems.join('; '), {
    hint: 'test on more rows, or take the bootstrap',
    details: { problems },
  })
}
