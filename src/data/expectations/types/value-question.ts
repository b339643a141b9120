/** The question of an expectation about each value of a column. */

import { type Column, shownValueOf, valueOf } from '../../table/column.ts'
import type { RowQuestion } from '../expectation-type.ts'
import { required, share, text } from '../kwargs.ts'

/** The arguments that all of them have. */
export const valueKwargs = { column: required(text), mostly: share } as const

/** Rows without a value are left out; the others are unexpected where the SQL condition holds. */
export function askValues(
  column: Column,
  mostly: number | undefined,
  unexpected: string | RowQuestion['unexpected'],
): RowQuestion {
  const value = valueOf(column)
  return {
    kind: 'rows',
    ignored: `${value} IS NULL`,
    needed: value,
    unexpected:
      typeof unexpected === 'string' ? { kind: 'where', condition: unexpected } : unexpected,
    mostly: mostly ?? 1,
    shown: [shownValueOf(column)],
    form: { kind: 'value' },
    hasMissing: true,
  }
}
