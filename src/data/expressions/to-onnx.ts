import { ToolkitError } from '../../core/errors.ts'
import { createNodeCollector, type NodeBuilder, type OnnxModel } from '../../model/index.ts'
import { addDateOf, addDatePart, addDatetimePart } from './date-nodes.ts'
import { daysOfDate } from './calendar-day.ts'
import type {
  Arithmetic,
  Comparison,
  Expression,
  NumberExpression,
  UnaryOperator,
} from './expression.ts'
import {
  isComputed,
  isConditional,
  isLeaf,
  isTemporal,
  type Computed,
  type Conditional,
  type Derived,
  type Leaf,
  type Temporal,
} from './expression-groups.ts'
import { findGraphProblems } from './graph-problems.ts'
import { createNumberNodes, type NumberNodes } from './number-nodes.ts'
import { isText } from './sort-of-expression.ts'
import { findColumns, type ColumnLeaf } from './walk-expression.ts'

/**
 * Compiles features to an ONNX graph: an input of shape [N, 1] for each column, one output 'features' of shape
 * [N, features] in 64-bit floats, NaN where missing. A number is a double, NaN where missing; so is a boolean, as 0 and 1,
 * a date, as days since 1970-01-01, and a moment, as milliseconds. A text is a string, empty where missing.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` naming all that a graph cannot hold, with the reason
 */
export function toOnnx(features: Readonly<Record<string, Expression>>): OnnxModel {
  const expressions = Object.values(features)
  const columns = new Map(expressions.flatMap(findColumns).map((column) => [column.name, column]))
  // The names of inputs are those of the columns, so nodes must have others.
  let suffix = ''
  while ([...columns.keys()].some((name) => name.endsWith(`_features${suffix}`))) suffix += '_'
  const graph = createNodeCollector(`_features${suffix}`)
  const outputs = addFeatures(graph, features, ({ name }) => name)
  const output = graph.apply('Concat', outputs, { axis: { kind: 'int', value: 1 } })
  return graph.finishGraph(
    {
      name: 'features',
      inputs: [...columns.values()].map(({ name, kind }) => ({
        name,
        type: kind === 'textColumn' ? 'string' : 'double',
        dimensions: ['N', 1],
      })),
      outputs: [
        {
          name: columns.has('features') ? `features_of_rows${suffix}` : 'features',
          type: 'double',
          dimensions: ['N', outputs.length],
        },
      ],
    },
    output,
  )
}

/**
 * Adds features to a graph.
 *
 * @param inputOf - the value of a column, shape [N, 1], of the type that `toOnnx` has for it
 * @returns the features' values in order, doubles of shape [N, 1]
 * @throws {ToolkitError} as `toOnnx`
 */
export function addFeatures(
  graph: NodeBuilder,
  features: Readonly<Record<string, Expression>>,
  inputOf: (column: ColumnLeaf) => string,
): string[] {
  const problems = findGraphProblems(features)
  if (problems.length > 0) {
    throw new ToolkitError(
      'CONFIG_INVALID',
      `features that a served model cannot compute: ${problems.join('; ')}`,
      { hint: 'leave them out, or compute them before the data comes to the pipeline' },
    )
  }
  const compiling = {
    nodes: createNumberNodes(graph),
    inputOf,
    known: new Map<Expression, string>(),
  }
  return Object.values(features).map((expression) => addExpression(compiling, expression))
}

interface Compiling {
  readonly nodes: NumberNodes
  readonly inputOf: (column: ColumnLeaf) => string
  /** Expressions that stand in several places. */
  readonly known: Map<Expression, string>
}

function addExpression(compiling: Compiling, expression: Expression): string {
  const known = compiling.known.get(expression)
  if (known !== undefined) return known
  const made = addNodes(compiling, expression)
  compiling.known.set(expression, made)
  return made
}

function addNodes(compiling: Compiling, expression: Expression): string {
  if (isLeaf(expression)) return addLeaf(compiling, expression)
  const add = (part: Expression): string => addExpression(compiling, part)
  if (isComputed(expression)) return addComputed(compiling.nodes, expression, add)
  if (isConditional(expression)) return addConditional(compiling.nodes, expression, add)
  return addDerived(compiling.nodes, expression, add)
}

function addLeaf({ nodes, inputOf }: Compiling, leaf: Leaf): string {
  switch (leaf.kind) {
    case 'numberColumn':
    case 'dateColumn':
    case 'datetimeColumn':
      return nodes.finite(inputOf(leaf))
    case 'booleanColumn':
    case 'textColumn':
      return inputOf(leaf)
    case 'number':
      return nodes.number(leaf.value)
    case 'date':
      return nodes.number(daysOfDate(leaf.value) ?? NaN)
  }
}

type Add = (part: Expression) => string

function addComputed(nodes: NumberNodes, expression: Computed, add: Add): string {
  if (expression.kind === 'unary') {
    return addUnary(nodes, expression.operator, add(expression.operand))
  }
  const [left, right] = [add(expression.left), add(expression.right)]
  if (expression.kind === 'comparison') return addComparison(nodes, expression, [left, right])
  const operator = arithmetic[expression.operator]
  const value = nodes.apply(operator, left, right)
  const isPicked = operator === 'Min' || operator === 'Max'
  return isPicked ? whereBoth(nodes, expression, [left, right], value) : nodes.finite(value)
}

