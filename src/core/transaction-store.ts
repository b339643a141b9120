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
