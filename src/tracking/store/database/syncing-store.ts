/** When commits reach the disk: at once, or a moment later for what comes by the thousand. */

import { closeSync, fdatasyncSync, openSync } from 'node:fs'
import { open } from 'node:fs/promises'
import type { DatabaseSync } from 'node:sqlite'
import { systemCode } from '../../../core/atomic-file.ts'
import type { Durability } from './commit-group-store.ts'

/** So long a commit that is durable soon may wait. */
const delayMs = 100

export interface Syncing extends Disposable {
  /** To be called before each transaction that writes. */
  prepare(durability: Durability): void
}

/**
 * A commit that is durable soon is written to the log but not synced: that happens once for all
 * of the next tenth of a second, beside the event loop; a commit that is durable now syncs all before it.
 *
 * @param path - of the database
 */
export function createSyncing(connection: DatabaseSync, path: string): Syncing {
  const logPath = `${path}-wal`
  // As the connection was opened.
  let current: Durability = 'now'
  let timer: NodeJS.Timeout | undefined
  const forget = (): boolean => {
    const wasWaiting = timer !== undefined
    clearTimeout(timer)
    timer = undefined
    return wasWaiting
  }
  return {
    prepare: (durability) => {
      if (durability !== current) {
        connection.exec(`PRAGMA synchronous = ${durability === 'now' ? 'FULL' : 'NORMAL'}`)
        current = durability
      }
      if (durability === 'now') return
      timer ??= setTimeout(() => {
        forget()
        void syncLog(logPath)
      }, delayMs)
    },
    [Symbol.dispose]: () => {
      if (forget()) syncLogNow(logPath)
    },
  }
}

/** What cannot be synced now is synced with the next commit that has to be; without a log there is nothing to sync. */
async function syncLog(logPath: string): Promise<void> {
  try {
    await using file = await open(logPath, 'r')
    await file.datasync()
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  }
}

function syncLogNow(logPath: string): void {
  let file: number | undefined
  try {
    file = openSync(logPath, 'r')
    fdatasyncSync(file)
  } catch (error) {
    if (systemCode(error) === undefined) throw error
  } finally {
    if (file !== undefined) closeSync(file)
  }
}
