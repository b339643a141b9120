/** The newest features of each entity in one SQLite file, to be read in microseconds while serving. */

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { dirname } from 'node:path'
import { asWriteError, makeFolder } from '../../core/atomic-file.ts'
import { asDatabaseWriteError, databaseCode } from '../../core/database-errors.ts'
import { ToolkitError } from '../../core/errors.ts'
import { inTransaction, readPragma } from '../../core/transaction-store.ts'
import type { FeatureView } from './feature-view.ts'

/** The newest fact of one entity. */
export interface OnlineFact {
  readonly key: string
  /** ISO 8601 in UTC to the microsecond: texts of equal length, so that they compare as moments do. */
  readonly moment: string
  /** Empty when unknown, which is before all others. */
  readonly created: string
  /** The append that brought it. */
  readonly sequence: number
  /** Features in the order of the view, as JSON. */
  readonly features: string
}

/** How far a view has been brought into the store. */
export interface Progress {
  readonly sequence: number
  readonly until: string
  /** What the facts were made of, as text: another origin makes all facts be brought anew. */
  readonly origin: string
}

/** An open online store; what `mlpt` reads and writes features by while serving. */
export interface OnlineStore extends Disposable {
  progress(view: FeatureView): Progress | undefined
  /**
   * Keeps of each entity the newer fact, the one here or the one given, and how far this went, in one transaction.
   * Doing it again, or with older facts, changes nothing.
   *
   * @param options.replaces - whether these facts take the place of all that are here; then all count as changed
   * @returns how many entities have another fact now
   */
  advance(
    view: FeatureView,
    facts: Iterable<OnlineFact>,
    options: { readonly reached: Progress; readonly replaces: boolean },
  ): number
  /** The newest fact of an entity by its stored key, with the names of its features. */
  find(view: FeatureView, key: string): OnlineFact | undefined
}

/** 'mlpF' */
const applicationId = 0x6d_6c_70_46
const schema = `
  CREATE TABLE progress (view TEXT PRIMARY KEY, sequence INTEGER NOT NULL, until TEXT NOT NULL, features TEXT NOT NULL) STRICT;
  CREATE TABLE facts (
    view TEXT NOT NULL, key TEXT NOT NULL, moment TEXT NOT NULL, created TEXT NOT NULL,
    sequence INTEGER NOT NULL, features TEXT NOT NULL, PRIMARY KEY (view, key)
  ) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = 1;`

/**
 * Opens the store, or creates it.
 *
 * @throws {ToolkitError} `DATA_FILE_INVALID` for a file that is something else, which stays as it is; `FILE_WRITE_FAILED`
 */
export function openOnlineStore(path: string): OnlineStore {
  const connection = connect(path)
  try {
    prepareSchema(connection, path)
    return createStore(connection, path)
  } catch (error) {
    connection.close()
    throw asStoreError(path, error)
  }
}

function connect(path: string): DatabaseSync {
  try {
    makeFolder(dirname(path))
    return new DatabaseSync(path, { timeout: 10_000 })
  } catch (error) {
    throw asDatabaseWriteError(path, error) ?? asWriteError(path, error)
  }
}

function prepareSchema(connection: DatabaseSync, path: string): void {
  inTransaction(connection, 'BEGIN IMMEDIATE', () => {
    const owner = readPragma(connection, 'application_id')
    const tables = connection.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']
    if (owner !== applicationId && tables !== 0) {
      throw new ToolkitError('DATA_FILE_INVALID', `${path} is a database of another program`, {
        hint: 'name another file for the online store',
      })
    }
    if (tables === 0) connection.exec(schema)
  })
  connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
}

function asStoreError(path: string, error: unknown): unknown {
  const code = databaseCode(error)
  if (code === undefined) return error
  const isForeign = code === 26 || code === 11
  if (!isForeign) return asDatabaseWriteError(path, error) ?? error
  return new ToolkitError('DATA_FILE_INVALID', `${path} is no database, or a damaged one`, {
    hint: 'remove it and materialize again: all it holds comes from the feature views',
    cause: error,
  })
}

/** Of two facts the newer stays; of equally new ones the one created, then appended, last. */
const upsert = `
  INSERT INTO facts (view, key, moment, created, sequence, features) VALUES (?, ?, ?, ?, ?, ?)
  ON CONFLICT (view, key) DO UPDATE SET
    moment = excluded.moment, created = excluded.created, sequence = excluded.sequence, features = excluded.features
  WHERE (excluded.moment, excluded.created, excluded.sequence) >= (facts.moment, facts.created, facts.sequence)
    AND (excluded.moment, excluded.created, excluded.features) IS NOT (facts.moment, facts.created, facts.features)`

function createStore(connection: DatabaseSync, path: string): OnlineStore {
  const find = connection.prepare(
    'SELECT moment, created, sequence, features FROM facts WHERE view = ? AND key = ?',
  )
  const progress = connection.prepare(
    'SELECT sequence, until, features AS origin FROM progress WHERE view = ?',
  )
  const put = connection.prepare(upsert)
  const clear = connection.prepare('DELETE FROM facts WHERE view = ?')
  const note = connection.prepare(
    'INSERT OR REPLACE INTO progress (view, sequence, until, features) VALUES (?, ?, ?, ?)',
  )
  return {
    progress: ({ name }) => {
      const row = progress.get(name)
      return row === undefined
        ? undefined
        : {
            sequence: Number(row['sequence']),
            until: String(row['until']),
            origin: String(row['origin']),
          }
    },
    advance: ({ name }, facts, { reached, replaces }) => {
      try {
        return inTransaction(connection, 'BEGIN IMMEDIATE', () => {
          if (replaces) clear.run(name)
          const changed = putAll(put, name, facts)
          note.run(name, reached.sequence, reached.until, reached.origin)
          return changed
        })
      } catch (error) {
        throw asStoreError(path, error)
      }
    },
    find: ({ name }, key) => {
      const row = find.get(name, key)
      if (row === undefined) return undefined
      return {
        key,
        moment: String(row['moment']),
        created: String(row['created']),
        sequence: Number(row['sequence']),
        features: String(row['features']),
      }
    },
    [Symbol.dispose]: () => {
      if (connection.isOpen) connection.close()
    },
  }
}

function putAll(put: StatementSync, view: string, facts: Iterable<OnlineFact>): number {
  let changed = 0
  for (const { key, moment, created, sequence, features } of facts) {
    changed += Number(put.run(view, key, moment, created, sequence, features).changes)
  }
  return changed
}
