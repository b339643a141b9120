/** Expectations about each value of a column; missing values are left out, except where they are the point. */

import { boundKwargs, comparableTo, findRowBoundProblems, withinSql } from './bounds.ts'
import { type Column, findColumn, shownValueOf, textOf, valueOf } from '../table/column.ts'
import { defineExpectation, type ExpectationType, type RowQuestion } from './expectation-type.ts'
import { required, setMembers, share, text } from './kwargs.ts'
import { pythonRegex, translateRegex } from './python-regex.ts'
import { quoteText } from '../duckdb-store.ts'
import { matchMembers } from './set-members.ts'

const columnKwargs = { column: required(text), mostly: share } as const

const notNull = defineExpectation({
  name: 'expect_column_values_to_not_be_null',
  kwargs: columnKwargs,
  ask: ({ column: name, mostly }, table) => {
    const found = findColumn(table, name)
    return {
      ...askValues(found.column, mostly, `${valueOf(found.column)} IS NULL`),
      ignored: undefined,
      hasMissing: false,
      warnings: found.warnings,
    }
  },
})

const unique = defineExpectation({
  name: 'expect_column_values_to_be_unique',
  kwargs: columnKwargs,
  ask: ({ column: name, mostly }, table) => {
    const { column, warnings } = findColumn(table, name)
    return {
      ...askValues(column, mostly, ''),
      unexpected: { kind: 'repeated', values: [valueOf(column)] },
      warnings,
    }
  },
})

const between = defineExpectation({
  name: 'expect_column_values_to_be_between',
  kwargs: { ...columnKwargs, ...boundKwargs },
  findProblems: findRowBoundProblems,
  ask: (kwargs, table) => {
    const { column, warnings } = findColumn(table, kwargs.column)
    const { value, literal } = comparableTo(column, kwargs)
    const within = withinSql(value, kwargs, literal)
    return { ...askValues(column, kwargs.mostly, `NOT ${within}`), warnings }
  },
})

const inSet = defineExpectation({
  name: 'expect_column_values_to_be_in_set',
  kwargs: { ...columnKwargs, value_set: required(setMembers) },
  ask: ({ column: name, mostly, value_set: members }, table) => {
    const found = findColumn(table, name)
    const { condition, warnings } = matchMembers(found.column, members)
    return {
      ...askValues(found.column, mostly, `NOT ${condition}`),
      warnings: [...found.warnings, ...warnings],
    }
  },
})

const notInSet = defineExpectation({
  name: 'expect_column_values_to_not_be_in_set',
  kwargs: { ...columnKwargs, value_set: required(setMembers) },
  ask: ({ column: name, mostly, value_set: members }, table) => {
    const found = findColumn(table, name)
    const { condition, warnings } = matchMembers(found.column, members)
    return {
      ...askValues(found.column, mostly, condition),
      warnings: [...found.warnings, ...warnings],
    }
  },
})

const matchRegex = defineExpectation({
  name: 'expect_column_values_to_match_regex',
  kwargs: { ...columnKwargs, regex: required(pythonRegex) },
  ask: ({ column: name, mostly, regex }, table) => {
    const { column, warnings } = findColumn(table, name)
    const matches = `regexp_matches(${textOf(column)}, ${quoteText(translateRegex(regex))})`
    return { ...askValues(column, mostly, `NOT ${matches}`), warnings }
  },
})

function askValues(column: Column, mostly: number | undefined, condition: string): RowQuestion {
  return {
    kind: 'rows',
    ignored: `${valueOf(column)} IS NULL`,
    unexpected: { kind: 'where', condition },
    mostly: mostly ?? 1,
    shown: [shownValueOf(column)],
    form: { kind: 'value' },
    hasMissing: true,
  }
}

export const columnValueTypes: readonly ExpectationType[] = [
  notNull,
  unique,
  between,
  inSet,
  notInSet,
  matchRegex,
]
