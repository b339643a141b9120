import type { Expression } from './expression.ts'
import { sortOfKind, type Sort } from './sort-of-expression.ts'

/** What stands at a property of an expression in JSON. */
export type Part = { readonly isOptional?: true } & (
  | { readonly sort: Sort | 'any' }
  | { readonly each: Sort | 'any' }
  | { readonly parts: Readonly<Record<string, Part>> }
  /** `undefined` when it is good, else what is expected. */
  | { readonly describe: (value: unknown) => string | undefined }
)

/** @returns whether there are expressions of that kind */
export function isKind(kind: unknown): kind is Expression['kind'] {
  return typeof kind === 'string' && Object.hasOwn(sortOfKind, kind)
}

const number = { sort: 'number' } as const
const boolean = { sort: 'boolean' } as const
const text = { sort: 'text' } as const
const date = { sort: 'date' } as const
const datetime = { sort: 'datetime' } as const

const column = { name: expecting('the name of a column', (value) => isText(value)) }
const finite = expecting('a finite number', isFinite)
const numberOrNull = expecting(
  'a finite number or null',
  (value) => value === null || isFinite(value),
)

/** The properties of each kind besides `kind`. */
export const partsOfKind: Readonly<Record<Expression['kind'], Readonly<Record<string, Part>>>> = {
  aggregate: {
    operator: oneOf('count', 'sum', 'mean', 'min', 'max'),
    operand: number,
    by: { each: 'any' },
    before: {
      isOptional: true,
      parts: {
        order: { sort: 'any' },
        last: { isOptional: true, ...wholeFrom(1) },
      },
    },
  },
  arithmetic: {
    operator: oneOf('add', 'subtract', 'multiply', 'divide', 'min', 'max'),
    left: number,
    right: number,
  },
  booleanColumn: column,
  choice: { condition: boolean, whenTrue: number, whenFalse: number },
  comparison: {
    operator: oneOf('equal', 'notEqual', 'less', 'lessOrEqual', 'greater', 'greaterOrEqual'),
    left: number,
    right: number,
  },
  date: { value: expecting('a date such as 2025-03-31', (value) => typeof value === 'string') },
  dateColumn: column,
  dateOf: { operand: datetime },
  datePart: { part: oneOf('year', 'month', 'day', 'weekday'), operand: date },
  datetimeColumn: column,
  datetimePart: { part: oneOf('hour', 'minute', 'second'), operand: datetime },
  daysBetween: { from: date, to: date },
  fill: { operand: number, replacement: number },
  hash: { operand: text, buckets: wholeFrom(1) },
  isMissing: { operand: { sort: 'any' } },
  logic: { operator: oneOf('and', 'or'), left: boolean, right: boolean },
  lookup: { operand: text, entries: entriesOf('texts', isText), otherwise: numberOrNull },
  lower: { operand: text },
  membership: {
    operand: text,
    texts: expecting('a list of different texts, at least one', (value) => isSet(value, isText)),
  },
  not: { operand: boolean },
  number: { value: finite },
  numberColumn: column,
  numberLookup: {
    operand: number,
    entries: entriesOf('numbers', isFinite),
    otherwise: numberOrNull,
  },
  secondsBetween: { from: datetime, to: datetime },
  textColumn: column,
  textLength: { operand: text },
  unary: {
    operator: oneOf('negate', 'abs', 'sqrt', 'exp', 'log', 'log1p', 'floor'),
    operand: number,
  },
}

function expecting(what: string, isGood: (value: unknown) => boolean): Part {
  return { describe: (value) => (isGood(value) ? undefined : what) }
}

function oneOf(...names: readonly string[]): Part {
  return expecting(`one of ${names.join(', ')}`, (value) => names.some((name) => name === value))
}

function wholeFrom(least: number) {
  const isGood = (value: unknown): boolean =>
    typeof value === 'number' && Number.isInteger(value) && value >= least && value < 2 ** 32
  const what = `a whole number from ${least} to ${2 ** 32 - 1}`
  return { describe: (value: unknown) => (isGood(value) ? undefined : what) }
}

/** At least one pair of a key, none twice, and a number. */
function entriesOf(keys: string, isKey: (key: unknown) => boolean): Part {
  return expecting(`a list of pairs of different ${keys} and numbers, at least one`, (value) => {
    if (!Array.isArray(value)) return false
    const pairs: readonly unknown[] = value
    return (
      pairs.every(isPair) &&
      isSet(
        pairs.map(([key]) => key),
        isKey,
      )
    )
  })
}

function isPair(pair: unknown): pair is readonly [unknown, unknown] {
  return Array.isArray(pair) && pair.length === 2 && isFinite(pair[1])
}

function isSet(value: unknown, isGood: (item: unknown) => boolean): boolean {
  if (!Array.isArray(value) || value.length === 0) return false
  const items: readonly unknown[] = value
  return items.every(isGood) && new Set(items).size === items.length
}

function isFinite(value: unknown): boolean {
  return Number.isFinite(value)
}

/** The empty text is missing, and half of a character has no bytes. */
function isText(value: unknown): boolean {
  return typeof value === 'string' && value !== '' && value.isWellFormed()
}
