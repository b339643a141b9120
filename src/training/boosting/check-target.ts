import { type ValidationRows } from './boosting-data.ts'
import { type ObjectiveName } from './objective.ts'

/** What is wrong and what to do about it. */
export interface Problem {
  readonly message: string
  readonly hint: string
}

type TargetRows = Pick<ValidationRows, 'y' | 'weights'>

/**
 * What keeps a target from being learnt, or validated with: a value that the
 * objective has no meaning for, or none but one.
 *
 * @param fitted - the target of the fit, when this one only validates it; then a single value will do
 */
export function checkTarget(
  rows: TargetRows,
  objective: ObjectiveName,
  fitted?: Float64Array,
): Problem[] {
  if (rows.y.length === 0) return [{ message: 'there are no rows', hint: 'pass at least one row' }]
  const { expected, hint, isAllowed } = ruleOf(objective, fitted)
  const problems: Problem[] = []
  for (let row = 0; row < rows.y.length; row++) {
    const value = rows.y[row]!
    if (isAllowed(value)) continue
    const message = `row ${row}: the target is ${value}, expected ${expected}`
    problems.push({ message, hint: Number.isNaN(value) ? missingHint : hint })
  }
  if (problems.length > 0 || fitted !== undefined) return problems
  if (objective === 'multiclass') return classProblems(rows)
  return constantProblems(rows, objective)
}

interface TargetRule {
  readonly expected: string
  readonly hint: string
  readonly isAllowed: (value: number) => boolean
}

function ruleOf(objective: ObjectiveName, fitted: Float64Array | undefined): TargetRule {
  switch (objective) {
    case 'binary':
      return {
        expected: '0 or 1',
        hint: 'encode the two classes as 0 and 1',
        isAllowed: (value) => value === 0 || value === 1,
      }
    case 'multiclass': {
      const last = fitted?.reduce((most, value) => Math.max(most, value), 0) ?? mostClasses - 1
      return {
        expected: `a class from 0 to ${last}`,
        hint:
          fitted === undefined
            ? 'number the classes 0, 1, 2, …'
            : 'validate with classes that the fit has seen',
        isAllowed: (value) => Number.isInteger(value) && value >= 0 && value <= last,
      }
    }
    case 'regression':
    case 'quantile':
      return {
        expected: 'a finite number',
        hint: 'look for a division by zero or a value beyond float32',
        isAllowed: (value) => Math.abs(value) <= largestTarget,
      }
    case 'poisson':
      return {
        expected: 'a finite number from 0 on',
        hint: "use the objective 'regression' for what can be negative",
        isAllowed: (value) => value >= 0 && value <= largestTarget,
      }
  }
}

/** Each class up to the largest must occur, or its probability would be 0 for ever. */
function classProblems({ y, weights }: TargetRows): Problem[] {
  const last = y.reduce((most, value) => Math.max(most, value), 0)
  const seen = new Set(y.filter((_, row) => weights?.[row] !== 0))
  if (last === 0) return [constantProblem(y, 'are of class 0, expected several classes')]
  return Array.from({ length: last + 1 }, (_, k) => k)
    .filter((k) => !seen.has(k))
    .map((k) => ({
      message: `no row is of class ${k} of the ${last + 1} from 0 to ${last}`,
      hint: 'number the classes that occur 0, 1, 2, …',
    }))
}

function constantProblems({ y, weights }: TargetRows, objective: ObjectiveName): Problem[] {
  const counted = weights === undefined ? y : y.filter((_, row) => weights[row] !== 0)
  const [first] = counted
  if (first === undefined || counted.some((value) => value !== first)) return []
  return [
    objective === 'binary'
      ? constantProblem(counted, `are of class ${first}, expected both classes`)
      : constantProblem(counted, `have the target ${first}, expected several values`),
  ]
}

function constantProblem({ length }: Float64Array, words: string): Problem {
  return {
    message: `all ${length} rows ${words}`,
    hint: 'check the target column and the filter or split that chose these rows',
  }
}

const missingHint = 'leave out rows whose target is missing'

/** A target with more is a number rather than a class, and each costs a tree per round. */
const mostClasses = 1000

/** The largest float32 is some more: scores are float32 in the exported model. */
const largestTarget = 3e38
