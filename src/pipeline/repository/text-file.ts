/** Looking at paths and reading small text files, with errors that name the path. */

import { readdirSync, readFileSync, statSync, type Dirent, type Stats } from 'node:fs'
import { processHints, systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { decodeText } from '../yaml/decode-text.ts'

/**
 * The text of a file; `undefined` when there is none. It blocks: pipeline files are small, and
 * parsing asks for parameter files as it meets their names.
 *
 * @param name - as a message shows it
 * @throws {ToolkitError} `FILE_READ_FAILED`; `PIPELINE_INVALID` when it is not UTF-8
 */
export function readTextNow(path: string, name = path): string | undefined {
  const bytes = readBytesNow(path)
  return bytes && decodeText(bytes, name)
}

/**
 * The bytes of a file; `undefined` when there is none.
 *
 * @throws {ToolkitError} `FILE_READ_FAILED`
 */
export function readBytesNow(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw readError(path, error)
  }
}

/**
 * What is at a path; links are followed.
 *
 * @throws {ToolkitError} `FILE_READ_FAILED`
 */
export function statIfPresent(path: string): Stats | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw readError(path, error)
  }
}

/** Whether there is anything at a path; links are followed. @throws {ToolkitError} `FILE_READ_FAILED` */
export function existsNow(path: string): boolean {
  return statIfPresent(path) !== undefined
}

/** Whether a path is a folder, or a link to one. @throws {ToolkitError} `FILE_READ_FAILED` */
export function isFolderNow(path: string): boolean {
  return statIfPresent(path)?.isDirectory() === true
}

/** What lies in a folder; nothing when it went away meanwhile. @throws {ToolkitError} `FILE_READ_FAILED` */
export function listFolderNow(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (isAbsent(error)) return []
    throw readError(folder, error)
  }
}

/** Differs from before when somebody has written a file; '' where there is none. */
export function identityOf(path: string): string {
  const stats = statSync(path, { throwIfNoEntry: false, bigint: true })
  return stats === undefined ? '' : `${stats.ino} ${stats.size} ${stats.mtimeNs}`
}

/** Whether a system error says that there is nothing. */
export function isAbsent(error: unknown): boolean {
  const code = systemCode(error)
  return code === 'ENOENT' || code === 'ENOTDIR'
}

/** Turns a failed read into an error with code and path. */
export function readError(path: string, error: unknown): ToolkitError {
  const code = systemCode(error) ?? String(error)
  return new ToolkitError('FILE_READ_FAILED', `cannot read '${path}': ${code}`, {
    hint:
      code === 'ENAMETOOLONG'
        ? 'move it up or shorten its names, or keep it away with a line in .dvcignore'
        : (processHints[code] ?? 'check the path and its permissions'),
    details: { path, code },
    cause: error,
  })
}
