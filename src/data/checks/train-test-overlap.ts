import { findColumn, shownValueOf, valueOf, type Column, type Table } from '../table/column.ts'
import { countRows, listNames, showCell } from './key-checks.ts'
import type { Suspicion } from './training-check.ts'
import type { TrainingTable } from './training-table.ts'

/**
 * Rows of the test table that the training table has too: the same key, or the
 * same values of all features. Sound tables have equal rows as well where there
 * are few values; more of them than training rows have among themselves count.
 *
 * @throws {ToolkitError} `DATA_COLUMN_MISSING` when the test table lacks a key or a feature
 */
export async function findOverlap(
  training: TrainingTable,
  test: Table,
): Promise<readonly Suspicion[]> {
  const keys = training.keys.map(({ column }) => column)
  const features = training.features.map(({ column }) => column)
  return [
    ...(keys.length === 0 ? [] : await findSharedKeys(training, test, keys)),
    ...(features.length === 0 ? [] : await findSharedRows(training, test, features)),
  ]
}

async function findSharedKeys(
  { database, table }: TrainingTable,
  test: Table,
  keys: readonly Column[],
): Promise<Suspicion[]> {
  const there = keys.map(({ name }) => findColumn(test, name).column)
  const shown = there.map((column, i) => `${shownValueOf(column)} AS s${i}`)
  const rows = await database.query(
    `SELECT *, count(*) OVER () AS n FROM (
       SELECT row_number() OVER () AS p, ${[...valuesOf(there), ...shown].join(', ')} FROM ${test.relation})
     SEMI JOIN (SELECT ${valuesOf(keys, 'o').join(', ')} FROM ${table.relation})
       ON ${keys.map((_, i) => `k${i} = o${i}`).join(' AND ')} ORDER BY p LIMIT 5`,
  )
  const count = Number(rows[0]?.['n'] ?? 0)
  if (count === 0) return []
  const names = keys.map(({ name }) => name)
  const examples = rows
    .map((row) => keys.map((_, i) => showCell(row[`s${i}`])).join(', '))
    .join('; ')
  return [
    {
      check: 'train_test_overlap',
      columns: names,
      numbers: { rows: count },
      message: `${countRows(count)} of the test table ${count === 1 ? 'has a' : 'have a'} ${listNames(names)} of the training table: ${examples}`,
      hint: 'split by key, so that no key is on both sides',
    },
  ]
}

function valuesOf(columns: readonly Column[], letter = 'k'): string[] {
  return columns.map((column, i) => `${valueOf(column)} AS ${letter}${i}`)
}

/** How many standard deviations more than expected are no chance. */
const deviations = 3

async function findSharedRows(
  training: TrainingTable,
  test: Table,
  features: readonly Column[],
): Promise<Suspicion[]> {
  const { database, table, rows } = training
  const there = features.map(({ name }) => findColumn(test, name).column)
  const all = features.map((_, i) => `k${i}`).join(', ')
  const [row] = await database.query(
    `WITH train AS (SELECT ${all}, count(*) AS n FROM
         (SELECT ${valuesOf(features).join(', ')} FROM ${table.relation}) GROUP BY ${all}),
       test AS (SELECT ${valuesOf(there, 'o').join(', ')} FROM ${test.relation})
     SELECT (SELECT count(*) FROM test) AS test_rows,
       (SELECT CAST(coalesce(sum(n), 0) AS BIGINT) FROM train WHERE n > 1) AS repeated,
       (SELECT count(*) FROM test SEMI JOIN train
          ON ${features.map((_, i) => `o${i} IS NOT DISTINCT FROM k${i}`).join(' AND ')}) AS shared`,
  )
  const shared = Number(row?.['shared'])
  const testRows = Number(row?.['test_rows'])
  const expected = (testRows * Number(row?.['repeated'])) / rows
  if (shared <= expected + deviations * Math.sqrt(expected + 1)) return []
  return [
    {
      check: 'train_test_overlap',
      columns: features.map(({ name }) => name),
      numbers: { rows: shared, expected },
      message: `${countRows(shared)} of ${testRows} in the test table ${shared === 1 ? 'is' : 'are'} in the training table with the same values of all ${features.length} features; about ${Math.round(expected)} would be by chance`,
      hint: 'remove duplicates before splitting, and keep rows of one origin on one side',
    },
  ]
}
