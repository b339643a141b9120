/** The tracking database as a file: opened safely, brought to the newest schema, changed in transactions. */

import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { DatabaseSync, type SQLOutputValue, type StatementSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { asWriteError, makeFolder } from '../../../core/atomic-file.ts'
import { asDatabaseWriteError, databaseCode } from '../../../core/database-errors.ts'
import { ToolkitError } from '../../../core/errors.ts'
import { inTransaction, readPragma, migrateTables } from '../../../core/transaction-store.ts'
import { createCommitGroup, type Durability } from './commit-group-store.ts'
import { applicationId, migrations } from './database-schema.ts'
import { createSyncing } from './syncing-store.ts'

export type SqlValue = string | number | null
export type Row = Readonly<Record<string, SQLOutputValue>>

export interface TrackingDatabase extends Disposable {
  /** All rows of a query; statements are prepared once. */
  rows(sql: string, values?: readonly SqlValue[]): Row[]
  /** As `rows`, each as the list of its columns: three times as fast, for what is read by the ten thousands. */
  tuples(sql: string, values?: readonly SqlValue[]): SQLOutputValue[][]
  /** The first row of a query. */
  row(sql: string, values?: readonly SqlValue[]): Row | undefined
  /** Runs one changing statement and gives the number of rows it changed. */
  change(sql: string, values?: readonly SqlValue[]): number
  /** One consistent view for several queries. */
  read<T>(query: () => T): T
  /** All of it or nothing; other writers wait for their turn. */
  write<T>(change: () => T): T
  /**
   * As `write`, soon: changes that are asked for in one turn of the event loop share one commit.
   * For what comes often and from many at once, as metrics do.
   */
  writeSoon<T>(change: () => T, durability?: Durability): Promise<T>
}

/** How long one writer waits for another before it gives up. */
const busyTimeoutMs = 10_000

/**
 * Opens the database, creates it, or brings an older one to the newest schema.
 *
 * @throws {ToolkitError} `TRACKING_STORE_INVALID` when the file is something else,
 *   damaged, or written by a newer version; it is then untouched.
 */
export async function openTrackingDatabase(path: string): Promise<TrackingDatabase> {
  await prepareFile(path)
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

async function prepareFile(path: string): Promise<void> {
  try {
    makeFolder(dirname(path))
    // Appending nothing creates the file and changes none that is there.
    await using file = await open(path, 'a+')
    const start = Buffer.alloc(16)
    const { bytesRead } = await file.read(start, 0, 16, 0)
    if (bytesRead > 0 && start.toString('latin1') !== 'SQLite format 3\0') {
      throw invalidStore(path, 'is not a database')
    }
  } catch (error) {
    throw asWriteError(path, error)
  }
}

/** Reads only: nothing is written to a file that is not ours. */
function checkOwner(connection: DatabaseSync, path: string): void {
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
  const prepare = createStatements(connection, { returnArrays: false })
  const prepareTuples = createStatements(connection, { returnArrays: true })
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
    rows: (sql, values = []) => guarded(path, () => prepare(sql).all(...values)),
    tuples: (sql, values = []) =>
      guarded(path, () => {
        // oxlint-disable-next-line typescript/no-unsafe-type-assertion -- what `returnArrays` says, node's types do not
        return prepareTuples(sql).all(...values) as unknown as SQLOutputValue[][]
      }),
    row: (sql, values = []) => guarded(path, () => prepare(sql).get(...values)),
    change: (sql, values = []) => guarded(path, () => Number(prepare(sql).run(...values).changes)),
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

/** Each text is prepared once. */
function createStatements(
  connection: DatabaseSync,
  options: { readonly returnArrays: boolean },
): (sql: string) => StatementSync {
  const statements = new Map<string, StatementSync>()
  return (sql) => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const statement = connection.prepare(sql)
    statement.setReturnArrays(options.returnArrays)
    // Searches make their own texts: a bound keeps a long-lived server small.
    if (statements.size > 200) statements.clear()
    statements.set(sql, statement)
    return statement
  }
}

const sqliteBusy = 5
const sqliteDamaged: ReadonlySet<number> = new Set([11, 26])

function guarded<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw asStoreError(path, error)
  }
}

function asStoreError(path: string, error: unknown): unknown {
  const code = databaseCode(error)
  if (code === undefined) return error
  if (code === sqliteBusy) {
    return new ToolkitError(
      'TRACKING_STORE_BUSY',
      `'${path}' was locked by another process for ${busyTimeoutMs / 1000} s`,
      { hint: 'wait for the other process, then run again', cause: error },
    )
  }
  if (sqliteDamaged.has(code)) return invalidStore(path, 'is damaged', error)
  return asDatabaseWriteError(path, error) ?? error
}

function invalidStore(path: string, what: string, cause?: unknown): ToolkitError {
  return new ToolkitError('TRACKING_STORE_INVALID', `'${path}' ${what}`, {
    hint: 'it was left untouched: move it away or name another store folder (--store)',
    details: { path },
    cause,
  })
}

function newerStore(path: string, version: number): ToolkitError {
  return new ToolkitError(
    'TRACKING_STORE_INVALID',
    `'${path}' has schema ${version}, this version of the toolkit knows up to ${migrations.length}`,
    {
      hint: 'it was left untouched: use the newer ml-pipeline-toolkit that wrote it',
      details: { path, version, known: migrations.length },
    },
  )
}
