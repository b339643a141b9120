import type { DatabaseSync } from 'node:sqlite'
import { readPragma } from '../../../core/transaction-store.ts'
import { invalidStore, newerStore } from './database-faults.ts'
import { applicationId, migrations } from './database-schema.ts'

/**
 * Checks that a file is ours. Reads only: nothing is written to one that is not.
 *
 * @returns the version of its tables; 0 when it has none yet
 * @throws {ToolkitError} `TRACKING_STORE_INVALID`
 */
export function checkOwner(connection: DatabaseSync, path: string): number {
  // In one view: another process may be making the tables just now.
  connection.exec('BEGIN')
  const tables = Number(
    connection.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n'] ?? 0,
  )
  const owner = readPragma(connection, 'application_id')
  const version = readPragma(connection, 'user_version')
  connection.exec('COMMIT')
  if (owner !== applicationId && (tables > 0 || owner !== 0 || version !== 0)) {
    throw invalidStore(path, 'is a database of another program')
  }
  if (version > migrations.length) throw newerStore(path, version)
  return version
}
