/**
 * MLflow's filters, and beyond them OR, NOT, parentheses and IN everywhere: whatever MLflow
 * understands means the same here. What is not understood is refused, never ignored.
 *
 *   filter := all ( OR all )*
 *   all    := not ( AND not )*
 *   not    := NOT not | '(' filter ')' | clause
 */

import type { Condition } from './condition.ts'
import { countLookups } from './condition-sql.ts'
import { parseClause } from './parse-clause.ts'
import { invalidSearch, refusal } from './refusal.ts'
import type { Searchable } from './searchable.ts'
import { createCursor, isKeyword, take, type Cursor } from './token-cursor.ts'
import { splitTokens } from './tokens.ts'

const limits = {
  characters: 500_000,
  depth: 50,
  clauses: 200,
  values: 10_000,
  // SQLite holds each of them against every place of a text: 200 long ones of ours took minutes on 2,000 long tags.
  patternCharacters: 1000,
  lookups: 50,
} as const

/**
 * Reads a filter; an empty one is true.
 *
 * @throws {ToolkitError} `TRACKING_INVALID` with MLflow's wording where it has one, and the place.
 */
export function parseFilter(filter: string, searchable: Searchable): Condition {
  if (filter.length > limits.characters) {
    throw invalidSearch(`the filter is longer than ${limits.characters} characters`)
  }
  const cursor = createCursor(filter, splitTokens(filter))
  const condition = parseAny({ cursor, searchable, depth: 0 })
  if (cursor.token.kind !== 'end') throw unexpected(cursor)
  checkSize(condition)
  checkLookups(countLookups(condition, searchable))
  return condition
}

interface Context {
  readonly cursor: Cursor
  readonly searchable: Searchable
  readonly depth: number
}

function parseAny(context: Context): Condition {
  const { cursor } = context
  const conditions = [parseAll(context)]
  while (isKeyword(cursor.token, 'OR')) {
    const isAfterAnd = cursor.index > 0 && isKeyword(cursor.tokens[cursor.index - 1]!, 'AND')
    const or = take(cursor)
    const isBeforeAnd = isKeyword(cursor.token, 'AND')
    conditions.push(parseAll(context))
    if (isAfterAnd || isBeforeAnd || conditions.slice(-2).some(isEmpty)) {
      throw refusal(cursor.filter, or.start, 'OR needs a clause before and after it')
    }
  }
  return joined('any', conditions)
}

/** As in MLflow an AND may be one too many, at the end for example, or missing between two clauses. */
function parseAll(context: Context): Condition {
  const { cursor } = context
  const conditions: Condition[] = []
  for (;;) {
    const hasAnd = skipAnds(cursor)
    const isFirst = conditions.length === 0
    if (startsName(cursor) || ((hasAnd || isFirst) && startsGroup(cursor))) {
      conditions.push(parseNot(context))
    } else {
      return joined('all', conditions)
    }
  }
}

function parseNot(context: Context): Condition {
  const { cursor, searchable, depth } = context
  if (startsName(cursor)) return parseClause(cursor, searchable)
  if (depth >= limits.depth) {
    throw refusal(cursor.filter, cursor.token.start, `nested deeper than ${limits.depth}`)
  }
  const inner = { ...context, depth: depth + 1 }
  const opening = take(cursor)
  if (opening.kind !== '(') {
    if (!startsName(cursor) && !startsGroup(cursor)) throw unexpected(cursor)
    return { kind: 'not', condition: parseNot(inner) }
  }
  const condition = parseAny(inner)
  if (isEmpty(condition) || cursor.token.kind !== ')') throw unexpected(cursor)
  take(cursor)
  return condition
}

const connectives = ['AND', 'OR', 'NOT'] as const

function startsName({ token }: Cursor): boolean {
  const isName = token.kind === 'word' || token.kind === 'path' || token.kind === 'double-quoted'
  return isName && !connectives.some((word) => isKeyword(token, word))
}

function startsGroup({ token }: Cursor): boolean {
  return token.kind === '(' || isKeyword(token, 'NOT')
}

function skipAnds(cursor: Cursor): boolean {
  let hasAnd = false
  for (; isKeyword(cursor.token, 'AND'); take(cursor)) hasAnd = true
  return hasAnd
}

function joined(kind: 'all' | 'any', conditions: readonly Condition[]): Condition {
  return conditions.length === 1 ? conditions[0]! : { kind, conditions }
}

function isEmpty(condition: Condition): boolean {
  return condition.kind === 'all' && condition.conditions.length === 0
}

function unexpected({ filter, token }: Cursor): Error {
  const found = token.kind === 'end' ? 'the end' : `'${token.text.slice(0, 50)}'`
  return refusal(filter, token.start, `a clause is expected, not ${found}`, {
    hint: "write clauses like metrics.loss < 1 AND params.model = 'linear'",
  })
}

/** A search costs as much as its clauses. */
function checkSize(condition: Condition): void {
  const { clauses, values, patternCharacters } = sizeOf(condition)
  if (clauses > limits.clauses) {
    throw invalidSearch(`the filter has ${clauses} clauses, at most ${limits.clauses} are allowed`)
  }
  if (values > limits.values) {
    throw invalidSearch(`the filter has ${values} values, at most ${limits.values} are allowed`)
  }
  if (patternCharacters > limits.patternCharacters) {
    throw invalidSearch(
      `the patterns of LIKE and ILIKE have ${patternCharacters} characters together, at most ${limits.patternCharacters} are allowed`,
    )
  }
}

/** Ten thousand runs are looked at in less than a second: nobody else is answered meanwhile. */
function checkLookups(lookups: number): void {
  if (lookups <= limits.lookups) return
  throw invalidSearch(
    `the filter looks up ${lookups} metrics, params, tags or datasets of each row, at most ${limits.lookups} are allowed`,
    {
      hint: "join clauses on one key: params.a IN ('1', '2'), or params.a = '1' OR params.a = '2'",
    },
  )
}

interface FilterSize {
  readonly clauses: number
  readonly values: number
  readonly patternCharacters: number
}

function sizeOf(condition: Condition): FilterSize {
  switch (condition.kind) {
    case 'all':
    case 'any': {
      const sizes = condition.conditions.map(sizeOf)
      return {
        clauses: sizes.reduce((sum, { clauses }) => sum + clauses, 0),
        values: sizes.reduce((sum, { values }) => sum + values, 0),
        patternCharacters: sizes.reduce((sum, size) => sum + size.patternCharacters, 0),
      }
    }
    case 'not':
      return sizeOf(condition.condition)
    case 'missing':
      return { clauses: 1, values: 0, patternCharacters: 0 }
    case 'comparison': {
      const { operator, values } = condition
      const isPattern = operator === 'LIKE' || operator === 'ILIKE'
      const patternCharacters = isPattern ? String(values[0]).length : 0
      return { clauses: 1, values: values.length, patternCharacters }
    }
  }
}
