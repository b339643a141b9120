/** What a version is compared with, read once a window asks for it. */

import type { InputFields } from '../../core/input-field.ts'
import type { MonitoredPerformance } from '../../core/monitored-window.ts'
import { isTimeField } from '../../core/schema.ts'
import type { Database } from '../../data/duckdb-store.ts'
import {
  readDistributions,
  type TableDistributions,
} from '../../data/profile/read-distributions.ts'
import type { Table } from '../../data/table/column.ts'
import type { LabelledRows } from './log-view-store.ts'
import { withHours } from './hour-of-day.ts'
import type { OutputColumn } from './output-columns.ts'
import { listSegments, segmentSql, type Segment, type SegmentSpec } from './segments.ts'

/** What a version of a model is compared with. */
export interface VersionReference {
  readonly fields: InputFields
  /** In words, for whoever reads the result. */
  readonly what: string
  /** The inputs of known rows: a table, or what a stored profile says of one. */
  readonly inputs: Table | TableDistributions
  /** What the model gives. */
  readonly outputs: readonly OutputColumn[]
  /** What it gives to rows that it did not learn from, by the columns of the log; `undefined` when nobody can tell. */
  readonly readScores: () => Promise<TableDistributions | undefined>
  /** How good predictions were; without its segments. */
  readonly measure: (rows: LabelledRows) => Omit<MonitoredPerformance, 'segments'>
}

/** The reference as it is compared. */
export interface ObservedReference {
  readonly inputs: TableDistributions
  readonly scores: TableDistributions | undefined
  /** Without the rows of a segment where they cannot be told apart. */
  readonly segments: readonly (Segment & { readonly known: TableDistributions | undefined })[]
}

/** @param specs - how rows are told apart, by input */
export async function observeReference(
  database: Database,
  reference: VersionReference,
  specs: Readonly<Record<string, SegmentSpec>>,
): Promise<ObservedReference> {
  const names = Object.keys(reference.fields)
  const rows = withHours(reference.inputs, reference.fields)
  const inputs = await observeInputs(database, rows, names)
  const segments = []
  for (const [column, spec] of Object.entries(specs)) {
    const field = reference.fields[column]
    // Another version takes it, or the log leaves it out. A date is not a number everywhere, and a text has no bins.
    if (field === undefined || isTimeField(field)) continue
    if (field.type === 'text' && spec !== 'levels') continue
    for (const segment of listSegments(column, spec, inputs.columns.get(column))) {
      const known = await observeSegment(database, rows, { segment, names })
      segments.push({ ...segment, known })
    }
  }
  return { inputs, scores: await reference.readScores(), segments }
}

async function observeInputs(
  database: Database,
  side: Table | TableDistributions,
  columns: readonly string[],
): Promise<TableDistributions> {
  if ('relation' in side) return readDistributions(database, side, { columns })
  return {
    rows: side.rows,
    columns: new Map([...side.columns].filter(([name]) => columns.includes(name))),
  }
}

/** A stored profile has no rows to tell apart, nor has a table that lacks the column: later data may. */
async function observeSegment(
  database: Database,
  side: Table | TableDistributions,
  { segment, names }: { readonly segment: Segment; readonly names: readonly string[] },
): Promise<TableDistributions | undefined> {
  if (!('relation' in side)) return undefined
  if (!side.columns.some(({ name }) => name === segment.column)) return undefined
  const columns = names.filter((name) => name !== segment.column)
  const relation = `(SELECT * FROM ${side.relation} WHERE ${segmentSql(segment, segment.column)})`
  return readDistributions(database, { ...side, relation }, { columns })
}
