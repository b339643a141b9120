/** What a report shows besides the result: how the columns look, and rows that fail. */

import type { Database } from './duckdb-store.ts'
import { listColumns } from './expectations/list-columns.ts'
import type { Suite } from './expectations/suite.ts'
import type { ValidationResult } from './expectations/validation-result.ts'
import { profileTable } from './profile/profile-table.ts'
import type { Profile } from './profile/profile.ts'
import { type FailingRows, sampleFailingRows } from './quarantine/sample-failing-rows.ts'
import type { Column, Table } from './table/column.ts'

/** Gathered from the same table as the result. */
export interface ValidationEvidence {
  /** Columns of the whole table, of which `profile` has some. */
  readonly columnCount: number
  /** Of the columns that are shown: those of failed expectations first, then those of others, then the rest. */
  readonly profile: Profile
  /** Absent when no row breaks a failed expectation. */
  readonly failingRows?: FailingRows
}

/** More columns than these are not drawn, so they are not read. */
const mostColumns = 60

/** Reads the table once more for the pictures, and once for each failed expectation that single rows break. */
export async function gatherEvidence(options: {
  readonly database: Database
  readonly table: Table
  readonly suite: Suite
  readonly result: ValidationResult
  /** Whether rows of the data are wanted; not so for a page that is kept with the code. */
  readonly hasRows?: boolean
}): Promise<ValidationEvidence> {
  const { database, table, result, hasRows = true } = options
  const failingRows = hasRows
    ? await sampleFailingRows({ ...options, parameters: result.suite_parameters })
    : undefined
  const columns = orderColumns(table.columns, result).slice(0, mostColumns)
  const profile = await profileTable(database, { ...table, columns })
  return {
    columnCount: table.columns.length,
    profile,
    ...(failingRows !== undefined && { failingRows }),
  }
}

function orderColumns(
  columns: readonly Column[],
  { results }: ValidationResult,
): readonly Column[] {
  const namedBy = (success: boolean): ReadonlySet<string> =>
    new Set(
      results
        .filter((one) => one.success === success)
        .flatMap(({ expectation_config: { kwargs } }) => listColumns(kwargs))
        .map((name) => name.toLowerCase()),
    )
  const [failing, holding] = [namedBy(false), namedBy(true)]
  const rankOf = ({ name }: Column): number => {
    const lower = name.toLowerCase()
    return failing.has(lower) ? 0 : holding.has(lower) ? 1 : 2
  }
  return columns.toSorted((a, b) => rankOf(a) - rankOf(b))
}
