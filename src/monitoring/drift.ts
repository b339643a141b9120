import { ToolkitError } from '../core/errors.ts'
import type { Database } from '../data/duckdb-store.ts'
import { readDistributions, type TableDistributions } from '../data/profile/read-distributions.ts'
import type { Table } from '../data/table/column.ts'
import { compareObserved } from './compare-observed.ts'
import type { DriftOptions } from './drift-options.ts'
import type { DriftReport } from './drift-report.ts'
import { readSegments } from './segments-store.ts'

/**
 * Compares the columns of a table with those of a reference: their values,
 * missing and infinite ones and values never seen before, each by a test and by
 * the size of the difference. A column that either side lacks counts as drifted.
 *
 * @throws {ToolkitError} `DATA_FILE_INVALID` when a side has no rows, `DATA_COLUMN_MISSING` when the
 *   options name a column that neither side has, `CONFIG_INVALID` for a method that is unknown or
 *   cannot compare a column, and for a threshold or share out of range.
 */
export async function compareTables(
  options: DriftOptions & {
    readonly database: Database
    /** A table, or what a stored profile knows of one. */
    readonly reference: Table | TableDistributions
    readonly current: Table | TableDistributions
    /** Name of a column: the rows of each of its values are compared too; for two tables. */
    readonly segment?: string
  },
): Promise<DriftReport> {
  const { database, reference, current, segment, ...rest } = options
  const pair = {
    reference: await observe(database, reference, 'reference'),
    current: await observe(database, current, 'current data'),
  }
  const segments =
    segment === undefined
      ? { segments: [], warnings: [] }
      : await readSegments(
          database,
          { reference: asTable(reference), current: asTable(current) },
          segment,
        )
  const report = compareObserved(pair, rest, segments.segments)
  return { ...report, warnings: [...segments.warnings, ...report.warnings] }
}

function asTable(side: Table | TableDistributions): Table {
  if ('relation' in side) return side
  throw new ToolkitError('CLI_USAGE', 'a stored profile has no rows to compare by segments', {
    hint: 'compare two table files, or leave --segment out',
  })
}

/** What is known of a side, read unless it is. @throws {ToolkitError} `DATA_FILE_INVALID` when it has no rows */
export async function observe(
  database: Database,
  side: Table | TableDistributions,
  name: string,
): Promise<TableDistributions> {
  const observed = 'relation' in side ? await readDistributions(database, side) : side
  if (observed.rows > 0) return observed
  throw new ToolkitError('DATA_FILE_INVALID', `the ${name} has no rows`, {
    hint: 'compare tables that have some',
  })
}
