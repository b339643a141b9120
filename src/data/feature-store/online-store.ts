/** The newest features of each entity in one SQLite file, to be read in microseconds while serving. */

import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { dirname } from 'node:path'
import { asWriteError, makeFolder } from '../../core/atomic-file.ts'
import { asDatabaseWriteError, databaseCode } from '../../core/database-errors.ts'
import { ToolkitError } from '../../core/errors.ts'
import { inTransaction, readPragma } from '../../core/transaction-store.ts'
import type { FeatureView } from './feature-view.ts'
import { parseOrigin, placesOf } from './online-layout.ts'
import { type Materialized, type OnlineFact, openOnlineStage } from './online-stage-store.ts'
import { decodeCells } from './online-values.ts'

/** How far a view has been brought into the store. */
export interface Progress {
  readonly sequence: number
  readonly until: string
  /** What the facts were made of, as text: another origin makes all facts be brought anew. */
  readonly origin: string
}

/** The newest fact of an entity, as a view of today reads it. */
export interface FoundFact {
  readonly moment: string
  /** As stored. */
  readonly cells: readonly (number | string | boolean | null)[]
  /** Of each feature among the cells; -1 where it was not there when the fact was brought. */
  readonly places: ReadonlyMap<string, number>
}

/** An open online store; what `mlpt` reads and writes features by while serving. */
export interface OnlineStore extends Disposable {
  progress(view: FeatureView): Progress | undefined
  /**
   * Keeps of each entity the newer fact, the one here or the one given, and how far this went, in one transaction.
   * Doing it again, or with older facts, changes nothing.
   *
   * @param facts - in batches, of which one is held in memory; one fact an entity
   * @param options.before - how far it was when the facts were chosen: when it is another by now, nothing is done
   * @param options.replaces - whether these facts take the place of all that are here; then all count as changed
   * @returns `undefined` when another process was faster
   */
  advance(
    view: FeatureView,
    facts: Batches<OnlineFact>,
    options: {
      readonly before: Progress | undefined
      readonly reached: Progress
      readonly replaces: boolean
    },
  ): Promise<Materialized | undefined>
  /**
   * The newest fact of an entity by its stored key.
   *
   * @throws {ToolkitError} `CONFIG_INVALID` when the facts are of another definition, `DATA_FILE_INVALID`
   */
  find(view: FeatureView, key: string): FoundFact | undefined
}

type Batches<T> = Iterable<readonly T[]> | AsyncIterable<readonly T[]>

/** 'mlpF' */
const applicationId = 0x6d_6c_70_46
const schemaVersion = 1
const schema = `
  CREATE TABLE progress (view TEXT PRIMARY KEY, sequence INTEGER NOT NULL, until TEXT NOT NULL, features TEXT NOT NULL) STRICT;
  CREATE TABLE facts (
    view TEXT NOT NULL, key TEXT NOT NULL, moment TEXT NOT NULL, created TEXT NOT NULL,
    sequence INTEGER NOT NULL, features TEXT NOT NULL, PRIMARY KEY (view, key)
  ) STRICT, WITHOUT ROWID;
  PRAGMA application_id = ${applicationId};
  PRAGMA user_version = ${schemaVersion};`

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
  // Who only reads waits for no writer.
  if (!isPrepared(connection, path)) {
    inTransaction(connection, 'BEGIN IMMEDIATE', () => {
      if (!isPrepared(connection, path)) connection.exec(schema)
    })
  }
  connection.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL')
}

/** Whether the tables are there; false for a new file. @throws {ToolkitError} `DATA_FILE_INVALID` */
function isPrepared(connection: DatabaseSync, path: string): boolean {
  const owner = readPragma(connection, 'application_id')
  const version = readPragma(connection, 'user_version')
  const tables = connection.prepare('SELECT count(*) AS n FROM sqlite_schema').get()?.['n']
  if (owner !== applicationId && tables !== 0) {
    throw new ToolkitError('DATA_FILE_INVALID', `${path} is a database of another program`, {
      hint: 'name another file for the online store',
    })
  }
  if (version > schemaVersion) {
    throw new ToolkitError(
      'DATA_FILE_INVALID',
      `${path} has version ${version} of the tables, and this program knows ${schemaVersion}`,
      { hint: 'update ml-pipeline-toolkit, or name another file for the online store' },
    )
  }
  return tables !== 0
}

