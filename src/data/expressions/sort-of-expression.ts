import type {
  BooleanExpression,
  DateExpression,
  DatetimeExpression,
  Expression,
  TextExpression,
} from './expression.ts'

/** What an expression gives. */
export type Sort = 'number' | 'boolean' | 'text' | 'date' | 'datetime'

/** What each kind of expression gives. */
export const sortOfKind = {
  aggregate: 'number',
  arithmetic: 'number',
  booleanColumn: 'boolean',
  choice: 'number',
  comparison: 'boolean',
  date: 'date',
  dateColumn: 'date',
  dateOf: 'date',
  datePart: 'number',
  datetimeColumn: 'datetime',
  datetimePart: 'number',
  daysBetween: 'number',
  fill: 'number',
  hash: 'number',
  isMissing: 'boolean',
  logic: 'boolean',
  lookup: 'number',
  lower: 'text',
  membership: 'boolean',
  not: 'boolean',
  number: 'number',
  numberColumn: 'number',
  numberLookup: 'number',
  secondsBetween: 'number',
  textColumn: 'text',
  textLength: 'number',
  unary: 'number',
} as const satisfies Record<Expression['kind'], Sort>

/** @returns whether it is true, false or missing */
export function isBoolean(expression: Expression): expression is BooleanExpression {
  return sortOfKind[expression.kind] === 'boolean'
}

/** @returns whether it is a text or missing */
export function isText(expression: Expression): expression is TextExpression {
  return sortOfKind[expression.kind] === 'text'
}

/** @returns whether it is a day or missing */
export function isDate(expression: Expression): expression is DateExpression {
  return sortOfKind[expression.kind] === 'date'
}

/** @returns whether it is a moment or missing */
export function isDatetime(expression: Expression): expression is DatetimeExpression {
  return sortOfKind[expression.kind] === 'datetime'
}
