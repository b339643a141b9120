import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import type { ClassProbabilities } from '../metrics/index.ts'
import { refuseProblems } from '../refuse-problems.ts'
import { unknownOptions } from '../splitting/split-options.ts'
import { coverageProblems, coverageQuantile, type CoverageOptions } from './coverage-rank.ts'
import { checkLengths } from './number-problems.ts'

/** How classes get into a set. */
export const predictionSetMethods = ['lac', 'aps'] as const
/** A method by its name: least ambiguous sets, or adaptive ones. */
export type PredictionSetMethod = (typeof predictionSetMethods)[number]

/** How much a set covers, and how it is made. */
export interface PredictionSetOptions extends CoverageOptions {
  /**
   * `lac`, the default: each class that is likely enough, which makes the smallest sets [Sadinle, Lei & Wasserman 2019].
   * `aps`: the likeliest classes until they add up to enough, which makes larger sets for the rows that are hard to
   * tell [Romano, Sesia & Candès 2020]; without their random draw, so that coverage is somewhat above what is asked.
   */
  readonly method?: PredictionSetMethod | undefined
}

/** A fitted rule that gives each row a set of classes. */
export interface PredictionSets {
  readonly method: PredictionSetMethod
  readonly coverage: number
  readonly classes: number
  /** Classes whose score is not above it are in the set. */
  readonly threshold: number
}

/** By how much probabilities of a row may miss 1: what a model gives as float32 is rounded. */
const sumTolerance = 1e-3

/**
 * Fits prediction sets by split conformal prediction: the class of a new row is in its
 * set with a probability of at least `coverage`, under the law of `fitResidualInterval`.
 *
 * @param probabilities - each from 0 to 1, adding up to 1 in each row to 1e-3
 * @param target - classes 0, 1, 2, …, shape [rows]
 * @throws {ToolkitError} `TRAINING_INVALID` for a class or probability out of range, a bad option, or too
 *   few rows; `SHAPE_MISMATCH`
 *
 * @example
 * ```ts
 * import { fitPredictionSets, predictSets } from 'ml-pipeline-toolkit'
 * const held = { rows: 4, columns: 2, values: [0.9, 0.1, 0.8, 0.2, 0.3, 0.7, 0.4, 0.6] }
 * const sets = fitPredictionSets(held, [0, 0, 1, 1], { coverage: 0.8 })
 * predictSets(sets, { rows: 2, columns: 2, values: [0.95, 0.05, 0.5, 0.5] }) // => [[0], [0, 1]]
 * ```
 */
export function fitPredictionSets(
  probabilities: ClassProbabilities,
  target: ArrayLike<number>,
  options: PredictionSetOptions = {},
): PredictionSets {
  const { coverage = 0.9, method = 'lac' } = options
  checkShape(probabilities)
  checkLengths({ target, rows: { length: probabilities.rows } })
  refuseProblems(
    [
      ...unknownOptions(options, ['coverage', 'method']),
      ...methodProblems(method),
      ...coverageProblems(target.length, coverage),
      ...probabilityProblems(probabilities),
      ...classProblems(target, probabilities.columns),
    ],
    'fit on scored rows that the model was not fitted to',
  )
  const scores = Float64Array.from(
    target,
    (label, row) => scoresOf(rowOf(probabilities, row), method)[label]!,
  )
  const threshold = coverageQuantile(scores, coverage)
  return { method, coverage, classes: probabilities.columns, threshold }
}

/**
 * The set of each row, classes ascending. No set is empty: the likeliest class is always in.
 *
 * @throws {ToolkitError} `TRAINING_INVALID`, `SHAPE_MISMATCH` as the fit, and for another number of classes
 */
export function predictSets(
  { method, classes, threshold }: PredictionSets,
  probabilities: ClassProbabilities,
): number[][] {
  checkShape(probabilities)
  if (probabilities.columns !== classes) {
    throw mismatch(
      `there are probabilities of ${probabilities.columns} classes, the fit had ${classes}`,
    )
  }
  refuseProblems(probabilityProblems(probabilities), 'correct the probabilities of these rows')
  return Array.from({ length: probabilities.rows }, (_, row) => {
    const scores = scoresOf(rowOf(probabilities, row), method)
    const least = Math.min(...scores)
    return [...scores.keys()].filter((label) => scores[label]! <= Math.max(threshold, least))
  })
}

/**
 * The score of each class: how much else there is to believe. For `aps` the probabilities
 * of the classes from the likeliest down to it; those that are equally likely come together.
 */
function scoresOf(row: readonly number[], method: PredictionSetMethod): number[] {
  if (method === 'lac') return row.map((probability) => 1 - probability)
  return row.map((probability) =>
    row.reduce((sum, other) => (other >= probability ? sum + other : sum), 0),
  )
}

function rowOf({ columns, values }: ClassProbabilities, row: number): number[] {
  return Array.from({ length: columns }, (_, column) => values[row * columns + column]!)
}

function checkShape({ rows, columns, values }: ClassProbabilities): void {
  if (values.length === rows * columns) return
  throw mismatch(`there are ${values.length} probabilities, expected ${rows} rows of ${columns}`)
}

function mismatch(message: string): ToolkitError {
  return new ToolkitError('SHAPE_MISMATCH', message, {
    hint: 'pass a probability for each row and class',
  })
}

function methodProblems(method: string): string[] {
  if (predictionSetMethods.some((known) => known === method)) return []
  return [`'method' is '${method}' (${nameHint(method, predictionSetMethods, 'methods')})`]
}

function probabilityProblems(probabilities: ClassProbabilities): string[] {
  if (probabilities.columns < 2) {
    return [`there are ${probabilities.columns} classes, expected at least two`]
  }
  return Array.from({ length: probabilities.rows }, (_, row) => {
    const values = rowOf(probabilities, row)
    const bad = values.findIndex((value) => !(value >= 0 && value <= 1))
    if (bad !== -1) {
      return [
        `row ${row}: the probability of class ${bad} is ${values[bad]!}, expected one from 0 to 1`,
      ]
    }
    const sum = values.reduce((total, value) => total + value, 0)
    return Math.abs(sum - 1) <= sumTolerance
      ? []
      : [`row ${row}: the probabilities add up to ${sum}, expected 1`]
  }).flat()
}

function classProblems(target: ArrayLike<number>, classes: number): string[] {
  return Array.from(target, (label, row) =>
    Number.isInteger(label) && label >= 0 && label < classes
      ? []
      : [`row ${row}: the target is ${label}, expected a class from 0 to ${classes - 1}`],
  ).flat()
}
