/** Members of a value_set as SQL, compared as Python compares: 1, 1.0 and true are one value, '1' is another. */

import { quoteText } from '../duckdb-store.ts'
import { type Column, numberOf, unfitColumn, valueOf } from '../table/column.ts'
import { numberLiteral } from './bounds.ts'
import type { SetMember } from './kwargs.ts'

/**
 * The SQL condition that a column's value equals a member; null matches
 * nothing. Members that no value of the column can equal are named in a warning.
 *
 * @throws {ToolkitError} `DATA_CHECK_FAILED` for a column of lists or other nested values.
 */
export function matchMembers(
  column: Column,
  members: readonly SetMember[],
): { readonly condition: string; readonly warnings: readonly string[] } {
  const given = members.filter((member) => member !== null)
  const fitting = given.filter((member) => fits(column, member))
  const warnings =
    fitting.length === given.length
      ? []
      : [
          `'${column.name}' is ${column.type}: ${describeUnfit(given, fitting)} of the value_set can never match`,
        ]
  const compared = comparedValue(column)
  const literals = fitting.map((member) => memberLiteral(column, member))
  if (literals.length === 0) return { condition: 'FALSE', warnings }
  return { condition: `(${compared} IN (${literals.join(', ')}))`, warnings }
}

/** One member of a set. */
export interface SqlMember {
  readonly given: SetMember
  /** The SQL condition that a value equals it; `undefined` when none can. */
  readonly matches: string | undefined
}

/** The different members in their order: of 1, 1.0 and true, the first. */
export function listMembers(column: Column, members: readonly SetMember[]): SqlMember[] {
  const compared = comparedValue(column)
  const different = new Map<string, SetMember>()
  for (const member of members) {
    const key = keyOf(member)
    if (!different.has(key)) different.set(key, member)
  }
  return [...different.values()].map((given) => ({
    given,
    matches:
      given !== null && fits(column, given)
        ? `${compared} = ${memberLiteral(column, given)}`
        : undefined,
  }))
}

function keyOf(member: SetMember): string {
  if (member === null) return 'null'
  return typeof member === 'string' ? `text ${member}` : `number ${Number(member)}`
}

function fits(column: Column, member: SetMember): boolean {
  const isText = column.family === 'text' || column.family === 'time'
  if ((typeof member === 'string') !== isText) return false
  // Beside a fraction, DuckDB would compare integers as DOUBLE, in which those beyond 2⁵³ fall together.
  return isText || Number.isInteger(Number(member)) || !isIntegral(column)
}

function isIntegral({ type }: Column): boolean {
  return /INT$|INTEGER$|^BOOLEAN$/.test(type)
}

function describeUnfit(given: readonly SetMember[], fitting: readonly SetMember[]): string {
  return given
    .filter((member) => !fitting.includes(member))
    .map((member) => (typeof member === 'string' ? `'${member}'` : String(member)))
    .join(', ')
}

function comparedValue(column: Column): string {
  switch (column.family) {
    case 'text':
      return `CAST(${valueOf(column)} AS VARCHAR)`
    case 'time':
      return valueOf(column)
    case 'number':
    case 'boolean':
      return numberOf(column)
    case 'other':
      throw unfitColumn(column, 'numbers, texts, booleans, dates or times')
  }
}

function memberLiteral(column: Column, member: SetMember): string {
  if (column.family === 'text') return quoteText(String(member))
  if (column.family === 'time') return `CAST(${quoteText(String(member))} AS ${column.type})`
  return numberLiteral(Number(member))
}