function addConditional(nodes: NumberNodes, expression: Conditional, add: Add): string {
  switch (expression.kind) {
    case 'logic': {
      // Of 0 and 1 these are both and either, and they keep what is missing.
      const [left, right] = [add(expression.left), add(expression.right)]
      const both = nodes.apply('Mul', left, right)
      if (expression.operator === 'and') return both
      return nodes.apply('Sub', nodes.apply('Add', left, right), both)
    }
    case 'not':
      return nodes.apply('Sub', nodes.number(1), add(expression.operand))
    case 'choice': {
      const condition = add(expression.condition)
      const [whenTrue, whenFalse] = [add(expression.whenTrue), add(expression.whenFalse)]
      return nodes.wherePresent(condition, nodes.choose(condition, whenTrue, whenFalse))
    }
    case 'fill':
      return nodes.whereMissing(add(expression.operand), add(expression.replacement))
    case 'isMissing': {
      const operand = add(expression.operand)
      return isText(expression.operand)
        ? nodes.lookUpText(operand, { entries: [], other: 0, empty: 1 })
        : nodes.truth(nodes.apply('IsNaN', operand))
    }
    case 'membership': {
      const entries = expression.texts.map((text) => [text, 1] as const)
      return nodes.lookUpText(add(expression.operand), { entries, other: 0, empty: NaN })
    }
  }
}

function addTemporal(nodes: NumberNodes, expression: Temporal, add: Add): string {
  switch (expression.kind) {
    case 'daysBetween':
      return nodes.apply('Sub', add(expression.to), add(expression.from))
    case 'secondsBetween': {
      const between = nodes.apply('Sub', add(expression.to), add(expression.from))
      return nodes.apply('Div', between, nodes.number(1000))
    }
    case 'datePart':
      return addDatePart(nodes, expression.part, add(expression.operand))
    case 'datetimePart':
      return addDatetimePart(nodes, expression.part, add(expression.operand))
    case 'dateOf':
      return addDateOf(nodes, add(expression.operand))
  }
}

function addDerived(nodes: NumberNodes, expression: Derived, add: Add): string {
  if (isTemporal(expression)) return addTemporal(nodes, expression, add)
  switch (expression.kind) {
    case 'lookup': {
      const { entries, otherwise } = expression
      const table = { entries, other: otherwise ?? NaN, empty: NaN }
      return nodes.lookUpText(add(expression.operand), table)
    }
    case 'numberLookup': {
      const { entries, otherwise } = expression
      const code = add(expression.operand)
      return nodes.wherePresent(
        code,
        nodes.lookUpNumber(code, { entries, other: otherwise ?? NaN }),
      )
    }
    case 'aggregate':
    case 'hash':
    case 'lower':
    case 'textLength':
      // The graph's problems were told before.
      throw new Error(`${expression.kind} in a graph`)
  }
}

function addUnary(nodes: NumberNodes, operator: UnaryOperator, operand: string): string {
  if (operator !== 'log1p') return nodes.finite(nodes.apply(unary[operator], operand))
  // As in SQL: exact to a few units in the last place. [Goldberg 1991], theorem 4
  const [one, sum] = [nodes.number(1), nodes.apply('Add', nodes.number(1), operand)]
  const quotient = nodes.apply('Div', operand, nodes.apply('Sub', sum, one))
  const scaled = nodes.apply('Mul', nodes.apply('Log', sum), quotient)
  const isOne = nodes.apply('Equal', sum, one)
  return nodes.finite(nodes.apply('Where', isOne, operand, scaled))
}

function addComparison(
  nodes: NumberNodes,
  comparison: Comparison,
  [left, right]: readonly [string, string],
): string {
  const { operator } = comparison
  const isNot = operator === 'notEqual'
  const truth = nodes.truth(nodes.apply(isNot ? 'Equal' : comparisons[operator], left, right))
  const value = isNot ? nodes.apply('Sub', nodes.number(1), truth) : truth
  return whereBoth(nodes, comparison, [left, right], value)
}

/** Missing where either operand is; a constant is never. */
function whereBoth(
  nodes: NumberNodes,
  operands: Comparison | Arithmetic,
  [left, right]: readonly [string, string],
  value: string,
): string {
  if (isFiniteNumber(operands.right)) return nodes.wherePresent(left, value)
  if (isFiniteNumber(operands.left)) return nodes.wherePresent(right, value)
  return nodes.whereBoth(left, right, value)
}

function isFiniteNumber(expression: NumberExpression): boolean {
  return expression.kind === 'number' && Number.isFinite(expression.value)
}

const arithmetic = {
  add: 'Add',
  subtract: 'Sub',
  multiply: 'Mul',
  divide: 'Div',
  min: 'Min',
  max: 'Max',
} as const

const unary = {
  negate: 'Neg',
  abs: 'Abs',
  sqrt: 'Sqrt',
  exp: 'Exp',
  log: 'Log',
  floor: 'Floor',
} as const

const comparisons = {
  equal: 'Equal',
  less: 'Less',
  lessOrEqual: 'LessOrEqual',
  greater: 'Greater',
  greaterOrEqual: 'GreaterOrEqual',
} as const
