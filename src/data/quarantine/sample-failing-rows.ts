/** Whole rows that break expectations which fail, for people to look at. */

import { type Database, quoteName } from '../duckdb-store.ts'
import { listColumns } from '../expectations/list-columns.ts'
import { type JsonObject, type JsonValue, toJsonValue } from '../expectations/outcome.ts'
import type { Suite } from '../expectations/suite.ts'
import { gravestFirst, type ValidationResult } from '../expectations/validation-result.ts'
import { type Column, freeName, shownValueOf, type Table } from '../table/column.ts'
import { brokenRows, listBrokenRows } from './broken-rows.ts'

/** Some of the rows that fail, in the table's order. */
export interface FailingRows {
  /** All rows that break an expectation which fails; with more than 20 such expectations, the first 20 of them. */
  readonly total: number
  /** Whether `total` is of all expectations that fail. */
  readonly isExact: boolean
  /** Those that are shown: columns of failed expectations first. */
  readonly columns: readonly string[]
  /** How many columns of the table are not shown. */
  readonly columnsLeftOut: number
  readonly rows: readonly FailingRow[]
}

/** One row with the reasons why it fails. */
export interface FailingRow {
  /** Counts from 0. */
  readonly position: number
  /** One for each of the shown columns; long texts are cut. */
  readonly cells: readonly JsonValue[]
  /** Places in the suite of the failed expectations that it breaks. */
  readonly broken: readonly number[]
}

const mostRows = 20
/** Each costs a scan; more would not fit among so many rows. */
const mostExpectations = 20
const rowsOfEach = 5
const mostColumns = 30
const longestText = 200

/**
 * The first rows of each expectation that fails because of rows, at most 20 in
 * all; `undefined` when none does. Nothing is read again when nothing failed.
 *
 * @param options.parameters - those of the suite are in it
 */
export async function sampleFailingRows(options: {
  readonly database: Database
  readonly table: Table
  readonly suite: Suite
  readonly result: ValidationResult
  readonly parameters: JsonObject
}): Promise<FailingRows | undefined> {
  const { database, table, suite, result, parameters } = options
  const all = listFailed(result)
  if (all.length === 0) return undefined
  const failed = all.slice(0, mostExpectations)
  const expectations = failed.map((index) => suite.expectations[index]!)
  const { problems: _, ...rest } = suite
  await listBrokenRows(database, table, { ...rest, expectations }, parameters)
  const columns = chooseColumns(
    table,
    expectations.flatMap(({ kwargs }) => listColumns(kwargs)),
  )
  const numbered = quoteName(
    freeName(
      table.columns.map(({ name }) => name),
      'mlpt_position',
    ),
  )
  const found = await database.query(
    `SELECT position, (SELECT count(DISTINCT position) FROM ${brokenRows}) AS total, broken,
       ${columns.map((column, i) => `${cutValue(column)} AS c${i}`).join(', ')}
     FROM (SELECT *, row_number() OVER () - 1 AS ${numbered} FROM ${table.relation}) t
     JOIN (
       SELECT position, string_agg(expectation, ',' ORDER BY expectation) AS broken
       FROM ${brokenRows} WHERE position IN (${firstPositions}) GROUP BY position
     ) b ON t.${numbered} = b.position ORDER BY position`,
  )
  return {
    total: Number(found[0]?.['total'] ?? 0),
    isExact: failed.length === all.length,
    columns: columns.map(({ name }) => name),
    columnsLeftOut: table.columns.length - columns.length,
    rows: found.map((row) => ({
      position: Number(row['position']),
      cells: columns.map((_column, i) => toJsonValue(row[`c${i}`] ?? null)),
      broken: String(row['broken'])
        .split(',')
        .map((place) => failed[Number(place)]!),
    })),
  }
}

/** Places in the suite of what single rows break, the worst first. */
function listFailed(result: ValidationResult): readonly number[] {
  return gravestFirst(result)
    .filter((one) => Number(one.result['unexpected_count']) > 0)
    .map(({ meta }) => meta.index)
}

/** Rows of every expectation, even where another one is broken by all rows before. */
const firstPositions = `SELECT position FROM (
  SELECT position, row_number() OVER (PARTITION BY expectation ORDER BY position) AS place FROM ${brokenRows}
) WHERE place <= ${rowsOfEach} GROUP BY position ORDER BY min(place), position LIMIT ${mostRows}`

/** In the table's order; of a wide table, those that the failures are about win. */
function chooseColumns({ columns }: Table, named: readonly string[]): readonly Column[] {
  const wanted = new Set(named.map((name) => name.toLowerCase()))
  const isWanted = ({ name }: Column): boolean => wanted.has(name.toLowerCase())
  const chosen = new Set(
    [...columns.filter(isWanted), ...columns.filter((column) => !isWanted(column))].slice(
      0,
      mostColumns,
    ),
  )
  return columns.filter((column) => chosen.has(column))
}

/** A text of many megabytes stays where it is. */
function cutValue(column: Column): string {
  const value = shownValueOf(column)
  return column.family === 'text' || column.family === 'other'
    ? `left(CAST(${value} AS VARCHAR), ${longestText})`
    : value
}
