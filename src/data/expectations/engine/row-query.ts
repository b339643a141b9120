/** Counts and samples the rows that break an expectation. */

import { quoteName, type Cell, type Database } from '../../duckdb-store.ts'
import { shownValueOf } from '../../table/column.ts'
import type { RowQuestion } from '../expectation-type.ts'
import { toJsonValue, type Sample } from '../outcome.ts'
import { createJudgedTable } from './judged-values.ts'
import { keptRows, type RowSource } from './row-source.ts'
import { countDistinctWhere, countWhere } from '../../count-where.ts'

/**
 * The aggregates that tell whether rows break an expectation: all rows, rows
 * not left out and, where one scan can tell, a number that is 0 when none breaks it.
 */
export function listRowAggregates(question: RowQuestion): readonly string[] {
  const { ignored, needed, unexpected } = question
  const all = ignored === undefined ? 'count(*)' : countWhere(`NOT ${ignored}`)
  const considered = needed === undefined ? all : `count(${needed})`
  const counted = ['count(*)', considered]
  switch (unexpected.kind) {
    case 'where': {
      const { condition } = unexpected
      const broken = ignored === undefined ? condition : `NOT ${ignored} AND ${condition}`
      return [...counted, countWhere(broken)]
    }
    case 'repeated': {
      // Copies beyond the first of each; how many rows have a copy is asked only when there are any.
      const { values } = unexpected
      const key = values.length === 1 ? values[0]! : `row(${values.join(', ')})`
      // A missing value alone is not counted anyway.
      const distinct =
        ignored === undefined || key === needed
          ? `count(DISTINCT ${key})`
          : countDistinctWhere(key, `NOT ${ignored}`)
      return [...counted, `${considered} - ${distinct}`]
    }
    case 'succession':
    case 'judged':
      return counted
  }
}

/** Which rows to show and what of them. */
export interface SampleWish {
  readonly limit: number
  /** Columns whose values name a row, besides its position. */
  readonly indexColumns: readonly string[]
  readonly hasWholeRows: boolean
}

/**
 * How many rows break an expectation, and a way to see the first of them in the table's order.
 *
 * @param cells - of {@link listRowAggregates}
 */
export async function findUnexpected(
  database: Database,
  source: RowSource,
  question: RowQuestion,
  cells: readonly Cell[],
): Promise<{
  readonly count: number
  readonly sample: (wish: SampleWish) => Promise<readonly Sample[]>
}> {
  const [, kept = 0, broken = 0] = cells.map(Number)
  const none = { count: 0, sample: async () => [] }
  const { unexpected } = question
  if (kept === 0 || (broken === 0 && cells.length === 3)) return none
  const found = await selectUnexpected(database, source, question)
  const count = unexpected.kind === 'where' ? broken : await countUnexpected(database, found)
  if (count === 0) return none
  return { count, sample: (wish) => sampleRows(database, source, question, { ...found, wish }) }
}

/** How a statement finds the unexpected rows. */
interface Selection {
  /** One row with the number of unexpected rows, in `unexpected`. */
  readonly counting: string
  /** Columns of the inner SELECT. */
  readonly columns: readonly string[]
  /** Joined to the inner SELECT, named `s`. */
  readonly join: string
  /** Condition on the rows after the join. */
  readonly where: string
}

