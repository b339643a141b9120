/** Expectations about each value of a column: its uniqueness, range, set and length. */

import { findColumn, textOf, valueOf } from '../../table/column.ts'
import {
  boundKwargs,
  comparableTo,
  findRowBoundProblems,
  numberBoundKwargs,
  numberLiteral,
  withinSql,
} from '../bounds.ts'
import { defineExpectation } from '../expectation-type.ts'
import { number, required, setMembers } from '../kwargs.ts'
import { matchMembers } from '../set-members.ts'
import { askValues, valueKwargs } from './value-question.ts'

const unique = defineExpectation({
  name: 'expect_column_values_to_be_unique',
  kwargs: valueKwargs,
  ask: ({ column: name, mostly }, table) => {
    const { column, warnings } = findColumn(table, name)
    return {
      ...askValues(column, mostly, { kind: 'repeated', values: [valueOf(column)] }),
      warnings,
    }
  },
})

const between = defineExpectation({
  name: 'expect_column_values_to_be_between',
  kwargs: { ...valueKwargs, ...boundKwargs },
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
  kwargs: { ...valueKwargs, value_set: required(setMembers) },
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
  kwargs: { ...valueKwargs, value_set: required(setMembers) },
  ask: ({ column: name, mostly, value_set: members }, table) => {
    const found = findColumn(table, name)
    const { condition, warnings } = matchMembers(found.column, members)
    return {
      ...askValues(found.column, mostly, condition),
      warnings: [...found.warnings, ...warnings],
    }
  },
})

/** Lengths are numbers of code points, as Python counts: '👩‍👩‍👧' has five. */
const lengthsBetween = defineExpectation({
  name: 'expect_column_value_lengths_to_be_between',
  kwargs: { ...valueKwargs, ...numberBoundKwargs },
  findProblems: findRowBoundProblems,
  ask: (kwargs, table) => {
    const { column, warnings } = findColumn(table, kwargs.column)
    const within = withinSql(`length(${textOf(column)})`, kwargs, numberLiteral)
    return { ...askValues(column, kwargs.mostly, `NOT ${within}`), warnings }
  },
})

const lengthsEqual = defineExpectation({
  name: 'expect_column_value_lengths_to_equal',
  kwargs: { ...valueKwargs, value: required(number) },
  ask: ({ column: name, mostly, value }, table) => {
    const { column, warnings } = findColumn(table, name)
    const differs = `length(${textOf(column)}) <> ${numberLiteral(value)}`
    return { ...askValues(column, mostly, differs), warnings }
  },
})

export const columnValueTypes = [
  unique,
  between,
  inSet,
  notInSet,
  lengthsBetween,
  lengthsEqual,
] as const
