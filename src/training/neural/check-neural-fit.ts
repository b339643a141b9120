import { ToolkitError } from '../../core/errors.ts'
import type { Matrix } from '../../core/matrix.ts'
import {
  completeNeuralParameters,
  type NeuralObjective,
  neuralParameterProblems,
  type NeuralParameters,
} from './parameters.ts'
import { refuseProblems } from '../refuse-problems.ts'
import { threadProblems } from '../thread-problems.ts'

/**
 * How a network takes a column: a number standardized, ln(1 + number) standardized, or a category's
 * code as a learned row of numbers.
 */
export type NeuralInput = 'standardize' | 'log1p' | 'embedding'

/** What a network learns from. */
export interface NeuralData {
  /** Features, NaN where missing. Shape [rows, columns]. */
  readonly x: Matrix
  /** 0 or 1; numbers; or classes 0, 1, 2, … Shape [rows]. */
  readonly y: Float64Array
  /** Shape [columns]. */
  readonly inputs: readonly NeuralInput[]
  /** How much each row counts, from 0 to 1e30, only in proportion; 1 each when absent. Shape [rows]. */
  readonly weights?: Float64Array | undefined
}

/**
 * Completes the parameters and checks them and the data, all at once.
 *
 * @throws {ToolkitError} `SHAPE_MISMATCH` when the parts of the data do not agree, `TRAINING_INVALID` with all
 *   parameters, cells and targets that nothing can be learnt from.
 */
export function checkNeuralFit(
  data: NeuralData,
  parameters: Partial<NeuralParameters>,
  threads = 1,
): NeuralParameters {
  checkShapes(data)
  const complete = completeNeuralParameters(parameters)
  const problems = [
    ...neuralParameterProblems(parameters),
    ...threadProblems(threads),
    ...cellProblems(data),
    ...weightProblems(data.weights),
    ...targetProblems(data, complete.objective),
  ]
  refuseProblems(problems, 'correct the parameters of the fit, and the rows it is given', {
    problems,
  })
  return complete
}

function checkShapes({ x, y, inputs, weights }: NeuralData): void {
  const shapes = [
    [x.values.length, x.rows * x.columns, `values, expected ${x.rows} rows of ${x.columns}`],
    [y.length, x.rows, `targets, expected ${x.rows}, one per row`],
    [weights?.length ?? x.rows, x.rows, `weights, expected ${x.rows}, one per row`],
    [inputs.length, x.columns, `entries in 'inputs', expected ${x.columns}, one per column`],
  ] as const
  for (const [actual, expected, words] of shapes) {
    if (actual === expected) continue
    throw new ToolkitError('SHAPE_MISMATCH', `there are ${actual} ${words}`, {
      hint: 'make the data agree in rows and columns',
      details: { actual, expected },
    })
  }
}

function cellProblems({ x, inputs }: NeuralData): string[] {
  if (x.columns === 0) return ['there are no columns, expected at least one feature']
  const problems: string[] = []
  x.values.forEach((value, i) => {
    const column = i % x.columns
    const isLog = inputs[column] === 'log1p'
    if (Math.abs(value) !== Infinity && !(isLog && value <= -1)) return
    const expected = isLog ? 'a finite number above -1, or NaN' : 'a finite number or NaN'
    problems.push(
      `row ${Math.floor(i / x.columns)}, column ${column} is ${value}, expected ${expected}`,
    )
  })
  return problems
}

function weightProblems(weights: Float64Array | undefined): string[] {
  if (weights === undefined || weights.length === 0) return []
  if (weights.every((weight) => weight === 0)) {
    return ['all weights are 0, expected a row that counts']
  }
  return [...weights].flatMap((weight, row) =>
    weight >= 0 && weight <= largestWeight
      ? []
      : [`row ${row}: the weight is ${weight}, expected a number from 0 to ${largestWeight}`],
  )
}

/** As boosting takes them: sums of weighted squares are still far from the end of what a double holds. */
const largestWeight = 1e30

/** Nothing is learnt of a row of weight 0: a second value, or a class, that only such rows have is missing. */
function targetProblems({ y, weights }: NeuralData, objective: NeuralObjective): string[] {
  if (y.length === 0) return ['there are no rows, expected at least two']
  const problems = [...y].flatMap((value, row) => {
    const expected = expectedTarget(value, objective)
    return expected === undefined
      ? []
      : [`row ${row}: the target is ${value}, expected ${expected}`]
  })
  if (problems.length > 0) return problems
  const counted = weights === undefined ? y : y.filter((_, row) => weights[row] !== 0)
  if (counted.length > 0 && counted.every((value) => value === counted[0])) {
    const rows = counted.length === 1 ? 'the only row' : `all ${counted.length} rows`
    const which = counted.length === y.length ? rows : `${rows} with a weight above 0`
    return [`the target is ${counted[0]!} in ${which}, expected at least two values`]
  }
  return objective === 'multiclass' ? missingClasses(y, counted) : []
}

function expectedTarget(value: number, objective: NeuralObjective): string | undefined {
  switch (objective) {
    case 'binary':
      return value === 0 || value === 1 ? undefined : '0 or 1'
    case 'regression':
      return Math.abs(value) <= largestTarget ? undefined : 'a finite number below 1e30'
    case 'multiclass':
      return Number.isInteger(value) && value >= 0 && value < mostClasses
        ? undefined
        : `a class from 0 to ${mostClasses - 1}`
  }
}

/** Its square is still far from the end of what a double holds. */
const largestTarget = 1e30
const mostClasses = 4096

function missingClasses(y: Float64Array, counted: Float64Array): string[] {
  const seen = new Set(counted)
  const classes = 1 + Math.max(...new Set(y))
  const missing = Array.from({ length: classes }, (_, k) => k).filter((k) => !seen.has(k))
  return missing.map((k) => `no row is of class ${k}, expected every class up to the last`)
}