async function selectUnexpected(
  database: Database,
  source: RowSource,
  { ignored = 'FALSE', unexpected }: RowQuestion,
): Promise<Selection> {
  const from = `FROM ${keptRows(source).relation} WHERE NOT (${ignored})`
  switch (unexpected.kind) {
    case 'where': {
      const { condition } = unexpected
      return {
        counting: '',
        columns: [`${condition} AS is_unexpected`],
        join: '',
        where: 'is_unexpected',
      }
    }
    case 'repeated': {
      const keys = unexpected.values.map((sql, i) => `${sql} AS k${i}`)
      const names = keys.map((_, i) => `k${i}`)
      const repeated = `SELECT ${keys.join(', ')}, count(*) AS copies ${from} GROUP BY ${names.map((_, i) => i + 1).join(', ')} HAVING count(*) > 1`
      return {
        counting: `SELECT sum(copies) AS unexpected FROM (${repeated})`,
        columns: keys,
        join: `SEMI JOIN (${repeated}) r ON ${names.map((key) => `s.${key} IS NOT DISTINCT FROM r.${key}`).join(' AND ')}`,
        where: 'TRUE',
      }
    }
    case 'succession': {
      const { value, breaks } = unexpected
      const steps = `SELECT ${value} AS current, lag(${value}) OVER () AS previous ${from}`
      return {
        counting: `SELECT count(*) AS unexpected FROM (${steps}) WHERE previous IS NOT NULL AND ${breaks('previous', 'current')}`,
        columns: [`${value} AS current`],
        join: '',
        where: `previous IS NOT NULL AND ${breaks('previous', 'current')}`,
      }
    }
    case 'judged': {
      const judged = await createJudgedTable(
        database,
        `SELECT DISTINCT ${unexpected.value} AS value ${from}`,
        unexpected.isExpected,
      )
      const among = `IN (SELECT value FROM ${quoteName(judged)})`
      return {
        counting: `SELECT count(*) AS unexpected ${from} AND ${unexpected.value} ${among}`,
        columns: [`${unexpected.value} AS judged`],
        join: '',
        where: `judged ${among}`,
      }
    }
  }
}

async function countUnexpected(database: Database, { counting }: Selection): Promise<number> {
  const [row] = await database.query(counting)
  return Number(row?.['unexpected'] ?? 0)
}

async function sampleRows(
  database: Database,
  source: RowSource,
  question: RowQuestion,
  { wish, ...selection }: Selection & { readonly wish: SampleWish },
): Promise<readonly Sample[]> {
  const { shown } = question
  if (wish.limit === 0) return []
  const indexed = wish.indexColumns
  const whole = wish.hasWholeRows ? source.table.columns : []
  const wanted = [
    ...shown.map((sql, i) => `${sql} AS v${i}`),
    ...indexed.map((name, i) => `${quoteName(name)} AS x${i}`),
    ...whole.map((column, i) => `${shownValueOf(column)} AS w${i}`),
  ]
  const outer = [
    'position',
    ...shown.map((_, i) => `v${i}`),
    ...indexed.map((_, i) => `x${i}`),
    ...whole.map((_, i) => `w${i}`),
  ]
  // A scan gives rows in their order, and ends with the last row wanted when nothing is left to sort.
  const order = question.unexpected.kind === 'where' ? '' : 'ORDER BY position'
  const found = await database.query(
    `SELECT ${outer.join(', ')} FROM ${joinUnexpected(source, question, selection, wanted)} ${order} LIMIT ${wish.limit}`,
  )
  return found.map((row) => ({
    position: Number(row['position']),
    values: shown.map((_, i) => row[`v${i}`] ?? null),
    index: Object.fromEntries(indexed.map((name, i) => [name, toJsonValue(row[`x${i}`] ?? null)])),
    row: Object.fromEntries(whole.map(({ name }, i) => [name, toJsonValue(row[`w${i}`] ?? null)])),
  }))
}

/** A SELECT of the 0-based positions, in the whole table, of the rows that break an expectation. */
export async function selectPositions(
  database: Database,
  source: RowSource,
  question: RowQuestion,
): Promise<string> {
  const selection = await selectUnexpected(database, source, question)
  return `SELECT position FROM ${joinUnexpected(source, question, selection, [])}`
}

/** What stands after FROM for the unexpected rows: their `position` and the wanted values. */
function joinUnexpected(
  { table, condition }: RowSource,
  { ignored = 'FALSE', unexpected }: RowQuestion,
  { columns, join, where }: Selection,
  wanted: readonly string[],
): string {
  const inner = [
    'row_number() OVER () - 1 AS position',
    ...wanted,
    `${ignored} AS is_ignored`,
    `${condition ?? 'TRUE'} AS is_kept`,
    ...columns,
  ]
  const rows = `SELECT ${inner.join(', ')} FROM ${table.relation}`
  const considered = 'is_kept AND NOT is_ignored'
  const candidates =
    unexpected.kind === 'succession'
      ? `(SELECT *, lag(current) OVER () AS previous FROM (${rows}) WHERE ${considered})`
      : `(SELECT * FROM (${rows}) WHERE ${considered})`
  return `${candidates} s ${join} WHERE ${where}`
}
