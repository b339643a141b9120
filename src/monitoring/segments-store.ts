/** The rows of two tables by the value of one column. */

import { ToolkitError } from '../core/errors.ts'
import { nameHint } from '../core/nearest.ts'
import { type Database, quoteName, quoteText } from '../data/duckdb-store.ts'
import { readDistributions } from '../data/profile/read-distributions.ts'
import type { Column, Table } from '../data/table/column.ts'
import type { ObservedSegment } from './compare-observed.ts'

/** A segment with fewer rows on a side tells nothing. */
const fewestRows = 30

/** The largest segments that are compared. */
const mostSegments = 20

interface Tables {
  readonly reference: Table
  readonly current: Table
}

export interface Segments {
  /** The largest of the current table first. */
  readonly segments: readonly ObservedSegment[]
  /** What was left out, one sentence each. */
  readonly warnings: readonly string[]
}

/**
 * Up to 20 segments with at least 30 rows on both sides. Numbers are one value
 * whatever their type; rows without a value belong to no segment.
 *
 * @throws {ToolkitError} `DATA_COLUMN_MISSING` when a side has no such column
 */
export async function readSegments(
  database: Database,
  tables: Tables,
  name: string,
): Promise<Segments> {
  const reference = findSegmentColumn(tables.reference, name, 'reference')
  const current = findSegmentColumn(tables.current, name, 'current table')
  const before = await countRows(database, tables.reference.relation, reference)
  const after = await countRows(database, tables.current.relation, current)
  const isLarge = (value: string): boolean =>
    (before.get(value) ?? 0) >= fewestRows && (after.get(value) ?? 0) >= fewestRows
  const values = [...after.keys()].filter(isLarge)
  const segments: ObservedSegment[] = []
  for (const value of values.slice(0, mostSegments)) {
    segments.push({
      value,
      reference: await readSegment(database, tables.reference, { column: reference, value }),
      current: await readSegment(database, tables.current, { column: current, value }),
    })
  }
  const leftOut = new Set([...before.keys(), ...after.keys()]).size - segments.length
  const warnings =
    leftOut === 0
      ? []
      : [
          `${leftOut} segments of '${name}' are not compared: beyond the ${mostSegments} largest, or below ${fewestRows} rows on a side`,
        ]
  return { segments, warnings }
}

function findSegmentColumn({ columns }: Table, name: string, side: string): Column {
  const column = columns.find((one) => one.name === name)
  if (column !== undefined) return column
  const names = columns.map((one) => one.name)
  throw new ToolkitError('DATA_COLUMN_MISSING', `the ${side} has no column '${name}' of segments`, {
    hint: nameHint(name, names, 'columns'),
  })
}

/** By value, most rows first. */
async function countRows(
  database: Database,
  relation: string,
  column: Column,
): Promise<ReadonlyMap<string, number>> {
  const rows = await database.query(
    `SELECT ${labelOf(column)} AS value, count(*) AS n FROM ${relation}
     WHERE ${quoteName(column.name)} IS NOT NULL GROUP BY 1 ORDER BY n DESC, 1`,
  )
  return new Map(rows.map((row) => [String(row['value']), Number(row['n'])]))
}

function readSegment(
  database: Database,
  { relation, columns }: Table,
  { column, value }: { readonly column: Column; readonly value: string },
): ReturnType<typeof readDistributions> {
  const rows = `(SELECT * FROM ${relation} WHERE ${labelOf(column)} = ${quoteText(value)})`
  const others = columns.filter((one) => one.name !== column.name)
  return readDistributions(database, { relation: rows, columns: others })
}

/** A number's text has no '.0', so that an integer column and a decimal one have the same segments. */
function labelOf({ name, family }: Column): string {
  const text = `CAST(${quoteName(name)} AS VARCHAR)`
  return family === 'number' ? `regexp_replace(${text}, '\\.0+$', '')` : text
}
