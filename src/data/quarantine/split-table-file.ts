/** Writes the rows that break no expectation, and those that break some, to two files. */

import { extname } from 'node:path'
import { replaceFileWith } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { type Database, quoteName } from '../duckdb-store.ts'
import type { JsonObject } from '../expectations/outcome.ts'
import type { Expectation, Suite } from '../expectations/suite.ts'
import { freeName, showValue, type Table } from '../table/column.ts'
import { brokenRows, listBrokenRows, type NotSplit } from './broken-rows.ts'

/** Where the rows of a table went. */
export interface Split {
  readonly passing: { readonly path: string; readonly rows: number }
  readonly failing: { readonly path: string; readonly rows: number }
  /** Rows that broke an expectation, by its 0-based place in the suite; without those that no row broke. */
  readonly broken: readonly { readonly index: number; readonly rows: number }[]
  /** Expectations that say nothing about single rows, or could not be asked. */
  readonly notSplit: readonly NotSplit[]
  /** The column of the failing rows that says why: a JSON list of expectations. */
  readonly reasonColumn: string
}

/**
 * Splits a table by a suite. Both files have the table's columns and its order;
 * the failing rows have one column more, with a JSON list of the expectations
 * they break: place in the suite, type, arguments and severity.
 *
 * @param options.path - 'rows.parquet' gives rows-passing.parquet and rows-failing.parquet; '.csv' is the other choice
 * @throws {ToolkitError} `CLI_USAGE` for another ending, `FILE_WRITE_FAILED`
 */
export async function splitTable(options: {
  readonly database: Database
  readonly table: Table
  readonly suite: Suite
  readonly parameters?: JsonObject
  readonly path: string
}): Promise<Split> {
  const { database, table, suite, parameters = {}, path } = options
  const { passing, failing, write } = nameFiles(database, path)
  const notSplit = await listBrokenRows(database, table, suite, {
    ...suite.suite_parameters,
    ...parameters,
  })
  await listReasons(database, suite.expectations)
  const names = table.columns.map(({ name }) => name)
  const position = freeName(names, 'mlpt_position')
  const reasonColumn = freeName(names, 'mlpt_reasons')
  const rows = `(SELECT *, row_number() OVER () - 1 AS ${position} FROM ${table.relation})`
  const columns = table.columns.map((column) => writtenValue(column, path)).join(', ')
  await write(
    passing,
    `SELECT ${columns} FROM ${rows} r ANTI JOIN ${brokenRows} b ON r.${position} = b.position ORDER BY r.${position}`,
  )
  await write(
    failing,
    `SELECT ${columns}, b.reasons AS ${reasonColumn} FROM ${rows} r JOIN (
       SELECT position, '[' || string_agg(reason, ',' ORDER BY expectation) || ']' AS reasons
       FROM ${brokenRows} JOIN ${reasonTable} USING (expectation) GROUP BY position
     ) b ON r.${position} = b.position ORDER BY r.${position}`,
  )
  const counts = await countRows(database, table)
  return {
    passing: { path: passing, rows: counts.rows - counts.failing },
    failing: { path: failing, rows: counts.failing },
    broken: counts.broken,
    notSplit,
    reasonColumn,
  }
}

type Write = (path: string, select: string) => Promise<void>

function nameFiles(
  database: Database,
  path: string,
): { readonly passing: string; readonly failing: string; readonly write: Write } {
  const ending = extname(path)
  if (ending !== '.parquet' && ending !== '.csv') {
    throw new ToolkitError('CLI_USAGE', `'${path}' is not named .parquet or .csv`, {
      hint: 'name what the two files are called without -passing and -failing, such as rows.parquet',
    })
  }
  const stem = path.slice(0, -ending.length)
  return {
    passing: `${stem}-passing${ending}`,
    failing: `${stem}-failing${ending}`,
    write: (target, select) =>
      replaceFileWith(target, (output) =>
        ending === '.csv'
          ? database.writeCsv(select, output)
          : database.writeParquet(select, output),
      ),
  }
}

/** Parquet keeps a value as it is; in CSV times are ISO 8601. */
function writtenValue(column: Table['columns'][number], path: string): string {
  const name = quoteName(column.name)
  const value = `r.${name}`
  const isText = path.endsWith('.csv') && column.family === 'time'
  return isText ? `${showValue(column, value)} AS ${name}` : value
}

const reasonTable = 'temp."mlpt reasons"'

async function listReasons(
  database: Database,
  expectations: readonly Expectation[],
): Promise<void> {
  await database.run(
    'CREATE OR REPLACE TEMP TABLE "mlpt reasons" (expectation INTEGER, reason VARCHAR)',
  )
  for (const [index, { type, kwargs, severity }] of expectations.entries()) {
    const reason = JSON.stringify({ index, type, kwargs, severity })
    await database.run(`INSERT INTO ${reasonTable} VALUES (?, ?)`, [index, reason])
  }
}

async function countRows(
  database: Database,
  { relation }: Table,
): Promise<{ readonly rows: number; readonly failing: number; readonly broken: Split['broken'] }> {
  const [counted] = await database.query(
    `SELECT (SELECT count(*) FROM ${relation}) AS rows,
       (SELECT count(DISTINCT position) FROM ${brokenRows}) AS failing`,
  )
  const broken = await database.query(
    `SELECT expectation, count(*) AS rows FROM ${brokenRows} GROUP BY expectation ORDER BY expectation`,
  )
  return {
    rows: Number(counted?.['rows']),
    failing: Number(counted?.['failing']),
    broken: broken.map((row) => ({ index: Number(row['expectation']), rows: Number(row['rows']) })),
  }
}
