/** What every SQLite file of ours needs, whatever it holds. */

import type { DatabaseSync } from 'node:sqlite'

/** All of the work or nothing of it. @param begin - `BEGIN IMMEDIATE` takes the write lock at once */
export function inTransaction<T>(connection: DatabaseSync, begin: string, work: () => T): T {
  connection.exec(begin)
  try {
    const result = work()
    connection.exec('COMMIT')
    return result
  } catch (error) {
    if (connection.isTransaction) connection.exec('ROLLBACK')
    throw error
  }
}

/** A number that SQLite keeps about a file, such as `user_version`. */
export function readPragma(connection: DatabaseSync, name: string): number {
  return Number(connection.prepare(`PRAGMA ${name}`).get()?.[name] ?? 0)
}

/**
 * Brings a file of ours to the newest version of its tables. Another process may be faster: only the version that is
 * read inside the transaction counts.
 *
 * @param steps - each makes the next version of the one before; the first makes the tables
 */
export function migrateTables(
  connection: DatabaseSync,
  { steps, applicationId }: { readonly steps: readonly string[]; readonly applicationId: number },
): void {
  if (readPragma(connection, 'user_version') === steps.length) return
  inTransaction(connection, 'BEGIN IMMEDIATE', () => {
    for (const step of steps.slice(readPragma(connection, 'user_version'))) connection.exec(step)
    connection.exec(`PRAGMA application_id = ${applicationId}`)
    connection.exec(`PRAGMA user_version = ${steps.length}`)
  })
}
