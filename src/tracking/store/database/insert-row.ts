import type { SqlValue, TrackingDatabase } from './database-store.ts'

/** Adds a row by the names of its columns, which are the program's own and never a client's. */
export function insertRow(
  database: TrackingDatabase,
  table: string,
  row: Readonly<Record<string, SqlValue>>,
): void {
  const columns = Object.keys(row)
  const places = columns.map(() => '?')
  database.change(
    `INSERT INTO ${table} (${columns.join(', ')}) VALUES (${places.join(', ')})`,
    Object.values(row),
  )
}
