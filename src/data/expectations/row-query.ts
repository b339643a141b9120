/** Counts and samples the rows that break an expectation. */

import type { Database } from '../duckdb-store.ts'
import type { Table } from '../table/column.ts'
import type { RowQuestion } from './expectation-type.ts'
import { type Sample, sampleLimit } from './outcome.ts'

/**
 * The aggregates that tell whether rows break an expectation: all rows, rows
 * not left out, and a number that is 0 when none breaks it.
 */
export function listRowAggregates({ ignored, unexpected }: RowQuestion): readonly string[] {
  const kept = ignored === undefined ? '' : ` FILTER (NOT ${ignored})`
  const counted = ['count(*)', `count(*)${kept}`]
  if (unexpected.kind === 'where') {
    const { condition } = unexpected
    const broken = ignored === undefined ? condition : `NOT ${ignored} AND ${condition}`
    return [...counted, `count(*) FILTER (${broken})`]
  }
  // Copies beyond the first of each; how many rows have a copy is asked only when there are any.
  const { values } = unexpected
  const key = values.length === 1 ? values[0] : `row(${values.join(', ')})`
  return [...counted, `count(*)${kept} - count(DISTINCT ${key})${kept}`]
}

/** Counts the rows that break an expectation, and shows the first of them in the table's order. */
export async function sampleRows(
  database: Database,
  table: Table,
  question: RowQuestion,
): Promise<{ readonly unexpected: number; readonly samples: readonly Sample[] }> {
  const rows = await database.query(
    `SELECT *, count(*) OVER () AS unexpected FROM (${selectUnexpected(table, question)})
     ORDER BY position LIMIT ${sampleLimit}`,
  )
  return {
    unexpected: Number(rows[0]?.['unexpected'] ?? 0),
    samples: rows.map((row) => ({
      position: Number(row['position']),
      values: question.shown.map((_, i) => row[`v${i}`] ?? null),
    })),
  }
}

/** Columns position (from 0) and v0, v1, …: the shown values. */
function selectUnexpected({ relation }: Table, question: RowQuestion): string {
  const { ignored = 'FALSE', unexpected, shown } = question
  const keys = unexpected.kind === 'repeated' ? unexpected.values : []
  const columns = [
    'row_number() OVER () - 1 AS position',
    ...shown.map((sql, i) => `${sql} AS v${i}`),
    `${ignored} AS is_ignored`,
    unexpected.kind === 'where' ? `${unexpected.condition} AS is_unexpected` : undefined,
    ...keys.map((sql, i) => `${sql} AS k${i}`),
  ].filter((column) => column !== undefined)
  const isUnexpected =
    unexpected.kind === 'where'
      ? 'AND is_unexpected'
      : `QUALIFY count(*) OVER (PARTITION BY ${keys.map((_, i) => `k${i}`).join(', ')}) > 1`
  return `SELECT position, ${shown.map((_, i) => `v${i}`).join(', ')}
          FROM (SELECT ${columns.join(', ')} FROM ${relation})
          WHERE NOT is_ignored ${isUnexpected}`
}
