import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { databaseCode } from '../../core/database-errors.ts'
import { ToolkitError } from '../../core/errors.ts'
import { connectReadOnly } from './database/read-only-store.ts'

/**
 * Checks that a store is there and can be read right now. Opening one waits up to ten seconds for who has it locked,
 * and holds up the whole process meanwhile, which a server cannot afford; and it makes one where there is none.
 *
 * @throws {ToolkitError} `FILE_MISSING`; `TRACKING_STORE_BUSY` also for what cannot be read for another reason
 */
export function probeStore(directory: string): void {
  const path = join(directory, 'tracking.sqlite')
  if (!existsSync(path)) {
    throw new ToolkitError('FILE_MISSING', `there is no tracking store in '${directory}'`, {
      hint: 'say where it is with --store or --tracking-uri',
    })
  }
  try {
    look(path, true)
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new ToolkitError('TRACKING_STORE_BUSY', `${path} cannot be read now: ${reason}`, {
      cause: error,
      hint: 'see who has it open',
    })
  }
}

function look(path: string, isLocking: boolean): void {
  try {
    using database = connectReadOnly(path, { isLocking, timeoutMs: 0 })
    database.prepare('SELECT count(*) FROM sqlite_schema').get()
  } catch (error) {
    if (!isLocking || databaseCode(error) !== sqliteReadOnly) throw error
    look(path, false)
  }
}

const sqliteReadOnly = 8
