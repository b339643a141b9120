/**
 * The common part of pandas' DataFrame.query, and the `col("x")` form of Great
 * Expectations: comparisons, and/or/not, in, isnull() and notnull(), backticks.
 */

import type { SetMember } from '../kwargs.ts'
import type { ComparisonOperator, Operand, RowCondition } from './condition.ts'
import { conditionError } from './condition-error.ts'
import { QueryTokens } from './query-tokens.ts'

/** @throws {ToolkitError} `SUITE_INVALID` naming the place that is not understood */
export function parseQuery(text: string): RowCondition {
  const tokens = new QueryTokens(text)
  const condition = parseOr(tokens)
  tokens.expectEnd()
  return condition
}

function parseOr(tokens: QueryTokens): RowCondition {
  return parseList(tokens, 'or', ['or', '|'], parseAnd)
}

function parseAnd(tokens: QueryTokens): RowCondition {
  return parseList(tokens, 'and', ['and', '&'], parseNot)
}

function parseList(
  tokens: QueryTokens,
  kind: 'and' | 'or',
  words: readonly string[],
  parsePart: (tokens: QueryTokens) => RowCondition,
): RowCondition {
  const conditions = [parsePart(tokens)]
  while (words.some((word) => tokens.take(word))) conditions.push(parsePart(tokens))
  return conditions.length === 1 ? conditions[0]! : { kind, conditions }
}

function parseNot(tokens: QueryTokens): RowCondition {
  if (tokens.take('not') || tokens.take('~')) return { kind: 'not', condition: parseNot(tokens) }
  if (tokens.take('(')) {
    const condition = parseOr(tokens)
    tokens.expect(')')
    return condition
  }
  return parseTest(tokens)
}

const operators: readonly ComparisonOperator[] = ['==', '!=', '<=', '>=', '<', '>']

/** One comparison, or a chain such as `0 < x <= 3`. */
function parseTest(tokens: QueryTokens): RowCondition {
  let left = parseOperand(tokens)
  const named = left.kind === 'column' ? parseAboutColumn(tokens, left.name) : undefined
  if (named !== undefined) return named
  const comparisons: RowCondition[] = []
  for (;;) {
    const operator = operators.find((each) => tokens.take(each))
    if (operator === undefined) break
    const right = parseOperand(tokens)
    comparisons.push({ kind: 'comparison', operator, left, right })
    left = right
  }
  if (comparisons.length > 1) return { kind: 'and', conditions: comparisons }
  if (comparisons.length === 1) return comparisons[0]!
  if (left.kind === 'column') return { kind: 'truth', column: left.name }
  throw tokens.error('a comparison')
}

/** `x in [1, 2]`, `x not in [1, 2]`, `x.isnull()`, `x.notnull()`. */
function parseAboutColumn(tokens: QueryTokens, column: string): RowCondition | undefined {
  if (tokens.take('in')) return { kind: 'membership', column, members: parseMembers(tokens) }
  if (tokens.take('not')) {
    tokens.expect('in')
    return {
      kind: 'not',
      condition: { kind: 'membership', column, members: parseMembers(tokens) },
    }
  }
  if (!tokens.take('.')) return undefined
  const method = tokens.takeName() ?? ''
  const nullity = { kind: 'nullity', column } as const
  tokens.expect('(')
  if (method === 'isin') {
    const members = parseMembers(tokens)
    tokens.expect(')')
    return { kind: 'membership', column, members }
  }
  tokens.expect(')')
  if (method === 'isnull' || method === 'isna') return nullity
  if (method === 'notnull' || method === 'notna' || method === 'notNull') {
    return { kind: 'not', condition: nullity }
  }
  throw conditionError(
    `calls '${method}', which is not understood`,
    'the methods are: isnull, isna, notnull, notna, isin',
  )
}

function parseMembers(tokens: QueryTokens): SetMember[] {
  const closing = tokens.take('[') ? ']' : ')'
  if (closing === ')') tokens.expect('(')
  const members: SetMember[] = []
  while (!tokens.take(closing)) {
    const operand = parseOperand(tokens)
    if (operand.kind === 'column') throw tokens.error('a value')
    members.push(operand.value)
    if (!tokens.take(',')) {
      tokens.expect(closing)
      break
    }
  }
  return members
}

function parseOperand(tokens: QueryTokens): Operand {
  const literal = tokens.takeLiteral()
  if (literal !== undefined) return { kind: 'value', value: literal }
  const name = tokens.takeName()
  if (name === undefined) throw tokens.error('a column or a value')
  if (name !== 'col' || !tokens.take('(')) return { kind: 'column', name }
  const column = tokens.takeLiteral()
  if (typeof column !== 'string') throw tokens.error('the name of a column in quotes')
  tokens.expect(')')
  return { kind: 'column', name: column }
}
