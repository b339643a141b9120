/**
 * Hashes that were computed before, by what tells that a file is still the same: its
 * path, inode, size and times of change. A pure cache in SQLite: deleted or
 * damaged, it costs time and nothing else.
 */

import { mkdirSync, rmSync, statSync, type BigIntStats } from 'node:fs'
import { join } from 'node:path'
import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { isAbsent, readError } from '../repository/text-file.ts'
import { compareCodePoints } from '../../core/code-point-order.ts'

/** A file as it was when somebody looked. */
export interface Sighting {
  /** The hash when it is known. */
  readonly md5: string | undefined
  readonly sizeBytes: number
  /** Equal as long as the file is the same. */
  readonly stamp: string
  /** Whether its last change lies far enough back for a later one to show in its times. */
  readonly isSettled: boolean
}

/** The memory of one command. Disposing it writes what is new. */
export interface HashState extends Disposable {
  /**
   * Looks at a file; to be called before it is read. `undefined` while so little has been hashed that
   * remembering would cost more than hashing again, and for what does not exist.
   *
   * @param sizeBytes - of the file, from whoever has just looked: then it is not looked at again in vain
   */
  look(location: string, isLegacy: boolean, sizeBytes?: number): Sighting | undefined
  /** Keeps the hash of a file that was looked at before it was read. */
  remember(location: string, sighting: Sighting, md5: string): void
  /** Announces that the files of a large folder will be looked at in order of code points. */
  walk(folder: string): void
}

/** How `openHashState` works. */
export interface HashStateOptions {
  /** Milliseconds since 1970, the clock that files are stamped with. */
  readonly clock: () => number
  /** Bytes to hash before the database is opened; a file counts as 16 KiB more than it has. */
  readonly thresholdBytes?: number
}

/** The kernel stamps changes with a clock that ticks every 4 to 10 ms. */
const tickMs = 20
const fileBytes = 1 << 14
const pendingLimit = 5000
/** Far more than any repository has files; rows of deleted files pile up slowly. */
const rowLimit = 2_000_000

/** Opens the memory in a repository's state folder; the database itself only once it pays. */
export function openHashState(stateFolder: string, options: HashStateOptions): HashState {
  const { clock, thresholdBytes = 1 << 22 } = options
  const pending = new Map<string, readonly [stamp: string, md5: string]>()
  let cursor: Cursor | undefined
  let table: Table | undefined
  let workBytes = 0
  const open = (): Table => (table ??= openTable(stateFolder))
  const flush = (): void => {
    if (pending.size > 0) open().write(pending)
    pending.clear()
  }
  /** Whether remembering pays with this file. */
  const count = (sizeBytes: number): boolean => {
    workBytes += sizeBytes + fileBytes
    return workBytes >= thresholdBytes
  }
  return {
    look: (location, isLegacy, sizeBytes) => {
      if (sizeBytes !== undefined && !count(sizeBytes)) return undefined
      const stats = statIfPresent(location)
      if (stats === undefined) return undefined
      if (sizeBytes === undefined && !count(Number(stats.size))) return undefined
      const stamp = stampOf(stats, isLegacy)
      const isWalked = cursor !== undefined && location.startsWith(cursor.prefix)
      const found = isWalked ? cursor?.find(location) : open().find(location)
      const known = pending.get(location) ?? found
      const isSettled = Number(stats.ctimeNs / 1_000_000n) + tickMs < clock()
      const md5 = known?.[0] === stamp ? known[1] : undefined
      return { md5, sizeBytes: Number(stats.size), stamp, isSettled }
    },
    remember: (location, { stamp, isSettled }, md5) => {
      // One that changed while it was read has another stamp by now, and never this one again.
      if (isSettled) pending.set(location, [stamp, md5])
      if (pending.size >= pendingLimit) flush()
    },
    walk: (folder) => {
      cursor?.close()
      cursor = open().walk(folder)
      workBytes += thresholdBytes
    },
    [Symbol.dispose]: () => {
      cursor?.close()
      cursor = undefined
      flush()
      table?.close()
      table = undefined
    },
  }
}

type Row = readonly [stamp: string, md5: string]

/** The rows of one folder, each passed once: a map of them all would be as large as the folder. */
interface Cursor {
  readonly prefix: string
  /** @param location - after the one of the last call */
  find(location: string): Row | undefined
  close(): void
}

