/** Random expressions and rows for the tests that hold the compilers equal. */

import fc from 'fast-check'
import type {
  BooleanExpression,
  DateExpression,
  DatetimeExpression,
  Expression,
  NumberExpression,
  TextExpression,
} from '../../../src/data/expressions/expression.ts'
import type { Row } from '../../../src/data/expressions/to-function.ts'
import { findColumns } from '../../../src/data/expressions/walk-expression.ts'

export const x: NumberExpression = { kind: 'numberColumn', name: 'x' }
export const y: NumberExpression = { kind: 'numberColumn', name: 'y' }
export const flag: BooleanExpression = { kind: 'booleanColumn', name: 'flag' }
export const text: TextExpression = { kind: 'textColumn', name: 'a "text"' }
export const day: DateExpression = { kind: 'dateColumn', name: 'day' }
export const moment: DatetimeExpression = { kind: 'datetimeColumn', name: 'at' }

export const emptyRow: Row = {
  x: null,
  y: null,
  flag: null,
  'a "text"': null,
  day: null,
  at: null,
}

const someTexts = ['a', 'A', "it's", 'É', '日本', '🎈', 'constructor', 'a\0b', '\uFEFF']
const someDays = [
  '0001-01-01',
  '1899-12-31',
  '1970-01-01',
  '2024-02-29',
  '2100-03-01',
  '9999-12-31',
]
const numbers = fc.oneof(
  fc.double(),
  fc.integer({ min: -5, max: 5 }),
  fc.constantFrom(0, -0, NaN, Infinity, -Infinity, 1e308, -1e308, 5e-324, 2 ** 53 + 2),
)
const days = fc.oneof(
  fc.constantFrom(...someDays),
  fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString().slice(0, 10)),
)
const moments = fc.oneof(
  fc.constantFrom(
    '0001-01-01T00:00:00Z',
    '1969-12-31 23:59:59.9999',
    '2024-02-29',
    '2026-11-30T00:30:00.5+05:30',
    '9999-12-31T23:59:59.999999999Z',
    '9999-12-31T23:59:59-00:01',
  ),
  fc
    .date({ min: new Date('0001-01-01'), max: new Date('9999-12-31'), noInvalidDate: true })
    .map((date) => date.toISOString()),
)

export const rows: fc.Arbitrary<Row> = fc.record({
  x: fc.option(numbers),
  y: fc.option(numbers),
  flag: fc.option(fc.boolean()),
  'a "text"': fc.option(fc.constantFrom('', ...someTexts)),
  day: fc.option(days),
  at: fc.option(moments),
})

interface Trees {
  readonly number: NumberExpression
  readonly boolean: BooleanExpression
  readonly text: TextExpression
  readonly date: DateExpression
  readonly datetime: DatetimeExpression
  readonly expression: Expression
}

/** Well-typed expressions that a graph can hold. */
export const servedExpressions: fc.Arbitrary<Expression> = treesOf(false).expression.filter(
  (expression) => findColumns(expression).length > 0,
)

/** Well-typed expressions that need no other rows. */
export const rowExpressions: fc.Arbitrary<Expression> = treesOf(true).expression

/**
 * Of any operator but exp, log and log1p: these may differ in the last bit between
 * two libraries, and a difference or a comparison above them makes of that bit any number.
 */
function treesOf(withTexts: boolean): { readonly expression: fc.Arbitrary<Expression> } {
  return fc.letrec<Trees>((tie: fc.LetrecTypedTie<Trees>) => ({
    expression: fc.oneof(tie('number'), tie('boolean')),
    text: withTexts
      ? fc.constantFrom(text, { kind: 'lower', operand: text } as const)
      : fc.constant(text),
    date: fc.oneof(
      { weight: 3, arbitrary: fc.constant(day) },
      {
        weight: 1,
        arbitrary: fc.record({ kind: fc.constant('dateOf' as const), operand: tie('datetime') }),
      },
      { weight: 1, arbitrary: days.map((value): DateExpression => ({ kind: 'date', value })) },
    ),
    datetime: fc.constant(moment),
    number: fc.oneof(
      { maxDepth: 5 },
      fc.constantFrom(x, y),
      numbers.map((value): NumberExpression => ({ kind: 'number', value })),
      fc.record({
        kind: fc.constant('arithmetic' as const),
        operator: fc.constantFrom('add', 'subtract', 'multiply', 'divide', 'min', 'max'),
        left: tie('number'),
        right: tie('number'),
      }),
      fc.record({
        kind: fc.constant('unary' as const),
        operator: fc.constantFrom('negate', 'abs', 'sqrt', 'floor'),
        operand: tie('number'),
      }),
      fc.record({
        kind: fc.constant('choice' as const),
        condition: tie('boolean'),
        whenTrue: tie('number'),
        whenFalse: tie('number'),
      }),
      fc.record({
        kind: fc.constant('fill' as const),
        operand: tie('number'),
        replacement: tie('number'),
      }),
      fc.record({
        otherwise: fc.option(numbers),
        kind: fc.constant('lookup' as const),
        operand: tie('text'),
        entries: fc.array(fc.tuple(fc.constantFrom(...someTexts), numbers), { maxLength: 4 }),
      }),
      fc.record({
        otherwise: fc.option(numbers),
        kind: fc.constant('numberLookup' as const),
        operand: tie('number'),
        entries: fc.array(fc.tuple(fc.integer({ min: -3, max: 3 }), numbers), { maxLength: 4 }),
      }),
      fc.record({
        kind: fc.constant('datePart' as const),
        part: fc.constantFrom('year', 'month', 'day', 'weekday'),
        operand: tie('date'),
      }),
      fc.record({ kind: fc.constant('daysBetween' as const), from: tie('date'), to: tie('date') }),
      fc.record({
        kind: fc.constant('datetimePart' as const),
        part: fc.constantFrom('hour', 'minute', 'second'),
        operand: tie('datetime'),
      }),
      fc.record({
        kind: fc.constant('secondsBetween' as const),
        from: tie('datetime'),
        to: tie('datetime'),
      }),
      ...(withTexts
        ? [
            fc.record({ kind: fc.constant('textLength' as const), operand: tie('text') }),
            fc.record({
              kind: fc.constant('hash' as const),
              operand: tie('text'),
              buckets: fc.integer({ min: 1, max: 1000 }),
            }),
          ]
        : []),
    ),
    boolean: fc.oneof(
      { maxDepth: 5 },
      fc.constant(flag),
      fc.record({
        kind: fc.constant('comparison' as const),
        operator: fc.constantFrom(
          'equal',
          'notEqual',
          'less',
          'lessOrEqual',
          'greater',
          'greaterOrEqual',
        ),
        left: tie('number'),
        right: tie('number'),
      }),
      fc.record({
        kind: fc.constant('logic' as const),
        operator: fc.constantFrom('and', 'or'),
        left: tie('boolean'),
        right: tie('boolean'),
      }),
      fc.record({ kind: fc.constant('not' as const), operand: tie('boolean') }),
      fc.record({
        kind: fc.constant('isMissing' as const),
        operand: fc.oneof(tie('number'), tie('boolean'), tie('text'), tie('date'), tie('datetime')),
      }),
      fc.record({
        kind: fc.constant('membership' as const),
        operand: tie('text'),
        texts: fc.subarray(someTexts),
      }),
    ),
  }))
}
