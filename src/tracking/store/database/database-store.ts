/** The tracking database as a file: opened safely, brought to the newest schema, changed in transactions. */

import { existsSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { asWriteError, isForbidden, makeFolder } from '../../../core/atomic-file.ts'
import { databaseCode } from '../../../core/database-errors.ts'
import { inTransaction, migrateTables } from '../../../core/transaction-store.ts'
import { checkOwner } from './check-owner-store.ts'
import { createCommitGroup, type Durability } from './commit-group-store.ts'
import {
  asStoreError,
  busyTimeoutMs,
  guarded,
  invalidStore,
  sqliteBusy,
} from './database-faults.ts'
import { applicationId, migrations } from './database-schema.ts'
import { openReadOnlyDatabase } from './read-only-store.ts'
import { createQueries } from './queries-store.ts'
import { createSyncing } from './syncing-store.ts'
import type { TrackingDatabase } from './tracking-database-store.ts'

export type { Row, SqlValue, TrackingDatabase } from './tracking-database-store.ts'

/**
 * Opens the database, creates it, or brings an older one to the newest schema. One that this user may only read is
 * read, and every change of it is refused.
 *
 * @throws {ToolkitError} `TRACKING_STORE_INVALID` when the file is something else,
 *   damaged, or written by a newer version; it is then untouched.
 */
export async function openTrackingDatabase(path: string): Promise<TrackingDatabase> {
  const refusal = await prepareFile(path)
  if (refusal !== undefined) return openReadOnlyDatabase(path, refusal)
  const connection = guarded(path, () => new DatabaseSync(path, { timeout: busyTimeoutMs }))
  try {
    guarded(path, () => checkOwner(connection, path))
    await useWriteAheadLog(connection, path)
    guarded(path, () => migrateTables(connection, { steps: migrations, applicationId }))
  } catch (error) {
    connection.close()
    throw error
  }
  return createDatabase(connection, path)
}

/** What the system says where the file is there and cannot be written. */
async function prepareFile(path: string): Promise<Error | undefined> {
  try {
    makeFolder(dirname(path))
    // Appending nothing creates the file and changes none that is there.
    await using file = await open(path, 'a+')
    const start = Buffer.alloc(16)
    const { bytesRead } = await file.read(start, 0, 16, 0)
    if (bytesRead > 0 && start.toString('latin1') !== 'SQLite format 3\0') {
      throw invalidStore(path, 'is not a database')
    }
    return undefined
  } catch (error) {
    if (error instanceof Error && isForbidden(error) && existsSync(path)) return error
    throw asWriteError(path, error)
  }
}

/**
 * In WAL mode readers never wait for a writer. SQLite's busy timeout does not cover
 * this switch when two processes open a new store at once, so it is tried again here.
 */
async function useWriteAheadLog(connection: DatabaseSync, path: string): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += 20) {
    try {
      const mode = connection.prepare('PRAGMA journal_mode').get()?.['journal_mode']
      if (mode !== 'wal') connection.exec('PRAGMA journal_mode = WAL')
      break
    } catch (error) {
      if (databaseCode(error) !== sqliteBusy || waitedMs >= busyTimeoutMs) {
        throw asStoreError(path, error)
      }
      await sleep(20)
    }
  }
  // FULL, not NORMAL: what was acknowledged survives a power cut too (docs/decisions/0015).
  connection.exec('PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON')
}

function createDatabase(connection: DatabaseSync, path: string): TrackingDatabase {
  const queries = createQueries(connection)
  const run = <T>(begin: string, work: () => T): T =>
    guarded(path, () => inTransaction(connection, begin, work))
  const syncing = createSyncing(connection, path)
  const write = <T>(change: () => T, durability: Durability = 'now'): T => {
    syncing.prepare(durability)
    // IMMEDIATE takes the write lock at once: a reader that turns writer could not wait for it.
    return run('BEGIN IMMEDIATE', change)
  }
  const group = createCommitGroup({
    transaction: write,
    exec: (sql) => guarded(path, () => connection.exec(sql)),
    isInTransaction: () => connection.isTransaction,
  })
  return {
    rows: (sql, values = []) => guarded(path, () => queries.rows(sql, values)),
    tuples: (sql, values = []) => guarded(path, () => queries.tuples(sql, values)),
    row: (sql, values = []) => guarded(path, () => queries.row(sql, values)),
    change: (sql, values = []) => guarded(path, () => queries.change(sql, values)),
    read: (query) => run('BEGIN', query),
    write: (change) => write(change),
    writeSoon: (change, durability = 'now') => group.add(change, durability),
    [Symbol.dispose]: () => {
      if (!connection.isOpen) return
      group.flush()
      syncing[Symbol.dispose]()
      connection.close()
    },
  }
}