function statIfPresent(location: string): BigIntStats | undefined {
  try {
    return statSync(location, { bigint: true, throwIfNoEntry: false })
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw readError(location, error)
  }
}

function stampOf(stats: BigIntStats, isLegacy: boolean): string {
  const { ino, size, mtimeNs, ctimeNs } = stats
  return `${ino}:${size}:${mtimeNs}:${ctimeNs}${isLegacy ? ':text' : ''}`
}

/** The rows on disk. No method throws: what cannot be read is not known, what cannot be written is forgotten. */
interface Table {
  find(location: string): Row | undefined
  walk(folder: string): Cursor | undefined
  write(rows: ReadonlyMap<string, Row>): void
  close(): void
}

const noTable: Table = {
  find: () => undefined,
  walk: () => undefined,
  write: () => undefined,
  close: () => undefined,
}

function openTable(stateFolder: string): Table {
  const path = join(stateFolder, 'hashes.sqlite')
  const first = tryOpen(path)
  if (first !== undefined) return first
  // Damaged, or of another version: it is only a cache.
  for (const suffix of ['', '-wal', '-shm']) forget(() => rmSync(path + suffix, { force: true }))
  return tryOpen(path) ?? noTable
}

function tryOpen(path: string): Table | undefined {
  const { DatabaseSync: Database } = process.getBuiltinModule('node:sqlite')
  let database: DatabaseSync | undefined
  try {
    mkdirSync(join(path, '..'), { recursive: true })
    database = new Database(path, { timeout: 2000 })
    database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
      CREATE TABLE IF NOT EXISTS hashes (path TEXT PRIMARY KEY, stamp TEXT NOT NULL, md5 TEXT NOT NULL) WITHOUT ROWID`)
    const find = database.prepare('SELECT stamp, md5 FROM hashes WHERE path = ?')
    return createTable(database, find)
  } catch {
    // Whatever is wrong with it, the caller makes a new one or goes without.
    database?.close()
    return undefined
  }
}

function createTable(database: DatabaseSync, find: StatementSync): Table {
  const range = database.prepare('SELECT path, stamp, md5 FROM hashes WHERE path >= ? AND path < ?')
  return {
    find: (location) => forget(() => toRow(find.get(location))),
    walk: (folder) =>
      // '0' is the character after '/'.
      forget(() => createCursor(`${folder}/`, range.iterate(`${folder}/`, `${folder}0`))),
    write: (rows) => {
      forget(() => writeRows(database, rows))
    },
    close: () => {
      forget(() => database.close())
    },
  }
}

type Found = Readonly<Record<string, unknown>>

function createCursor(prefix: string, rows: Iterator<Found>): Cursor {
  let next = rows.next()
  const advance = (): void => {
    next = forget(() => rows.next()) ?? { done: true, value: undefined }
  }
  return {
    prefix,
    find: (location) => {
      while (next.done !== true && next.value['path'] !== location) {
        if (compareCodePoints(String(next.value['path']), location) > 0) return undefined
        advance()
      }
      return next.done === true ? undefined : toRow(next.value)
    },
    close: () => {
      forget(() => rows.return?.())
      next = { done: true, value: undefined }
    },
  }
}

function toRow(found: Found | undefined): Row | undefined {
  const { stamp, md5 } = found ?? {}
  const isRow = typeof stamp === 'string' && typeof md5 === 'string' && /^[0-9a-f]{32}$/.test(md5)
  return isRow ? [stamp, md5] : undefined
}

function writeRows(database: DatabaseSync, rows: ReadonlyMap<string, Row>): void {
  database.exec('BEGIN IMMEDIATE')
  try {
    insertRows(database, rows)
    database.exec('COMMIT')
  } catch (error) {
    database.exec('ROLLBACK')
    throw error
  }
}

function insertRows(database: DatabaseSync, rows: ReadonlyMap<string, Row>): void {
  const count = database.prepare('SELECT count(*) AS count FROM hashes').get()?.['count']
  if (Number(count) > rowLimit) database.exec('DELETE FROM hashes')
  const insert = database.prepare('INSERT OR REPLACE INTO hashes VALUES (?, ?, ?)')
  for (const [path, [stamp, md5]] of rows) insert.run(path, stamp, md5)
}

/** Nothing that goes wrong with a pure cache is worth failing for. */
function forget<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch {
    return undefined
  }
}
