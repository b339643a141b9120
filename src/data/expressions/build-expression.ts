/**
 * Free functions that make the expressions of features; in a project they are `feature.add(…)` and so on. They only
 * put values together: the compiler keeps numbers, truth, texts and dates apart, `checkExpressions` the rest.
 */

import { ToolkitError } from '../../core/errors.ts'
import type {
  Aggregate,
  ArithmeticOperator,
  BooleanExpression,
  ComparisonOperator,
  DateExpression,
  DatePart,
  DatetimeExpression,
  DatetimePart,
  Expression,
  LogicOperator,
  NumberExpression,
  TextExpression,
  UnaryOperator,
} from './expression.ts'
import { isText } from './sort-of-expression.ts'

type NumberLike = number | NumberExpression
/** A text is a date such as '2025-03-31'. */
type DateLike = string | DateExpression | DatetimeExpression

function toNumber(value: NumberLike): NumberExpression {
  return typeof value === 'number' ? { kind: 'number', value } : value
}

function toDate(value: DateLike): DateExpression {
  if (typeof value === 'string') return { kind: 'date', value }
  return value.kind === 'datetimeColumn' ? { kind: 'dateOf', operand: value } : value
}

function arithmetic(operator: ArithmeticOperator) {
  return (left: NumberLike, right: NumberLike): NumberExpression => ({
    kind: 'arithmetic',
    operator,
    left: toNumber(left),
    right: toNumber(right),
  })
}

/** Their sum. */
export const add = arithmetic('add')
/** The first less the second. */
export const subtract = arithmetic('subtract')
/** Their product. */
export const multiply = arithmetic('multiply')
/** The first by the second; missing by zero. */
export const divide = arithmetic('divide')
/** The smaller one. */
export const minimum = arithmetic('min')
/** The greater one. */
export const maximum = arithmetic('max')

function unary(operator: UnaryOperator) {
  return (operand: NumberExpression): NumberExpression => ({ kind: 'unary', operator, operand })
}

/** With the other sign. */
export const negate = unary('negate')
/** Without its sign. */
export const abs = unary('abs')
/** The square root; missing of a negative number. */
export const sqrt = unary('sqrt')
/** eˣ. */
export const exp = unary('exp')
/** The natural logarithm; missing of zero and less. */
export const log = unary('log')
/** log(1 + x), exact near zero; missing of −1 and less. */
export const log1p = unary('log1p')
/** The next lower whole number. */
export const floor = unary('floor')

/** Moved into the bounds, which count. @throws {ToolkitError} `CONFIG_INVALID` when they are turned round */
export function clip(
  operand: NumberExpression,
  { min, max }: { readonly min?: number; readonly max?: number },
): NumberExpression {
  if (min !== undefined && max !== undefined) checkAscending([min, max], 'bounds')
  const low = min === undefined ? operand : maximum(operand, min)
  return max === undefined ? low : minimum(low, max)
}

/**
 * How many of the ascending edges are not above it: 0 below the first, their number from the last on.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` when the edges do not ascend
 */
export function bins(operand: NumberExpression, edges: readonly number[]): NumberExpression {
  return piecewise(
    operand,
    edges,
    [...edges, 0].map((_, bin) => toNumber(bin)),
  )
}

/**
 * One of several expressions, by where the operand lies between ascending edges; an edge belongs to the piece above it.
 * The tests are a balanced tree.
 *
 * @param pieces - one more than the edges
 * @throws {ToolkitError} `CONFIG_INVALID` when the edges do not ascend, or the pieces are not so many
 */
export function piecewise(
  operand: NumberExpression,
  edges: readonly number[],
  pieces: readonly NumberExpression[],
): NumberExpression {
  checkAscending(edges, 'edges')
  if (pieces.length !== edges.length + 1) {
    throw new ToolkitError(
      'CONFIG_INVALID',
      `${edges.length} edges have ${pieces.length} pieces, expected ${edges.length + 1}`,
    )
  }
  return edges.length === 0
    ? choose(isMissing(operand), operand, pieces[0]!)
    : pick(operand, edges, pieces)
}

function pick(
  operand: NumberExpression,
  edges: readonly number[],
  pieces: readonly NumberExpression[],
): NumberExpression {
  if (edges.length === 0) return pieces[0]!
  const middle = edges.length >> 1
  return choose(
    less(operand, edges[middle]!),
    pick(operand, edges.slice(0, middle), pieces.slice(0, middle + 1)),
    pick(operand, edges.slice(middle + 1), pieces.slice(middle + 1)),
  )
}

function checkAscending(numbers: readonly number[], what: string): void {
  const wrong = numbers.findIndex(
    (number, i) => !Number.isFinite(number) || number <= (numbers[i - 1] ?? -Infinity),
  )
  if (wrong < 0) return
  throw new ToolkitError(
    'CONFIG_INVALID',
    `the ${what} ${numbers.join(', ')} do not ascend at ${numbers[wrong]}`,
    { hint: `write the ${what} from the smallest to the largest, each once` },
  )
}

function comparison(operator: ComparisonOperator) {
  return (left: NumberLike, right: NumberLike): BooleanExpression => ({
    kind: 'comparison',
    operator,
    left: toNumber(left),
    right: toNumber(right),
  })
}

/** Whether the two numbers are equal. */
export const equal = comparison('equal')
/** Whether the two numbers differ. */
export const notEqual = comparison('notEqual')
/** Whether the first is below the second. */
export const less = comparison('less')
/** Whether the first is not above the second. */
export const lessOrEqual = comparison('lessOrEqual')
/** Whether the first is above the second. */
export const greater = comparison('greater')
/** Whether the first is not below the second. */
export const greaterOrEqual = comparison('greaterOrEqual')

