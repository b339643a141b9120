/** The rows of a table in windows: of the calendar, or of so many rows. */

import { ToolkitError } from '../core/errors.ts'
import { nameHint } from '../core/nearest.ts'
import { type Database, quoteName, quoteText } from '../data/duckdb-store.ts'
import { type Column, freeName, momentOf, type Table } from '../data/table/column.ts'

/** Parts of the calendar, in UTC; a week begins on Monday. */
export const calendarWindows = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const

/** How rows are cut into windows. */
export type WindowSpec =
  | { readonly column: string; readonly size: (typeof calendarWindows)[number] }
  /** In the table's order. */
  | { readonly rows: number }

/** Some rows of a table. */
export interface TableWindow {
  readonly label: string
  readonly rows: number
  readonly table: Table
}

/** A window with fewer rows tells nothing. */
const fewestRows = 30

const mostWindows = 500

/**
 * The windows in order, without those of fewer than 30 rows. The column that cuts them is not in their tables:
 * its values differ by nature.
 *
 * @throws {ToolkitError} `DATA_COLUMN_MISSING`, `DATA_INCOMPARABLE` for a column without times, more than 500 windows, or none with 30 rows
 */
export async function readWindows(
  database: Database,
  table: Table,
  spec: WindowSpec,
): Promise<{ readonly windows: readonly TableWindow[]; readonly warnings: readonly string[] }> {
  const cut = 'rows' in spec ? cutByRows(table, spec.rows) : cutByTime(table, spec)
  const found = await database.query(
    `SELECT ${cut.window} AS label, count(*) AS n FROM ${cut.relation} GROUP BY 1 ORDER BY 1 LIMIT ${mostWindows + 2}`,
  )
  const outside = found.filter(({ label }) => label === null)
  const inside = found.filter(({ label }) => label !== null)
  if (inside.length > mostWindows) {
    throw new ToolkitError('DATA_INCOMPARABLE', `there are more than ${mostWindows} windows`, {
      hint: 'ask for larger ones',
    })
  }
  const kept = inside.filter(({ n }) => Number(n) >= fewestRows)
  if (kept.length === 0) {
    throw new ToolkitError('DATA_INCOMPARABLE', `no window has ${fewestRows} rows or more`, {
      hint: 'ask for larger ones',
    })
  }
  return {
    windows: kept.map(({ label, n }) => ({
      label: cut.show(String(label), Number(n)),
      rows: Number(n),
      table: {
        relation: `(SELECT * FROM ${cut.relation} WHERE ${cut.window} = ${quoteText(String(label))})`,
        columns: cut.columns,
      },
    })),
    warnings: [
      ...outside.map(({ n }) => `${n} rows without a time are in no window`),
      ...(kept.length === inside.length
        ? []
        : [
            `${inside.length - kept.length} windows with fewer than ${fewestRows} rows are not compared`,
          ]),
    ],
  }
}

interface Cut {
  /** The quoted name of the column with the labels. */
  readonly window: string
  readonly relation: string
  readonly columns: readonly Column[]
  readonly show: (label: string, rows: number) => string
}

function cutByTime(table: Table, spec: Extract<WindowSpec, { column: string }>): Cut {
  const column = findTime(table, spec.column)
  const time = quoteName(column.name)
  const begin = `CASE WHEN isfinite(${time}) THEN date_trunc('${spec.size}', ${momentOf(column)}) END`
  const window = labelColumnOf(table)
  return {
    window,
    relation: `(SELECT *, strftime(${begin}, '${labelFormats[spec.size]}') AS ${window} FROM ${table.relation})`,
    columns: table.columns.filter((one) => one !== column),
    show: (label) => label,
  }
}

function labelColumnOf({ columns }: Table): string {
  const names = columns.map(({ name }) => name)
  return quoteName(freeName(names, '#window'))
}

const labelFormats: Readonly<Record<(typeof calendarWindows)[number], string>> = {
  hour: '%Y-%m-%dT%H',
  day: '%Y-%m-%d',
  week: '%Y-%m-%d',
  month: '%Y-%m',
  quarter: '%Y-%m',
  year: '%Y',
}

function findTime({ columns }: Table, name: string): Column {
  const column = columns.find((one) => one.name === name)
  if (column === undefined) {
    const names = columns.map((one) => one.name)
    throw new ToolkitError('DATA_COLUMN_MISSING', `the current table has no column '${name}'`, {
      hint: nameHint(name, names, 'columns'),
    })
  }
  if (column.family === 'time') return column
  throw new ToolkitError(
    'DATA_INCOMPARABLE',
    `'${name}' is ${column.type}, and windows need times`,
    {
      hint: `name a column of dates or times, or say how many rows a window has`,
    },
  )
}

/** Labels are the number of the window, in digits that order as texts do. */
function cutByRows(table: Table, size: number): Cut {
  const number = `lpad(CAST((row_number() OVER () - 1) // ${size} AS VARCHAR), 12, '0')`
  const window = labelColumnOf(table)
  return {
    window,
    relation: `(SELECT *, ${number} AS ${window} FROM ${table.relation})`,
    columns: table.columns,
    show: (label, rows) => {
      const first = Number(label) * size
      return `rows ${first}–${first + rows - 1}`
    },
  }
}
