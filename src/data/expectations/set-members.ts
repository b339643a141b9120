import { quoteText } from '../duckdb-store.ts'
import { numberLiteral } from './bounds.ts'
import { type Column, numberOf, unfitColumn, valueOf } from '../table/column.ts'
import type { SetMember } from './kwargs.ts'

/**
 * The SQL condition that a column's value equals a member, as in Python: 1, 1.0
 * and true are one value, '1' is another, and null matches nothing. Members
 * that no value of the column can equal are named in a warning.
 *
 * @throws {ToolkitError} `DATA_CHECK_FAILED` for a column of lists or other nested values.
 */
export function matchMembers(
  column: Column,
  members: readonly SetMember[],
): { readonly condition: string; readonly warnings: readonly string[] } {
  const given = members.filter((member) => member !== null)
  const isText = column.family === 'text' || column.family === 'time'
  const fitting = given.filter((member) => (typeof member === 'string') === isText)
  const warnings =
    fitting.length === given.length
      ? []
      : [
          `'${column.name}' is ${column.type}: ${describeUnfit(given, fitting)} of the value_set can never match`,
        ]
  const literals = fitting.map((member) => memberLiteral(column, member))
  if (literals.length === 0) return { condition: 'FALSE', warnings }
  return { condition: `(${comparedValue(column)} IN (${literals.join(', ')}))`, warnings }
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
