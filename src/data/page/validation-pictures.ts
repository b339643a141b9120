/** Pictures of the columns that a suite is about, with what it says of their values drawn in. */

import { noMarkup, type Markup } from '../../core/markup.ts'
import { listColumns } from '../expectations/list-columns.ts'
import type { ExpectationResult, ValidationResult } from '../expectations/validation-result.ts'
import type { ColumnProfile, Profile } from '../profile/profile.ts'
import { drawColumnPicture } from './column-picture.ts'
import { readColumnLimits } from './column-limits.ts'

/** The expectations about each column, by its name in lower case. */
export type ResultsByColumn = ReadonlyMap<string, readonly ExpectationResult[]>

/** Those about the table as a whole are of no column. */
export function groupByColumn({ results }: ValidationResult): ResultsByColumn {
  const grouped = new Map<string, ExpectationResult[]>()
  for (const one of results) {
    const { type, kwargs } = one.expectation_config
    if (type.startsWith('expect_table_')) continue
    for (const name of new Set(listColumns(kwargs).map((each) => each.toLowerCase()))) {
      const list = grouped.get(name)
      if (list === undefined) grouped.set(name, [one])
      else list.push(one)
    }
  }
  return grouped
}

/** A column with the limits that all expectations about it alone set. */
export function drawLimitedPicture(
  column: ColumnProfile,
  options: {
    readonly profile: Profile
    readonly results: readonly ExpectationResult[]
    readonly previous: Profile | undefined
  },
): Markup {
  const { profile, results, previous } = options
  if (profile.rows === 0) return noMarkup
  const own = results.filter(({ expectation_config: { kwargs } }) => 'column' in kwargs)
  return drawColumnPicture(column, {
    rows: profile.rows,
    previous,
    before: previous?.columns.find(({ name }) => name === column.name),
    limits: readColumnLimits(own, column.family),
  })
}
