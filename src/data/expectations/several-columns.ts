/** Expectations about two or more columns of the same row. */

import { type Column, findColumn, shownValueOf, unfitColumn, valueOf } from '../table/column.ts'
import { defineExpectation, type ExpectationType } from './expectation-type.ts'
import { boolean, oneOf, required, share, text, texts, type Kwarg } from './kwargs.ts'

const twoOrMore: Kwarg<readonly string[], false> = {
  ...texts,
  expected: 'a list of two or more columns',
  describeProblem: (names) => {
    if (names.length < 2) return 'names fewer than two columns'
    return new Set(names).size < names.length ? 'names a column twice' : undefined
  },
}

const compoundUnique = defineExpectation({
  name: 'expect_compound_columns_to_be_unique',
  kwargs: {
    column_list: required(twoOrMore),
    ignore_row_if: oneOf(['all_values_are_missing', 'any_value_is_missing', 'never']),
    mostly: share,
  },
  ask: ({ column_list: names, ignore_row_if: ignoring, mostly }, table) => {
    const found = names.map((name) => findColumn(table, name))
    const columns = found.map(({ column }) => column)
    return {
      kind: 'rows',
      ignored: ignoredWhen(columns, ignoring ?? 'all_values_are_missing'),
      unexpected: { kind: 'repeated', values: columns.map(valueOf) },
      mostly: mostly ?? 1,
      shown: columns.map(shownValueOf),
      form: { kind: 'record', names: columns.map((column) => column.name) },
      hasMissing: true,
      warnings: found.flatMap(({ warnings }) => warnings),
    }
  },
})

const pairGreater = defineExpectation({
  name: 'expect_column_pair_values_a_to_be_greater_than_b',
  kwargs: {
    column_A: required(text),
    column_B: required(text),
    or_equal: boolean,
    ignore_row_if: oneOf(['both_values_are_missing', 'either_value_is_missing', 'neither']),
    mostly: share,
  },
  ask: (kwargs, table) => {
    const a = findColumn(table, kwargs.column_A)
    const b = findColumn(table, kwargs.column_B)
    checkComparable(a.column, b.column)
    const operator = kwargs.or_equal === true ? '>=' : '>'
    const holds = `${valueOf(a.column)} ${operator} ${valueOf(b.column)}`
    const columns = [a.column, b.column]
    return {
      kind: 'rows',
      ignored: ignoredWhen(columns, kwargs.ignore_row_if ?? 'both_values_are_missing'),
      // A row with one side missing is not greater, as in pandas.
      unexpected: { kind: 'where', condition: `NOT coalesce(${holds}, FALSE)` },
      mostly: kwargs.mostly ?? 1,
      shown: columns.map(shownValueOf),
      form: { kind: 'list' },
      hasMissing: true,
      warnings: [...a.warnings, ...b.warnings],
    }
  },
})

function checkComparable(a: Column, b: Column): void {
  if (a.family === b.family && a.family !== 'other') return
  if (isNumeric(a) && isNumeric(b)) return
  throw unfitColumn(a, `two columns of one kind: '${b.name}' is ${b.type}`)
}

function isNumeric(column: Column): boolean {
  return column.family === 'number' || column.family === 'boolean'
}

type IgnoringRule =
  | 'all_values_are_missing'
  | 'both_values_are_missing'
  | 'any_value_is_missing'
  | 'either_value_is_missing'
  | 'never'
  | 'neither'

function ignoredWhen(columns: readonly Column[], rule: IgnoringRule): string | undefined {
  const missing = columns.map((column) => `${valueOf(column)} IS NULL`)
  switch (rule) {
    case 'all_values_are_missing':
    case 'both_values_are_missing':
      return `(${missing.join(' AND ')})`
    case 'any_value_is_missing':
    case 'either_value_is_missing':
      return `(${missing.join(' OR ')})`
    case 'never':
    case 'neither':
      return undefined
  }
}

export const severalColumnTypes: readonly ExpectationType[] = [compoundUnique, pairGreater]
