/** Expectations about two columns of the same row. */

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
import { defineExpectation, type RowQuestion } from '../expectation-type.ts'
import {
  boolean,
  type Kwarg,
  oneOf,
  required,
  type SetMember,
  setMembers,
  share,
  text,
} from '../kwargs.ts'
import { matchMembers } from '../set-members.ts'
import { ignoredWhen } from './ignored-rows.ts'

const pairKwargs = {
  column_A: required(text),
  column_B: required(text),
  ignore_row_if: oneOf(['both_values_are_missing', 'either_value_is_missing', 'neither']),
  mostly: share,
} as const

const pairEqual = defineExpectation({
  name: 'expect_column_pair_values_to_be_equal',
  kwargs: pairKwargs,
  ask: (kwargs, table) =>
    askPairs(kwargs, table, (a, b) => {
      const [left, right] = comparable(a, b)
      return { holds: `${left} = ${right}` }
    }),
})

const pairGreater = defineExpectation({
  name: 'expect_column_pair_values_a_to_be_greater_than_b',
  kwargs: { ...pairKwargs, or_equal: boolean },
  ask: ({ or_equal: orEqual, ...kwargs }, table) =>
    askPairs(kwargs, table, (a, b) => {
      const [left, right] = comparable(a, b)
      return { holds: `${left} ${orEqual === true ? '>=' : '>'} ${right}` }
    }),
})

type Pair = readonly [SetMember, SetMember]

const valuePairs: Kwarg<readonly Pair[], false> = {
  expected: 'a list of pairs such as [[1, 2], ["a", null]]',
  isRequired: false,
  accepts: (value): value is readonly Pair[] =>
    Array.isArray(value) &&
    value.every((pair) => Array.isArray(pair) && pair.length === 2 && setMembers.accepts(pair)),
}

/** Null in a pair matches a missing value. */
const pairInSet = defineExpectation({
  name: 'expect_column_pair_values_to_be_in_set',
  kwargs: { ...pairKwargs, value_pairs_set: required(valuePairs) },
  ask: ({ value_pairs_set: pairs, ...kwargs }, table) =>
    askPairs(kwargs, table, (a, b) => {
      const matches = pairs.map(
        ([first, second]) => `(${matchMember(a, first)} AND ${matchMember(b, second)})`,
      )
      const unfit = [
        ...matchMembers(
          a,
          pairs.map(([first]) => first),
        ).warnings,
        ...matchMembers(
          b,
          pairs.map(([, second]) => second),
        ).warnings,
      ]
      return {
        holds: matches.length === 0 ? 'FALSE' : `(${matches.join(' OR ')})`,
        warnings: unfit,
      }
    }),
})

function matchMember(column: Column, member: SetMember): string {
  return member === null ? `${valueOf(column)} IS NULL` : matchMembers(column, [member]).condition
}

interface PairKwargs {
  readonly column_A: string
  readonly column_B: string
  readonly ignore_row_if:
    | 'both_values_are_missing'
    | 'either_value_is_missing'
    | 'neither'
    | undefined
  readonly mostly: number | undefined
}

/** A row of which one side is missing does not hold, as in pandas. */
function askPairs(
  kwargs: PairKwargs,
  table: Table,
  compare: (
    a: Column,
    b: Column,
  ) => { readonly holds: string; readonly warnings?: readonly string[] },
): RowQuestion {
  const a = findColumn(table, kwargs.column_A)
  const b = findColumn(table, kwargs.column_B)
  const columns = [a.column, b.column]
  const { holds, warnings = [] } = compare(a.column, b.column)
  return {
    kind: 'rows',
    ignored: ignoredWhen(columns, kwargs.ignore_row_if ?? 'both_values_are_missing'),
    unexpected: { kind: 'where', condition: `NOT coalesce(${holds}, FALSE)` },
    mostly: kwargs.mostly ?? 1,
    shown: columns.map(shownValueOf),
    form: { kind: 'list' },
    hasMissing: true,
    warnings: [...a.warnings, ...b.warnings, ...warnings],
  }
}

/** @throws {ToolkitError} `DATA_CHECK_FAILED` for columns of different kinds. */
function comparable(a: Column, b: Column): readonly [string, string] {
  if (isNumeric(a) && isNumeric(b)) return [numberOf(a), numberOf(b)]
  if (a.family === b.family && a.family !== 'other') return [valueOf(a), valueOf(b)]
  throw unfitColumn(a, `two columns of one kind: '${b.name}' is ${b.type}`)
}

export const columnPairTypes = [pairEqual, pairGreater, pairInSet] as const
