import { createHash } from 'node:crypto'
import { countCodePoints } from '../../core/code-points.ts'
import { ToolkitError } from '../../core/errors.ts'
import { exp, log, log1p } from '../../math/index.ts'
import { parseMoment } from '../../core/moment.ts'
import { datePartOf, datetimePartOf, dayOfMoment, daysOfDate } from './calendar-day.ts'
import type {
  ArithmeticOperator,
  BooleanExpression,
  ComparisonOperator,
  DateExpression,
  DatetimeExpression,
  Expression,
  NumberExpression,
  TextExpression,
  UnaryOperator,
} from './expression.ts'
import { isComputed, isConditional, isLeaf, type Derived } from './expression-groups.ts'
import { isBoolean, isDate, isDatetime, isText } from './sort-of-expression.ts'

/** Cells of one row by column; a date or a moment is a text such as 2025-03-31. */
export type Row = Readonly<Record<string, number | string | boolean | null | undefined>>

type Of<T> = (row: Row) => T | null

/**
 * Compiles an expression to a function of one row: closures only, no code made of text. `null` is missing;
 * so is a cell that is absent or of another type. The number of a date is its days since 1970-01-01,
 * that of a moment its milliseconds.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` for an aggregate, which one row cannot give
 */
export function toFunction(expression: NumberExpression): Of<number>
export function toFunction(expression: Expression): Of<number | boolean | string>
export function toFunction(expression: Expression): Of<number | boolean | string> {
  if (isText(expression)) return textFunction(expression)
  if (isDate(expression)) return dateFunction(expression)
  if (isDatetime(expression)) return momentFunction(expression)
  return isBoolean(expression) ? booleanFunction(expression) : numberFunction(expression)
}

function numberFunction(expression: NumberExpression): Of<number> {
  if (isDerived(expression)) return derivedFunction(expression)
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
  }
}

type DerivedNumber = Extract<NumberExpression, Derived>

function isDerived(expression: NumberExpression): expression is DerivedNumber {
  return !isLeaf(expression) && !isComputed(expression) && !isConditional(expression)
}

function derivedFunction(expression: DerivedNumber): Of<number> {
  switch (expression.kind) {
    case 'lookup':
      return applied(textFunction(expression.operand), lookUp(expression))
    case 'numberLookup':
      return applied(numberFunction(expression.operand), lookUp(expression))
    case 'datePart': {
      const { part } = expression
      return applied(dateFunction(expression.operand), (days) => datePartOf(days, part))
    }
    case 'daysBetween':
      return joined(
        dateFunction(expression.from),
        dateFunction(expression.to),
        (from, to) => to - from,
      )
    case 'datetimePart': {
      const { part } = expression
      return applied(momentFunction(expression.operand), (moment) => datetimePartOf(moment, part))
    }
    case 'secondsBetween':
      return joined(
        momentFunction(expression.from),
        momentFunction(expression.to),
        (from, to) => (to - from) / 1000,
      )
    case 'textLength':
      return applied(textFunction(expression.operand), (text) => countCodePoints(text))
    case 'hash': {
      const { buckets } = expression
      return applied(textFunction(expression.operand), (text) => {
        const digest = createHash('sha256').update(text).digest()
        return digest.readUInt32BE(0) % buckets
      })
    }
    case 'aggregate':
      throw new ToolkitError(
        'CONFIG_INVALID',
        `an aggregate ('${expression.operator}') needs other rows, and here is one`,
        { hint: 'compute it in the features stage' },
      )
  }
}

function lookUp<T>({
  entries,
  otherwise,
}: {
  readonly entries: readonly (readonly [T, number])[]
  readonly otherwise: number | null
}): (value: T) => number | null {
  const numbers = new Map(entries)
  const other = finite(otherwise)
  return (value) => {
    const number = numbers.get(value)
    return number === undefined ? other : finite(number)
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

function textFunction(expression: TextExpression): Of<string> {
  if (expression.kind === 'lower') {
    return applied(textFunction(expression.operand), (text) =>
      text.replaceAll(/[A-Z]/g, (letter) => letter.toLowerCase()),
    )
  }
  const { name } = expression
  return (row) => {
    const cell = row[name]
    return typeof cell === 'string' && cell !== '' ? cell : null
  }
}

/** In days since 1970-01-01. */
function dateFunction(expression: DateExpression): Of<number> {
  if (expression.kind === 'date') {
    const days = daysOfDate(expression.value)
    return () => days
  }
  if (expression.kind === 'dateOf') return applied(momentFunction(expression.operand), dayOfMoment)
  const { name } = expression
  return (row) => {
    const cell = row[name]
    return typeof cell === 'string' ? daysOfDate(cell) : null
  }
}

/** In milliseconds since 1970. */
function momentFunction({ name }: DatetimeExpression): Of<number> {
  return (row) => {
    const cell = row[name]
    return typeof cell === 'string' ? (parseMoment(cell) ?? null) : null
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
  floor: (value) => Math.floor(value),
  exp,
  log,
  log1p,
}

const comparison: Readonly<Record<ComparisonOperator, (a: number, b: number) => boolean>> = {
  equal: (a, b) => a === b,
  notEqual: (a, b) => a !== b,
  less: (a, b) => a < b,
  lessOrEqual: (a, b) => a <= b,
  greater: (a, b) => a > b,
  greaterOrEqual: (a, b) => a >= b,
}
