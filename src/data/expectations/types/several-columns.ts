/** Expectations about a list of columns of the same row. */

import {
  type Column,
  findColumn,
  isNumeric,
  numberOf,
  shownValueOf,
  type Table,
  unfitColumn,
  valueOf,
} from '../../table/column.ts'
import { numberLiteral } from '../bounds.ts'
import { defineExpectation, type RowQuestion } from '../expectation-type.ts'
import { type Kwarg, number, oneOf, required, share, texts } from '../kwargs.ts'
import { ignoredWhen } from './ignored-rows.ts'

const twoOrMore: Kwarg<readonly string[], false> = {
  ...texts,
  expected: 'a list of two or more columns',
  describeProblem: (names) => {
    if (names.length < 2) return 'names fewer than two columns'
    const repeated = names.find((name, i) => names.indexOf(name) < i)
    return repeated === undefined ? undefined : `names the column '${repeated}' twice`
  },
}

const listKwargs = {
  column_list: required(twoOrMore),
  ignore_row_if: oneOf(['all_values_are_missing', 'any_value_is_missing', 'never']),
  mostly: share,
} as const

const compoundUnique = defineExpectation({
  name: 'expect_compound_columns_to_be_unique',
  kwargs: listKwargs,
  ask: (kwargs, table) =>
    askColumns(kwargs, table, (columns) => ({ kind: 'repeated', values: columns.map(valueOf) })),
})

/** Missing values are values here: two of them are alike. */
const uniqueWithinRecord = defineExpectation({
  name: 'expect_select_column_values_to_be_unique_within_record',
  kwargs: listKwargs,
  ask: (kwargs, table) =>
    askColumns(kwargs, table, (columns) => {
      const alike = columns.flatMap((a, i) => columns.slice(i + 1).map((b) => areAlike(a, b)))
      return { kind: 'where', condition: `(${alike.join(' OR ')})` }
    }),
})

const sumEqual = defineExpectation({
  name: 'expect_multicolumn_sum_to_equal',
  kwargs: { ...listKwargs, sum_total: required(number) },
  ask: ({ sum_total: total, ...kwargs }, table) =>
    askColumns(kwargs, table, (columns) => {
      const holds = `${sumOf(columns)} = ${numberLiteral(total)}`
      return { kind: 'where', condition: `NOT coalesce(${holds}, FALSE)` }
    }),
})

const valuesEqual = defineExpectation({
  name: 'expect_multicolumn_values_to_be_equal',
  kwargs: listKwargs,
  ask: (kwargs, table) =>
    askColumns(kwargs, table, ([first, ...others]) => {
      const alike = others.map((other) => areAlike(first!, other))
      return { kind: 'where', condition: `NOT (${alike.join(' AND ')})` }
    }),
})

interface ListKwargs {
  readonly column_list: readonly string[]
  readonly ignore_row_if: 'all_values_are_missing' | 'any_value_is_missing' | 'never' | undefined
  readonly mostly: number | undefined
}

function askColumns(
  { column_list: names, ignore_row_if: rule, mostly }: ListKwargs,
  table: Table,
  findUnexpected: (columns: readonly Column[]) => RowQuestion['unexpected'],
): RowQuestion {
  const found = names.map((name) => findColumn(table, name))
  const columns = found.map(({ column }) => column)
  return {
    kind: 'rows',
    ignored: ignoredWhen(columns, rule ?? 'all_values_are_missing'),
    unexpected: findUnexpected(columns),
    mostly: mostly ?? 1,
    shown: columns.map(shownValueOf),
    form: { kind: 'record', names: columns.map((column) => column.name) },
    hasMissing: true,
    warnings: found.flatMap(({ warnings }) => warnings),
  }
}

/** Values of different kinds, such as 1 and '1', are never alike. */
function areAlike(a: Column, b: Column): string {
  const other = [a, b].find((column) => column.family === 'other')
  if (other !== undefined) throw unfitColumn(other, 'numbers, texts, booleans, dates or times')
  if (isNumeric(a) && isNumeric(b)) return `${numberOf(a)} IS NOT DISTINCT FROM ${numberOf(b)}`
  if (a.family === b.family) return `${valueOf(a)} IS NOT DISTINCT FROM ${valueOf(b)}`
  return `(${valueOf(a)} IS NULL AND ${valueOf(b)} IS NULL)`
}

/** Integers of up to 64 bits are added exactly, anything else as DOUBLE from left to right, as numpy does. */
function sumOf(columns: readonly Column[]): string {
  const isExact = columns.every(({ type }) =>
    /^(U?(TINY|SMALL|BIG)INT|U?INTEGER|BOOLEAN)$/.test(type),
  )
  const type = isExact ? 'HUGEINT' : 'DOUBLE'
  return `(${columns.map((column) => `CAST(${numberOf(column)} AS ${type})`).join(' + ')})`
}

export const severalColumnTypes = [
  compoundUnique,
  uniqueWithinRecord,
  sumEqual,
  valuesEqual,
] as const
