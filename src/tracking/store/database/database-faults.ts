/** What is wrong with a tracking database, as errors of ours. */

import { systemCode } from '../../../core/atomic-file.ts'
import { asDatabaseWriteError, databaseCode } from '../../../core/database-errors.ts'
import { ToolkitError } from '../../../core/errors.ts'
import { migrations } from './database-schema.ts'

/** How long one writer waits for another before it gives up. */
export const busyTimeoutMs = 10_000

export const sqliteBusy = 5
const sqliteDamaged: ReadonlySet<number> = new Set([11, 26])

/** Does what asks SQLite; what it says of the file is thrown as an error of ours. @throws {ToolkitError} as `openTrackingDatabase` */
export function guarded<T>(path: string, work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw asStoreError(path, error)
  }
}

/** What SQLite says, as an error of ours; anything else as it is. */
export function asStoreError(path: string, error: unknown): unknown {
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

/** A file that is no store, or a broken one. */
export function invalidStore(path: string, what: string, cause?: unknown): ToolkitError {
  return new ToolkitError('TRACKING_STORE_INVALID', `'${path}' ${what}`, {
    hint: 'it was left untouched: move it away or name another store folder (--store)',
    details: { path },
    cause,
  })
}

/** A store of a version that does not exist yet. */
export function newerStore(path: string, version: number): ToolkitError {
  return new ToolkitError(
    'TRACKING_STORE_INVALID',
    `'${path}' has schema ${version}, this version of the toolkit knows up to ${migrations.length}`,
    {
      hint: 'it was left untouched: use the newer ml-pipeline-toolkit that wrote it',
      details: { path, version, known: migrations.length },
    },
  )
}

/** A store that would have to be brought to the newest version first. */
export function olderStore(path: string, version: number): ToolkitError {
  return new ToolkitError(
    'TRACKING_STORE_INVALID',
    `'${path}' has schema ${version}, this version of the toolkit reads ${migrations.length}, and may not write it`,
    {
      hint: "run 'mlpt models list' once as a user who may: that brings it up to date",
      details: { path, version, known: migrations.length },
    },
  )
}

/** A change of a store that may only be read. @param refusal - what the system says of writing it */
export function readOnlyStore(path: string, refusal: Error): ToolkitError {
  const code = systemCode(refusal)
  return new ToolkitError(
    'TRACKING_FORBIDDEN',
    `the tracking store may only be read here: ${code}`,
    {
      hint: `give this user write permission on the folder of '${path}', or name another store`,
      details: { path, code },
      cause: refusal,
    },
  )
}
