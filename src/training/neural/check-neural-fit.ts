import { ToolkitError } from '../../core/errors.ts'
import type { Matrix } from '../../core/matrix.ts'
import {
  completeNeuralParameters,
  type NeuralObjective,
  neuralParameterProblems,
  type NeuralParameters,
} from './parameters.ts'

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
}

/** Problems that one error names; the rest is counted. */
const mostNamed = 20

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
    ...targetProblems(data.y, complete.objective),
  ]
  if (problems.length === 0) return complete
  const more = problems.length - mostNamed
  const named = problems.slice(0, mostNamed).join('; ')
  throw new ToolkitError(
    'TRAINING_INVALID',
    more > 0 ? `${named}; and ${more} more problems` : named,
    { hint: 'correct the parameters of the fit, and the rows it is given', details: { problems } },
  )
}

function threadProblems(threads: number): string[] {
  return Number.isInteger(threads) && threads >= 1
    ? []
    : [`'threads' is ${threads}, expected an integer from 1 on`]
}

function checkShapes({ x, y, inputs }: NeuralData): void {
  const shapes = [
    [x.values.length, x.rows * x.columns, `values, expected ${x.rows} rows of ${x.columns}`],
    [y.length, x.rows, `targets, expected ${x.rows}, one per row`],
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

function targetProblems(y: Float64Array, objective: NeuralObjective): string[] {
  if (y.length === 0) return ['there are no rows, expected at least two']
  const problems = [...y].flatMap((value, row) => {
    const expected = expectedTarget(value, objective)
    return expected === undefined
      ? []
      : [`row ${row}: the target is ${value}, expected ${expected}`]
  })
  if (problems.length > 0) return problems
  if (y.every((value) => value === y[0])) {
    return [
      `the target is ${y[0]!} in ${y.length === 1 ? 'the only row' : `all ${y.length} rows`}, expected at least two values`,
    ]
  }
  return objective === 'multiclass' ? missingClasses(y) : []
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

function missingClasses(y: Float64Array): string[] {
  const seen = new Set(y)
  const missing = Array.from({ length: Math.max(...seen) }, (_, k) => k).filter((k) => !seen.has(k))
  return missing.map((k) => `no row is of class ${k}, expected every class up to the last`)
}
