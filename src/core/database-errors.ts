/** What SQLite says, in terms of files. */

import { asWriteError } from './atomic-file.ts'

/** SQLite's result code without its extension, or `undefined` for any other error. */
export function databaseCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error)) return undefined
  return typeof error.errcode === 'number' ? error.errcode & 0xff : undefined
}

/**
 * A fault of the disk or of permissions as the error that any other file would give, `FILE_WRITE_FAILED`;
 * `undefined` for everything else.
 */
export function asDatabaseWriteError(path: string, error: unknown): unknown {
  const systemError = writeFaults[databaseCode(error) ?? -1]
  if (systemError === undefined) return undefined
  return asWriteError(path, Object.assign(new Error(String(error)), { code: systemError }))
}

const writeFaults: Readonly<Record<number, string>> = {
  8: 'EACCES',
  10: 'EIO',
  13: 'ENOSPC',
  14: 'EACCES',
}