function asStoreError(path: string, error: unknown): unknown {
  const code = databaseCode(error)
  if (code === undefined) return error
  if (isBusy(code)) {
    return new ToolkitError('DATA_UNSAVED', `another process is writing ${path}`, {
      hint: 'wait until it is done, then run again',
      cause: error,
    })
  }
  // Its tables are not those that were made: 1.
  const isForeign = code === notDatabase || code === 11 || code === 1
  if (!isForeign) return asDatabaseWriteError(path, error) ?? error
  if (code !== notDatabase) return damaged(path, error)
  return new ToolkitError('DATA_FILE_INVALID', `${path} is no database, or a damaged one`, {
    hint: 'name another file for the online store; if it was one, remove it and materialize again',
    cause: error,
  })
}

const notDatabase = 26

function isBusy(code: number): boolean {
  return code === 5 || code === 6
}

function damaged(path: string, cause: unknown): ToolkitError {
  return new ToolkitError('DATA_FILE_INVALID', `${path} is no database, or a damaged one`, {
    hint: 'remove it and materialize again: all it holds comes from the feature views',
    cause,
  })
}

function createStore(connection: DatabaseSync, path: string): OnlineStore {
  const statements = prepareStatements(connection)
  const guarded = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw asStoreError(path, error)
    }
  }
  const layouts = new Map<string, Layout>()
  let stages = 0
  return {
    progress: ({ name }) => guarded(() => readProgress(statements, name)),
    advance: async ({ name }, facts, { before, reached, replaces }) => {
      using staged = guarded(() => openOnlineStage(connection, `staged${stages++}`))
      for await (const batch of facts) guarded(() => staged.put(batch))
      return guarded(() =>
        inTransaction(connection, 'BEGIN IMMEDIATE', () => {
          if (!isSame(readProgress(statements, name), before)) return undefined
          if (replaces) statements.clear.run(name)
          const moved = staged.moveTo(name)
          statements.note.run(name, reached.sequence, reached.until, reached.origin)
          return moved
        }),
      )
    },
    find: (view, key) => {
      const row = guarded(() => statements.find.get(key, view.name))
      if (row === undefined) return undefined
      const places = findPlaces(layouts, view, String(row['origin']))
      if (places === undefined) throw damaged(path, `the progress of '${view.name}'`)
      if (row['features'] === null) return undefined
      const cells = decodeCells(String(row['features']))
      if (cells === undefined) throw damaged(path, `the fact ${key} of '${view.name}'`)
      return { moment: String(row['moment']), cells, places }
    },
    [Symbol.dispose]: () => {
      if (connection.isOpen) connection.close()
    },
  }
}

type Statements = Readonly<Record<'find' | 'progress' | 'clear' | 'note', StatementSync>>

function prepareStatements(connection: DatabaseSync): Statements {
  return {
    // Of one moment: a view may be brought anew by another definition between two readings.
    find: connection.prepare(
      `SELECT f.moment AS moment, f.features AS features, p.features AS origin
       FROM progress p LEFT JOIN facts f ON f.view = p.view AND f.key = ? WHERE p.view = ?`,
    ),
    progress: connection.prepare(
      'SELECT sequence, until, features AS origin FROM progress WHERE view = ?',
    ),
    clear: connection.prepare('DELETE FROM facts WHERE view = ?'),
    note: connection.prepare(
      'INSERT OR REPLACE INTO progress (view, sequence, until, features) VALUES (?, ?, ?, ?)',
    ),
  }
}

function readProgress({ progress }: Statements, view: string): Progress | undefined {
  const row = progress.get(view)
  if (row === undefined) return undefined
  return {
    sequence: Number(row['sequence']),
    until: String(row['until']),
    origin: String(row['origin']),
  }
}

function isSame(a: Progress | undefined, b: Progress | undefined): boolean {
  return a?.sequence === b?.sequence && a?.until === b?.until && a?.origin === b?.origin
}

/** What an origin means for a view, kept for the next reading. */
interface Layout {
  readonly view: FeatureView
  readonly origin: string
  readonly places: ReadonlyMap<string, number>
}

function findPlaces(
  layouts: Map<string, Layout>,
  view: FeatureView,
  origin: string,
): ReadonlyMap<string, number> | undefined {
  const known = layouts.get(view.name)
  if (known?.view === view && known.origin === origin) return known.places
  const parsed = parseOrigin(origin)
  if (parsed === undefined) return undefined
  const places = placesOf(view, parsed)
  layouts.set(view.name, { view, origin, places })
  return places
}
