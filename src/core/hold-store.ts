import { dirname } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { asWriteError, makeFolder } from './atomic-file.ts'
import { asDatabaseWriteError, databaseCode } from './database-errors.ts'
import { ToolkitError } from './errors.ts'

/** So long one writer waits for another. */
const waitMs = 10_000
const stepMs = 20
const sqliteBusy = 5

/**
 * Does the work while no other process, and nobody else of this one, does work under the same lock. SQLite's lock
 * lies under it, which the operating system lifts when the process dies, however that happens.
 *
 * @param path - of the lock's file, which stays
 * @throws {ToolkitError} `DATA_UNSAVED` when another process does not let go in 10 s, `FILE_WRITE_FAILED`
 */
export async function whileHeld<T>(path: string, work: () => Promise<T>): Promise<T> {
  using connection = openLock(path)
  await takeLock(connection, path)
  return await work()
}

/** Asks again and again: SQLite's own waiting would stop the event loop, and with it a writer of this process. */
async function takeLock(connection: DatabaseSync, path: string): Promise<void> {
  for (let waitedMs = 0; ; waitedMs += stepMs) {
    try {
      connection.exec('BEGIN EXCLUSIVE')
      return
    } catch (error) {
      if (databaseCode(error) !== sqliteBusy) throw asDatabaseWriteError(path, error) ?? error
      if (waitedMs >= waitMs) throw asBusyError(path, error)
      await sleep(stepMs)
    }
  }
}

function asBusyError(path: string, cause: unknown): ToolkitError {
  return new ToolkitError(
    'DATA_UNSAVED',
    `another process is writing where '${path}' keeps watch`,
    {
      hint: 'wait until it is done, then run again',
      cause,
    },
  )
}

function openLock(path: string): DatabaseSync {
  try {
    makeFolder(dirname(path))
    return new DatabaseSync(path)
  } catch (error) {
    throw asDatabaseWriteError(path, error) ?? asWriteError(path, error)
  }
}
