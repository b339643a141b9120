/** Expectations about the set of a column's distinct values; missing values are not in it. */

import { type Column, findColumn, showValue, type Table, valueOf } from '../../table/column.ts'
import { defineExpectation, type Question, type StagedQuestion } from '../expectation-type.ts'
import { type Kwarg, required, type SetMember, setMembers, text } from '../kwargs.ts'
import { type JsonObject, toJsonValue } from '../outcome.ts'
import { listMembers, matchMembers, type SqlMember } from '../set-members.ts'
import { countDistinctWhere } from '../../count-where.ts'

/** As many as GX lists, whatever the result format. */
const shownValues = 20

const someMembers: Kwarg<readonly SetMember[], false> = {
  ...setMembers,
  describeProblem: (members) => (members.length === 0 ? 'is empty' : undefined),
}

const inSet = defineExpectation({
  name: 'expect_column_distinct_values_to_be_in_set',
  kwargs: { column: required(text), value_set: required(someMembers) },
  ask: (kwargs, table) => askSets(kwargs, table, { unexpected: true, missing: false }),
})

const containSet = defineExpectation({
  name: 'expect_column_distinct_values_to_contain_set',
  kwargs: { column: required(text), value_set: required(setMembers) },
  ask: (kwargs, table) => askSets(kwargs, table, { unexpected: false, missing: true }),
})

const equalSet = defineExpectation({
  name: 'expect_column_distinct_values_to_equal_set',
  kwargs: { column: required(text), value_set: required(setMembers) },
  ask: (kwargs, table) => askSets(kwargs, table, { unexpected: true, missing: true }),
})

/** Which side of the comparison counts: values that are no members, members that are no values. */
interface Sides {
  readonly unexpected: boolean
  readonly missing: boolean
}

interface Comparison {
  readonly column: Column
  /** SQL condition that a value is a member. */
  readonly condition: string
  /** Conditions on a column `v0` of distinct values. */
  readonly members: readonly SqlMember[]
  readonly sides: Sides
}

/** Counts come first; values are listed only when there are any to list. */
function askSets(
  {
    column: name,
    value_set,
  }: { readonly column: string; readonly value_set: readonly SetMember[] },
  table: Table,
  sides: Sides,
): StagedQuestion {
  const { column, warnings } = findColumn(table, name)
  const { condition, warnings: unfit } = matchMembers(column, value_set)
  const comparison = {
    column,
    condition,
    members: listMembers({ ...column, name: 'v0' }, value_set),
    sides,
  }
  const value = valueOf(column)
  return {
    kind: 'staged',
    aggregates: [
      countDistinctWhere(value, `NOT ${condition}`),
      countDistinctWhere(value, condition),
    ],
    next: ([others, matched]) => {
      const unexpected = sides.unexpected ? Number(others) : 0
      const missing = sides.missing ? comparison.members.length - Number(matched) : 0
      return askLists(comparison, { unexpected, missing })
    },
    warnings: [...warnings, ...unfit],
  }
}

interface SetCounts {
  readonly unexpected: number
  readonly missing: number
}

function askLists(comparison: Comparison, counts: SetCounts): Question {
  const { unexpected, missing } = counts
  const { sides, members } = comparison
  const describe = (lists: Lists): JsonObject => ({
    observed_value: null,
    ...(sides.unexpected && { unexpected_count: unexpected }),
    ...(sides.missing && { missing_count: missing }),
    ...(sides.unexpected && { partial_unexpected_list: lists.unexpected.map(toJsonValue) }),
    ...(sides.missing && { partial_missing_list: lists.missing.map(toJsonValue) }),
  })
  const success = unexpected === 0 && missing === 0
  if (success) return { kind: 'shape', outcome: { success, result: describe(noLists) } }
  return {
    kind: 'query',
    select: (relation) => selectLists(comparison, relation),
    judge: (rows) => {
      const others = rows.filter((row) => row['member'] === null)
      const found = new Set(rows.map((row) => row['member']))
      const absent = members.filter((_, i) => !found.has(i)).map((member) => member.given)
      return {
        success,
        result: describe({
          unexpected: others.map((row) => row['value'] ?? null),
          missing: absent.slice(0, shownValues),
        }),
      }
    },
  }
}

interface Lists {
  readonly unexpected: readonly (string | number | bigint | boolean | null)[]
  readonly missing: readonly SetMember[]
}

const noLists: Lists = { unexpected: [], missing: [] }

/** Rows with a value that is no member, in order, and rows with the place of a member that is a value. */
function selectLists({ column, condition, members, sides }: Comparison, relation: string): string {
  const distinct = (which: string): string =>
    `(SELECT DISTINCT ${valueOf(column)} AS v0 FROM ${relation}
      WHERE ${valueOf(column)} IS NOT NULL AND ${which})`
  const others = `(SELECT ${showValue(column, 'v0')} AS value, NULL::INTEGER AS member
    FROM ${distinct(`NOT ${condition}`)} ORDER BY v0 LIMIT ${shownValues})`
  const places = members
    .map(({ matches }, i) => (matches === undefined ? '' : ` WHEN ${matches} THEN ${i}`))
    .join('')
  const present = `(SELECT NULL AS value, CASE${places} END AS member FROM ${distinct(condition)})`
  const parts = [
    sides.unexpected ? others : undefined,
    sides.missing && places !== '' ? present : undefined,
  ].filter((part) => part !== undefined)
  return parts.length === 0
    ? 'SELECT NULL AS value, NULL::INTEGER AS member WHERE FALSE'
    : parts.join(' UNION ALL ')
}

export const distinctValueTypes = [inSet, containSet, equalSet] as const
