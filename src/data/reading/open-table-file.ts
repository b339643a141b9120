import { quoteText, type Database } from '../duckdb-store.ts'
import { describeTable } from '../table/describe-table.ts'
import type { ReadOptions } from './read-options.ts'
import type { OpenedTable } from './reading.ts'

/**
 * Opens a table file of any format for SQL.
 *
 * @throws {ToolkitError} `FILE_MISSING`, `FILE_READ_FAILED`, `DATA_FILE_INVALID` naming lines
 */
export async function openTable(
  database: Database,
  path: string,
  _options: ReadOptions = {},
): Promise<OpenedTable> {
  const isParquet = path.endsWith('.parquet')
  const relation = isParquet
    ? `read_parquet(${quoteText(path)})`
    : `read_csv(${quoteText(path)}, sample_size = -1)`
  const table = await describeTable(database, relation)
  return {
    table,
    reading: {
      format: isParquet ? 'parquet' : 'csv',
      compression: 'none',
      columns: table.columns.map(({ name, type }) => ({ name, type, reason: 'as found' })),
      missing: [],
    },
    warnings: [],
    [Symbol.asyncDispose]: async () => {},
  }
}
