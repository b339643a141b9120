/** Expectations about the table as a whole: its rows, and the names and order of its columns. */

import { numberBoundKwargs, findBoundProblems, numberLiteral, withinSql } from '../bounds.ts'
import { defineExpectation, type Question } from '../expectation-type.ts'
import { boolean, count, integer, required, text, texts } from '../kwargs.ts'
import type { JsonValue, Outcome } from '../outcome.ts'

const { min_value, max_value, strict_min, strict_max } = numberBoundKwargs

const rowCountBetween = defineExpectation({
  name: 'expect_table_row_count_to_be_between',
  kwargs: { min_value, max_value, strict_min, strict_max },
  findProblems: findBoundProblems,
  ask: (bounds) => askRowCount(withinSql('count(*)', bounds, numberLiteral)),
})

const rowCountEqual = defineExpectation({
  name: 'expect_table_row_count_to_equal',
  kwargs: { value: required(count) },
  ask: ({ value }) => askRowCount(`count(*) = ${value}`),
})

function askRowCount(condition: string): Question {
  return {
    kind: 'aggregate',
    aggregates: ['count(*)', condition],
    judge: ([rows, isMet]) => ({
      success: isMet === true,
      result: { observed_value: Number(rows) },
    }),
  }
}

const columnCountBetween = defineExpectation({
  name: 'expect_table_column_count_to_be_between',
  kwargs: { min_value, max_value },
  findProblems: (bounds) =>
    findBoundProblems({ ...bounds, strict_min: undefined, strict_max: undefined }),
  ask: ({ min_value: min = -Infinity, max_value: max = Infinity }, { columns }) =>
    answer({
      success: columns.length >= min && columns.length <= max,
      result: { observed_value: columns.length },
    }),
})

const columnCountEqual = defineExpectation({
  name: 'expect_table_column_count_to_equal',
  kwargs: { value: required(count) },
  ask: ({ value }, { columns }) =>
    answer({
      success: columns.length === value,
      result: { observed_value: columns.length },
    }),
})

const columnsMatchOrderedList = defineExpectation({
  name: 'expect_table_columns_to_match_ordered_list',
  kwargs: { column_list: required(texts) },
  ask: ({ column_list: wanted }, { columns }) => {
    const found = columns.map((column) => column.name)
    const mismatched = listMismatches(wanted, found)
    return answer({
      success: mismatched.length === 0,
      result: {
        observed_value: found,
        ...(mismatched.length > 0 && { details: { mismatched } }),
      },
    })
  },
})

function listMismatches(wanted: readonly string[], found: readonly string[]): JsonValue[] {
  const length = Math.max(wanted.length, found.length)
  return Array.from({ length }, (_, i) => i)
    .filter((i) => wanted[i] !== found[i])
    .map((i) => ({
      'Expected Column Position': i,
      Expected: wanted[i] ?? null,
      Found: found[i] ?? null,
    }))
}

const columnsMatchSet = defineExpectation({
  name: 'expect_table_columns_to_match_set',
  kwargs: { column_set: required(texts), exact_match: boolean },
  ask: ({ column_set: wanted, exact_match: isExact = true }, { columns }) => {
    const found = columns.map((column) => column.name).sort()
    const unexpected = found.filter((name) => !wanted.includes(name))
    const missing = [...new Set(wanted)].filter((name) => !found.includes(name)).sort()
    const mismatched = {
      ...(unexpected.length > 0 && { unexpected }),
      ...(missing.length > 0 && { missing }),
    }
    return answer({
      success: missing.length === 0 && (unexpected.length === 0 || !isExact),
      result: {
        observed_value: found,
        ...(Object.keys(mismatched).length > 0 && { details: { mismatched } }),
      },
    })
  },
})

const columnExists = defineExpectation({
  name: 'expect_column_to_exist',
  kwargs: { column: required(text), column_index: integer },
  ask: ({ column, column_index: index }, { columns }) => {
    const names = columns.map((each) => each.name)
    const isThere = index === undefined ? names.includes(column) : names.at(index) === column
    return answer({ success: isThere, result: {} })
  },
})

function answer(outcome: Outcome): Question {
  return { kind: 'shape', outcome }
}

export const tableShapeTypes = [
  rowCountBetween,
  rowCountEqual,
  columnCountBetween,
  columnCountEqual,
  columnsMatchOrderedList,
  columnsMatchSet,
  columnExists,
] as const
