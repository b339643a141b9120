/** Expectations about the order of a column's values in the rows of the table. */

import { type Column, findColumn, numberOf, type Table, valueOf } from '../../table/column.ts'
import { defineExpectation, type RowQuestion } from '../expectation-type.ts'
import { boolean } from '../kwargs.ts'
import { askValues, valueKwargs } from './value-question.ts'

const successionKwargs = { ...valueKwargs, strictly: boolean } as const

const increasing = defineExpectation({
  name: 'expect_column_values_to_be_increasing',
  kwargs: successionKwargs,
  ask: ({ strictly, ...kwargs }, table) =>
    askSuccession(kwargs, table, (previous, current) =>
      strictly === true ? `${current} <= ${previous}` : `${current} < ${previous}`,
    ),
})

const decreasing = defineExpectation({
  name: 'expect_column_values_to_be_decreasing',
  kwargs: successionKwargs,
  ask: ({ strictly, ...kwargs }, table) =>
    askSuccession(kwargs, table, (previous, current) =>
      strictly === true ? `${current} >= ${previous}` : `${current} > ${previous}`,
    ),
})

/** Each value is held against the last one before it that is not missing. */
function askSuccession(
  { column: name, mostly }: { readonly column: string; readonly mostly: number | undefined },
  table: Table,
  breaks: (previous: string, current: string) => string,
): RowQuestion {
  const { column, warnings } = findColumn(table, name)
  const unexpected = { kind: 'succession', value: orderedValueOf(column), breaks } as const
  return { ...askValues(column, mostly, unexpected), warnings }
}

/** Texts have no order here, as in pandas, which cannot subtract them. */
function orderedValueOf(column: Column): string {
  return column.family === 'time' ? valueOf(column) : numberOf(column)
}

export const successionTypes = [increasing, decreasing] as const
