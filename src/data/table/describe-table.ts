import { ToolkitError } from '../../core/errors.ts'
import type { Database } from '../duckdb-store.ts'
import { familyOf, type Table } from './column.ts'

/**
 * The columns of a relation, in its order.
 *
 * @param relation - what stands after FROM, such as `read_parquet('data/raw/credit.parquet')`
 * @throws {ToolkitError} `DATA_FILE_INVALID` when it cannot be read, `FILE_MISSING`
 */
export async function describeTable(database: Database, relation: string): Promise<Table> {
  try {
    const isParquet = relation.startsWith('read_parquet(')
    const rows = isParquet ? `, (SELECT count(*) FROM ${relation}) AS rows` : ''
    const described = await database.query(
      `SELECT column_name, column_type${rows} FROM (DESCRIBE SELECT * FROM ${relation})`,
    )
    const columns = described.map((row) => {
      const type = String(row['column_type'])
      return { name: String(row['column_name']), type, family: familyOf(type) }
    })
    return { relation, columns, ...(isParquet && { rows: Number(described[0]?.['rows']) }) }
  } catch (error) {
    if (error instanceof ToolkitError) throw error
    const message = error instanceof Error ? error.message.split('\n')[0] : String(error)
    throw new ToolkitError('DATA_FILE_INVALID', `cannot read ${relation}: ${message}`, {
      hint: 'check that the file is there and whole',
      cause: error,
    })
  }
}
