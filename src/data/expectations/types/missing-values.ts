/** Expectations about whether values are missing; NaN is missing too. */

import { type Column, findColumn, valueOf } from '../../table/column.ts'
import { defineExpectation, type RowQuestion } from '../expectation-type.ts'
import { askValues, valueKwargs } from './value-question.ts'

const notNull = defineExpectation({
  name: 'expect_column_values_to_not_be_null',
  kwargs: valueKwargs,
  ask: ({ column: name, mostly }, table) => {
    const { column, warnings } = findColumn(table, name)
    return { ...askAllRows(column, mostly, 'IS NULL'), warnings }
  },
})

const isNull = defineExpectation({
  name: 'expect_column_values_to_be_null',
  kwargs: valueKwargs,
  ask: ({ column: name, mostly }, table) => {
    const { column, warnings } = findColumn(table, name)
    return { ...askAllRows(column, mostly, 'IS NOT NULL'), warnings }
  },
})

/** No row is left out, and missing values are not counted apart. */
function askAllRows(column: Column, mostly: number | undefined, unexpected: string): RowQuestion {
  return {
    ...askValues(column, mostly, `${valueOf(column)} ${unexpected}`),
    ignored: undefined,
    needed: undefined,
    hasMissing: false,
  }
}

export const missingValueTypes = [notNull, isNull] as const