function logic(operator: LogicOperator) {
  return (first: BooleanExpression, ...others: readonly BooleanExpression[]): BooleanExpression =>
    others.reduce((left, right) => ({ kind: 'logic', operator, left, right }), first)
}

/** Whether all hold; missing when one is. */
export const and = logic('and')
/** Whether at least one holds; missing when one is. */
export const or = logic('or')

/** Whether it does not hold. */
export function not(operand: BooleanExpression): BooleanExpression {
  return { kind: 'not', operand }
}

/** Whether there is no value; always true or false. */
export function isMissing(operand: Expression): BooleanExpression {
  return { kind: 'isMissing', operand }
}

/** The replacement where the number is missing. */
export function fill(operand: NumberExpression, replacement: NumberLike): NumberExpression {
  return { kind: 'fill', operand, replacement: toNumber(replacement) }
}

/** One of two numbers; missing when the condition is. */
export function choose(
  condition: BooleanExpression,
  whenTrue: NumberLike,
  whenFalse: NumberLike,
): NumberExpression {
  return {
    kind: 'choice',
    condition,
    whenTrue: toNumber(whenTrue),
    whenFalse: toNumber(whenFalse),
  }
}

/** The number of a text or a code; `otherwise` of one that is not listed, missing when that is absent. */
export function lookup(
  operand: TextExpression,
  entries: readonly (readonly [text: string, number: number])[],
  otherwise?: number,
): NumberExpression
export function lookup(
  operand: NumberExpression,
  entries: readonly (readonly [code: number, number: number])[],
  otherwise?: number,
): NumberExpression
export function lookup(
  operand: Expression,
  entries: readonly (readonly [key: string | number, number: number])[],
  otherwise: number | null = null,
): NumberExpression {
  const kind = isText(operand) ? 'lookup' : 'numberLookup'
  // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the overloads pair operands with their keys
  return { kind, operand, entries, otherwise } as NumberExpression
}

/** Whether a text or a code is one of the listed ones. */
export function isOneOf(operand: TextExpression, listed: readonly string[]): BooleanExpression
export function isOneOf(operand: NumberExpression, listed: readonly number[]): BooleanExpression
export function isOneOf(
  operand: TextExpression | NumberExpression,
  listed: readonly (string | number)[],
): BooleanExpression {
  if (isText(operand)) {
    return { kind: 'membership', operand, texts: listed.map(String) }
  }
  const entries = listed.map((code) => [Number(code), 1] as const)
  return equal({ kind: 'numberLookup', operand, entries, otherwise: 0 }, 1)
}

function datePart(part: DatePart['part']) {
  return (operand: DateExpression | DatetimeExpression): NumberExpression => ({
    kind: 'datePart',
    part,
    operand: toDate(operand),
  })
}

/** The year of a date, 1 to 9999. */
export const year = datePart('year')
/** The month of a date, 1 to 12. */
export const month = datePart('month')
/** The day of a date's month, 1 to 31. */
export const day = datePart('day')
/** The day of a date's week: 1 for Monday to 7. */
export const weekday = datePart('weekday')

function datetimePart(part: DatetimePart['part']) {
  return (operand: DatetimeExpression): NumberExpression => ({
    kind: 'datetimePart',
    part,
    operand,
  })
}

/** The hour of a moment's day in UTC, 0 to 23. */
export const hour = datetimePart('hour')
/** The minute of a moment's hour, 0 to 59. */
export const minute = datetimePart('minute')
/** The whole seconds of a moment's minute, 0 to 59. */
export const second = datetimePart('second')

/** How many seconds the second moment is after the first, to the millisecond. */
export function secondsBetween(from: DatetimeExpression, to: DatetimeExpression): NumberExpression {
  return { kind: 'secondsBetween', from, to }
}

/** How many days the second date is after the first; of a moment its day in UTC. */
export function daysBetween(from: DateLike, to: DateLike): NumberExpression {
  return { kind: 'daysBetween', from: toDate(from), to: toDate(to) }
}

/** The number of a text's code points; no model can compute it while it serves. */
export function textLength(operand: TextExpression): NumberExpression {
  return { kind: 'textLength', operand }
}

/** The text with a to z for A to Z, other letters as they are; no model can compute it while it serves. */
export function lower(operand: TextExpression): TextExpression {
  return { kind: 'lower', operand }
}

/**
 * The bucket of a text, 0 to `buckets` − 1; no model can compute it while it serves.
 *
 * @throws {ToolkitError} `CONFIG_INVALID` when the buckets are no whole number from 1 to 2³² − 1
 */
export function hash(operand: TextExpression, buckets: number): NumberExpression {
  if (!Number.isInteger(buckets) || buckets < 1 || buckets >= 2 ** 32) {
    throw new ToolkitError(
      'CONFIG_INVALID',
      `${buckets} buckets, expected a whole number from 1 to ${2 ** 32 - 1}`,
    )
  }
  return { kind: 'hash', operand, buckets }
}

/** A number of all rows of the row's group, or of those that come before it; in the features stage only. */
export function aggregate(
  operator: Aggregate['operator'],
  operand: NumberExpression,
  options: Partial<Pick<Aggregate, 'by' | 'before'>> = {},
): NumberExpression {
  return { kind: 'aggregate', operator, operand, by: [], ...options }
}
