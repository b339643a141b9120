import type {
  ArithmeticOperator,
  BooleanExpression,
  ComparisonOperator,
  Expression,
  NumberExpression,
  TextExpression,
  UnaryOperator,
} from './expression.ts'

/** Cells of one row by column. */
export type Row = Readonly<Record<string, number | string | boolean | null | undefined>>

type Of<T> = (row: Row) => T | null

/**
 * Compiles an expression to a function of one row: closures only, no code made of text. `null` is missing;
 * so is a cell that is absent or of another type.
 */
export function toFunction(expression: NumberExpression): Of<number>
export function toFunction(expression: Expression): Of<number | boolean | string>
export function toFunction(expression: Expression): Of<number | boolean | string> {
  if (expression.kind === 'textColumn') return textFunction(expression)
  return isBoolean(expression) ? booleanFunction(expression) : numberFunction(expression)
}

const booleanKinds: ReadonlySet<Expression['kind']> = new Set<Expression['kind']>([
  'booleanColumn',
  'comparison',
  'logic',
  'not',
  'isMissing',
  'membership',
])

function isBoolean(expression: Expression): expression is BooleanExpression {
  return booleanKinds.has(expression.kind)
}

function numberFunction(expression: NumberExpression): Of<number> {
  switch (expression.kind) {
    case 'numberColumn': {
      const { name } = expression
      return (row) => finite(row[name])
    }
    case 'number': {
      const value = finite(expression.value)
      return () => value
    }
    case 'arithmetic': {
      const apply = arithmetic[expression.operator]
      return joined(
        numberFunction(expression.left),
        numberFunction(expression.right),
        (left, right) => finite(apply(left, right)),
      )
    }
    case 'unary': {
      const [apply, operand] = [unary[expression.operator], numberFunction(expression.operand)]
      return applied(operand, (value) => finite(apply(value)))
    }
    case 'choice': {
      const condition = booleanFunction(expression.condition)
      const [whenTrue, whenFalse] = [expression.whenTrue, expression.whenFalse].map(numberFunction)
      return (row) => {
        const holds = condition(row)
        return holds === null ? null : holds ? whenTrue!(row) : whenFalse!(row)
      }
    }
    case 'fill': {
      const [operand, replacement] = [expression.operand, expression.replacement].map(
        numberFunction,
      )
      return (row) => operand!(row) ?? replacement!(row)
    }
    case 'lookup': {
      const numbers = new Map(expression.entries)
      const otherwise = finite(expression.otherwise)
      return applied(textFunction(expression.operand), (text) => {
        const number = numbers.get(text)
        return number === undefined ? otherwise : finite(number)
      })
    }
  }
}

function booleanFunction(expression: BooleanExpression): Of<boolean> {
  switch (expression.kind) {
    case 'booleanColumn': {
      const { name } = expression
      return (row) => {
        const cell = row[name]
        return typeof cell === 'boolean' ? cell : null
      }
    }
    case 'comparison': {
      const [left, right] = [expression.left, expression.right].map(numberFunction)
      return joined(left!, right!, comparison[expression.operator])
    }
    case 'logic': {
      const [left, right] = [expression.left, expression.right].map(booleanFunction)
      const both = expression.operator === 'and'
      return joined(left!, right!, (a, b) => (both ? a && b : a || b))
    }
    case 'not':
      return applied(booleanFunction(expression.operand), (value) => !value)
    case 'isMissing': {
      const operand = toFunction(expression.operand)
      return (row) => operand(row) === null
    }
    case 'membership': {
      const texts = new Set(expression.texts)
      return applied(textFunction(expression.operand), (text) => texts.has(text))
    }
  }
}

function textFunction({ name }: TextExpression): Of<string> {
  return (row) => {
    const cell = row[name]
    return typeof cell === 'string' ? cell : null
  }
}

function applied<A, B>(operand: Of<A>, apply: (value: A) => B | null): Of<B> {
  return (row) => {
    const value = operand(row)
    return value === null ? null : apply(value)
  }
}

function joined<A, B>(left: Of<A>, right: Of<A>, apply: (a: A, b: A) => B | null): Of<B> {
  return (row) => {
    const [a, b] = [left(row), right(row)]
    return a === null || b === null ? null : apply(a, b)
  }
}

function finite(value: unknown): number | null {
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

const arithmetic: Readonly<Record<ArithmeticOperator, (a: number, b: number) => number>> = {
  add: (a, b) => a + b,
  subtract: (a, b) => a - b,
  multiply: (a, b) => a * b,
  divide: (a, b) => a / b,
  min: (a, b) => Math.min(a, b),
  max: (a, b) => Math.max(a, b),
}

const unary: Readonly<Record<UnaryOperator, (value: number) => number>> = {
  negate: (value) => -value,
  abs: (value) => Math.abs(value),
  sqrt: (value) => Math.sqrt(value),
  exp: (value) => Math.exp(value),
  log: (value) => Math.log(value),
  log1p: (value) => Math.log1p(value),
}

const comparison: Readonly<Record<ComparisonOperator, (a: number, b: number) => boolean>> = {
  equal: (a, b) => a === b,
  notEqual: (a, b) => a !== b,
  less: (a, b) => a < b,
  lessOrEqual: (a, b) => a <= b,
  greater: (a, b) => a > b,
  greaterOrEqual: (a, b) => a >= b,
}
