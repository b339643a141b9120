/** The expectation about the value that occurs most often. */

import { findColumn, showValue, valueOf } from '../../table/column.ts'
import { defineExpectation } from '../expectation-type.ts'
import { boolean, required, setMembers, text } from '../kwargs.ts'
import { toJsonValue } from '../outcome.ts'
import { matchMembers } from '../set-members.ts'

/** More modes than a reader can take in; GX lists them all, which may be the whole column. */
const shownModes = 100

const mostCommonInSet = defineExpectation({
  name: 'expect_column_most_common_value_to_be_in_set',
  kwargs: { column: required(text), value_set: required(setMembers), ties_okay: boolean },
  ask: ({ column: name, value_set: members, ties_okay: areTiesOkay }, table) => {
    const { column, warnings } = findColumn(table, name)
    const { condition } = matchMembers({ ...column, name: 'v0' }, members)
    const value = valueOf(column)
    return {
      kind: 'query',
      select: (relation) => `
        SELECT ${showValue(column, 'v0')} AS value, count(*) OVER () AS modes,
               count(*) FILTER (${condition}) OVER () AS members
        FROM (SELECT ${value} AS v0 FROM ${relation}
              WHERE ${value} IS NOT NULL GROUP BY 1
              QUALIFY count(*) = max(count(*)) OVER ())
        ORDER BY v0 LIMIT ${shownModes}`,
      judge: (rows) => {
        const modes = Number(rows[0]?.['modes'] ?? 0)
        const expected = Number(rows[0]?.['members'] ?? 0)
        return {
          success: areTiesOkay === true ? expected > 0 : modes === 1 && expected === 1,
          result: { observed_value: rows.map((row) => toJsonValue(row['value'] ?? null)) },
          warnings:
            modes > rows.length
              ? [`${modes} values are equally common; the first ${rows.length} are shown`]
              : [],
        }
      },
      warnings: [...warnings, ...matchMembers(column, members).warnings],
    }
  },
})

export const mostCommonValueTypes = [mostCommonInSet] as const
