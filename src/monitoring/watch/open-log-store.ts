import { globSync } from 'node:fs'
import { join } from 'node:path'
import { openDatabase, quoteText } from '../../data/duckdb-store.ts'
import { describeTable } from '../../data/table/describe-table.ts'
import type { LogView } from './log-view-store.ts'

/** The log of one model, until it is disposed; `undefined` when it has no row. */
export async function openLogView(
  root: string,
  model: string,
): Promise<(LogView & Disposable) | undefined> {
  const pattern = join(root, model, 'predictions', '**', '*.parquet')
  if (globSync(pattern).length === 0) return undefined
  const labels = join(root, model, 'feedback', '**', '*.parquet')
  const feedback =
    globSync(labels).length === 0
      ? '(SELECT NULL::VARCHAR AS id, NULL::DOUBLE AS label WHERE false)'
      : `(SELECT id, arg_max(label, time) AS label FROM read_parquet(${quoteText(labels)}, union_by_name = true) GROUP BY id)`
  const rows = `read_parquet(${quoteText(pattern)}, union_by_name = true)`
  const database = await openDatabase()
  await database.run(
    `CREATE VIEW predictions AS SELECT p.*, f.label FROM ${rows} AS p LEFT JOIN ${feedback} AS f ON p.id = f.id`,
  )
  const { columns } = await describeTable(database, 'predictions')
  return {
    database,
    relation: 'predictions',
    columns: new Set(columns.map(({ name }) => name)),
    [Symbol.dispose]: () => database[Symbol.dispose](),
  }
}
