/** Expressions of texts as expressions of the numbers that stand for texts: their places among those that are known. */

import type { Expression } from './expression.ts'
import { walkExpression } from './walk-expression.ts'

/** The texts that expressions tell apart, by column, in the order of their code units. */
export function findKnownTexts(
  expressions: readonly Expression[],
): ReadonlyMap<string, readonly string[]> {
  const found = new Map<string, Set<string>>()
  for (const part of expressions.flatMap((expression) => [...walkExpression(expression)])) {
    if (part.kind === 'textColumn') found.set(part.name, found.get(part.name) ?? new Set())
    const texts = textsIn(part)
    if (texts === undefined || !('operand' in part) || part.operand.kind !== 'textColumn') continue
    const { name } = part.operand
    const known = found.get(name) ?? new Set()
    // The empty text is missing, whatever stands for it.
    for (const text of texts) if (text !== '') known.add(text)
    found.set(name, known)
  }
  return new Map([...found].map(([name, texts]) => [name, [...texts].toSorted(byCodeUnits)]))
}

function textsIn(part: Expression): readonly string[] | undefined {
  if (part.kind === 'membership') return part.texts
  return part.kind === 'lookup' ? part.entries.map(([text]) => text) : undefined
}

function byCodeUnits(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/**
 * The expressions with a number for each text; parts that several of them share stay shared. They are to be such as a
 * graph can hold: of a text only look-ups, membership and whether it is missing.
 *
 * @param known - by column, all that `findKnownTexts` finds
 */
export function codeTexts(
  expressions: Readonly<Record<string, Expression>>,
  known: ReadonlyMap<string, readonly string[]>,
): Record<string, Expression> {
  const coded = new Map<Expression, Expression>()
  const code = (part: Expression): Expression => {
    const made = coded.get(part) ?? codePart(part, known, code)
    coded.set(part, made)
    return made
  }
  return Object.fromEntries(
    Object.entries(expressions).map(([name, expression]) => [name, code(expression)]),
  )
}

function codePart(
  part: Expression,
  known: ReadonlyMap<string, readonly string[]>,
  code: (part: Expression) => Expression,
): Expression {
  if (part.kind === 'textColumn') return { kind: 'numberColumn', name: part.name }
  const texts = textsIn(part)
  if (texts === undefined || !('operand' in part) || part.operand.kind !== 'textColumn') {
    const members = Object.entries(part).map(([name, value]: [string, unknown]) => [
      name,
      isExpression(value) ? code(value) : value,
    ])
    // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- the same part with its parts coded
    return Object.fromEntries(members) as Expression
  }
  const places = new Map((known.get(part.operand.name) ?? []).map((text, place) => [text, place]))
  const numbers: readonly (readonly [string, number])[] =
    part.kind === 'lookup' ? part.entries : texts.map((text) => [text, 1])
  const found: Expression = {
    kind: 'numberLookup',
    operand: { kind: 'numberColumn', name: part.operand.name },
    entries: numbers.flatMap(([text, number]) => {
      const place = places.get(text)
      return place === undefined ? [] : [[place, number] as const]
    }),
    otherwise: part.kind === 'lookup' ? part.otherwise : 0,
  }
  if (part.kind === 'lookup') return found
  return { kind: 'comparison', operator: 'equal', left: found, right: { kind: 'number', value: 1 } }
}

function isExpression(value: unknown): value is Expression {
  return typeof value === 'object' && value !== null && 'kind' in value
}
