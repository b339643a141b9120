/** One clause of a filter: `field operator value`, `field IS [NOT] NULL`, `field [NOT] IN (…)`. */

import type { Comparison, Condition, Operator } from './condition.ts'
import { invalidSearch, refusal, shorten } from './refusal.ts'
import { resolveField, type Field, type Searchable } from './searchable.ts'
import { isKeyword, take, takeKeyword, type Cursor } from './token-cursor.ts'
import type { Token } from './tokens.ts'
import { unescapeListed } from './unescape-listed.ts'

/** @throws {ToolkitError} `TRACKING_INVALID` */
export function parseClause(cursor: Cursor, searchable: Searchable): Condition {
  const name = take(cursor)
  if (!isOperator(cursor.token)) {
    throw refusal(
      cursor.filter,
      name.start,
      `an operator is expected after '${shorten(name.text)}'`,
      {
        hint: `compare by ${textOperators} or a number by ${numberOperators}`,
      },
    )
  }
  const field = resolveField(name, searchable)
  if (takeKeyword(cursor, 'IS')) return parseMissing(cursor, field)
  const isNegated = takeKeyword(cursor, 'NOT')
  const operator = takeOperator(cursor, isNegated)
  checkOperator(field, operator)
  const context = { cursor, field, isLoose: searchable.isLoose ?? false }
  const values = operator === 'IN' ? parseList(context) : [parseValue(context)]
  checkPattern(operator, values)
  return { kind: 'comparison', field, operator, isNegated, values }
}

const textOperators = '=, !=, LIKE, ILIKE, IN, IS NULL'
const numberOperators = '=, !=, <, <=, >, >=, IN, IS NULL'
const symbols: readonly Operator[] = ['=', '!=', '>', '>=', '<', '<=']
const keywordOperators = ['IS', 'NOT', 'IN', 'LIKE', 'ILIKE'] as const

function isOperator(token: Token): boolean {
  return token.kind === 'operator' || keywordOperators.some((word) => isKeyword(token, word))
}

function parseMissing(cursor: Cursor, field: Field): Condition {
  const isNegated = takeKeyword(cursor, 'NOT')
  if (!takeKeyword(cursor, 'NULL')) {
    throw refusal(cursor.filter, cursor.token.start, 'after IS comes NULL or NOT NULL')
  }
  const missing: Condition = { kind: 'missing', field }
  return isNegated ? { kind: 'not', condition: missing } : missing
}

function takeOperator(cursor: Cursor, isNegated: boolean): Operator {
  const token = take(cursor)
  const word = (['IN', 'LIKE', 'ILIKE'] as const).find((keyword) => isKeyword(token, keyword))
  if (word !== undefined) return word
  const symbol = symbols.find((known) => token.kind === 'operator' && known === token.text)
  if (symbol !== undefined && !isNegated) return symbol
  throw refusal(cursor.filter, token.start, `there is no operator '${shorten(token.text)}'`, {
    hint: isNegated
      ? 'NOT stands before IN, LIKE and ILIKE, or before a whole clause'
      : `compare by ${textOperators} or a number by ${numberOperators}`,
  })
}

function checkOperator({ key, type }: Field, operator: Operator): void {
  const isForTexts = operator === 'LIKE' || operator === 'ILIKE'
  const isForBoth = operator === '=' || operator === '!=' || operator === 'IN'
  if (isForBoth || isForTexts === (type === 'text')) return
  const known = type === 'text' ? textOperators : numberOperators
  throw invalidSearch(
    `Invalid comparator '${operator}' for '${shorten(key)}', not one of '${known}'`,
    { hint: type === 'text' ? `'${shorten(key)}' is a text` : `'${shorten(key)}' is a number` },
  )
}

interface ValueContext {
  readonly cursor: Cursor
  readonly field: Field
  readonly isLoose: boolean
}

function parseList(context: ValueContext): readonly (string | number)[] {
  const { cursor, isLoose } = context
  const opening = take(cursor)
  if (opening.kind !== '(') {
    throw refusal(cursor.filter, opening.start, 'a list in parentheses is expected after IN')
  }
  const values: (string | number)[] = []
  while (!takeMark(cursor, ')')) {
    values.push(parseListed(context))
    if (!takeMark(cursor, ',') && cursor.token.kind !== ')') {
      throw refusal(cursor.filter, cursor.token.start, 'a comma or ) is expected in the list')
    }
  }
  if (values.length > 0 || isLoose) return values
  throw invalidSearch(
    'While parsing a list in the query, expected a non-empty list of string values, but got empty list',
  )
}

function takeMark(cursor: Cursor, mark: ')' | ','): boolean {
  const isNext = cursor.token.kind === mark
  if (isNext) take(cursor)
  return isNext
}

function parseListed(context: ValueContext): string | number {
  const { token } = context.cursor
  if (context.field.type !== 'text') return parseValue(context)
  if (isQuoted(token)) return unescapeListed(take(context.cursor).text)
  if (context.isLoose) return parseValue(context)
  throw invalidSearch(
    `While parsing a list in the query, expected string value, punctuation, or whitespace, but got ` +
      `'${shorten(token.text)}' (at character ${token.start + 1})`,
  )
}

function parseValue({ cursor, field, isLoose }: ValueContext): string | number {
  const token = take(cursor)
  if (token.kind === 'end') throw refusal(cursor.filter, token.start, 'a value is expected')
  return field.type === 'text' ? readText(token, field, isLoose) : readNumber(token, field)
}

function isQuoted({ kind }: Token): boolean {
  return kind === 'single-quoted' || kind === 'double-quoted'
}

function readText(token: Token, { entity, key }: Field, isLoose: boolean): string {
  if (isQuoted(token)) return token.text.slice(1, -1)
  if (isLoose && (token.kind === 'number' || token.kind === 'word')) return token.text
  throw invalidSearch(
    `Expected a quoted string value for ${entity} '${shorten(key)}' (e.g. 'my-value'). ` +
      `Got value ${shorten(token.text)} (at character ${token.start + 1})`,
    { hint: 'put the value in single quotes' },
  )
}

function readNumber(token: Token, { entity, key, type }: Field): number {
  if (token.kind === 'number') return Number(token.text)
  const quoted = isQuoted(token) && type === 'integer' ? token.text.slice(1, -1).trim() : ''
  if (/^[+-]?\d{1,19}$/.test(quoted)) return Number(quoted)
  throw invalidSearch(
    `Expected numeric value type for ${entity} '${shorten(key)}'. ` +
      `Found ${shorten(token.text)} (at character ${token.start + 1})`,
    { hint: `write the number ${type === 'integer' ? 'as digits' : 'without quotes'}` },
  )
}

/** SQLite compares at most each character of a text with each of the pattern. */
const longestPattern = 250

function checkPattern(operator: Operator, values: Comparison['values']): void {
  if (operator !== 'LIKE' && operator !== 'ILIKE') return
  if (String(values[0]).length <= longestPattern) return
  throw invalidSearch(`a pattern of ${operator} is longer than ${longestPattern} characters`)
}
