/** A tracking database that this user may only read: of a read-only disk, or of another user. */

import { existsSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'
import { ToolkitError } from '../../../core/errors.ts'
import { inTransaction } from '../../../core/transaction-store.ts'
import { checkOwner } from './check-owner-store.ts'
import { busyTimeoutMs, guarded, olderStore, readOnlyStore } from './database-faults.ts'
import { migrations } from './database-schema.ts'
import { createQueries, type Queries } from './queries-store.ts'
import type { TrackingDatabase } from './tracking-database-store.ts'

/**
 * Opens a database that is not written here; others may write it meanwhile.
 *
 * @param refusal - what the system says of writing it: the cause when a change is asked for
 * @throws {ToolkitError} `TRACKING_STORE_INVALID` also for an older version of the tables
 */
export function openReadOnlyDatabase(path: string, refusal: Error): TrackingDatabase {
  let opened = openAsItIs(path)
  let isReading = false
  const read = <T>(query: (queries: Queries) => T): T => {
    if (isReading) return guarded(path, () => query(opened.queries))
    for (let tries = 0; tries < mostTries; tries++) {
      if (opened.state !== stateOf(path)) {
        opened.connection.close()
        opened = openAsItIs(path)
      }
      const found = tryRead(() => query(opened.queries))
      // Without locks it may have been written while it was read.
      if (opened.isLocking || opened.state === stateOf(path)) return guarded(path, found)
    }
    throw new ToolkitError('TRACKING_STORE_BUSY', `'${path}' is being written all the time`, {
      hint: 'run again, or as a user who may write it',
    })
  }
  const refuse = (): never => {
    throw readOnlyStore(path, refusal)
  }
  return {
    rows: (sql, values = []) => read((queries) => queries.rows(sql, values)),
    tuples: (sql, values = []) => read((queries) => queries.tuples(sql, values)),
    row: (sql, values = []) => read((queries) => queries.row(sql, values)),
    change: refuse,
    read: (query) =>
      read(() => {
        isReading = true
        try {
          return inTransaction(opened.connection, 'BEGIN', query)
        } finally {
          isReading = false
        }
      }),
    write: refuse,
    writeSoon: async () => refuse(),
    [Symbol.dispose]: () => {
      if (opened.connection.isOpen) opened.connection.close()
    },
  }
}

const mostTries = 20

/** Gives the result, or throws what was thrown, when it is known that it counts. */
function tryRead<T>(work: () => T): () => T {
  try {
    const result = work()
    return () => result
  } catch (error) {
    return () => {
      throw error
    }
  }
}

interface Opened {
  readonly connection: DatabaseSync
  readonly queries: Queries
  /** Of the file when it was opened. */
  readonly state: string
  readonly isLocking: boolean
}

function openAsItIs(path: string): Opened {
  const isLocking = hasLog(path)
  const state = stateOf(path)
  const connection = guarded(path, () =>
    connectReadOnly(path, { isLocking, timeoutMs: busyTimeoutMs }),
  )
  try {
    const version = guarded(path, () => checkOwner(connection, path))
    if (version < migrations.length) throw olderStore(path, version)
    return { connection, queries: createQueries(connection), state, isLocking }
  } catch (error) {
    connection.close()
    throw error
  }
}

/**
 * While somebody writes it, the write-ahead log and its index are there, and locks hold for readers too. SQLite would make both where they are
 * missing; where it may not, the file is read as one that nobody changes.
 */
export function connectReadOnly(
  path: string,
  { isLocking, timeoutMs }: { readonly isLocking: boolean; readonly timeoutMs: number },
): DatabaseSync {
  const options = { readOnly: true, timeout: timeoutMs }
  if (isLocking) return new DatabaseSync(path, options)
  const place = pathToFileURL(path)
  place.searchParams.set('immutable', '1')
  return new DatabaseSync(place, options)
}

function hasLog(path: string): boolean {
  return existsSync(`${path}-wal`)
}

/** Tells when the file is another or, where no lock tells it, when it has been written or somebody has begun to. */
function stateOf(path: string): string {
  const { dev, ino, size, mtimeNs } = statSync(path, { bigint: true })
  return hasLog(path) ? `${dev} ${ino}` : `${dev} ${ino} ${size} ${mtimeNs}`
}
