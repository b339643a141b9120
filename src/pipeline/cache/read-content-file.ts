/** Reads the content of files, small ones blocking: that takes a fraction of what promises cost. */

import { closeSync, openSync, readSync } from 'node:fs'
import { open } from 'node:fs/promises'
import { systemCode } from '../../core/atomic-file.ts'
import { readError } from '../repository/text-file.ts'
import { beginDigest, pieceBytes } from './digest.ts'
import type { FileHash } from './file-team.ts'
import { readPiece } from './read-piece-file.ts'

/** One for all files: reading is over before anybody else gets a turn. */
const sharedPiece = Buffer.allocUnsafeSlow(pieceBytes)

/**
 * Reads a file of less than 1 MiB, blocking; `undefined` for a larger one.
 *
 * @returns bytes that are overwritten by the next call
 * @throws {ToolkitError} `FILE_READ_FAILED`
 */
export function readSmallFile(location: string): Buffer | undefined {
  let file: number | undefined
  try {
    file = openSync(location, 'r')
    let length = 0
    while (length < pieceBytes) {
      const count = readSync(file, sharedPiece, length, pieceBytes - length, null)
      if (count === 0) return sharedPiece.subarray(0, length)
      length += count
    }
    return undefined
  } catch (error) {
    throw readError(location, error)
  } finally {
    if (file !== undefined) closeSync(file)
  }
}

/**
 * MD5 of a file of any size.
 *
 * @throws {ToolkitError} `FILE_READ_FAILED`; or the signal's reason
 */
export async function hashLargeFile(
  location: string,
  signal: AbortSignal | undefined,
  isLegacy: boolean,
): Promise<FileHash> {
  const digest = beginDigest(isLegacy)
  const buffer = Buffer.allocUnsafe(pieceBytes)
  let sizeBytes = 0
  try {
    await using file = await open(location, 'r')
    for (let length = pieceBytes; length === pieceBytes;) {
      signal?.throwIfAborted()
      const piece = await readPiece(file, buffer)
      digest.update(piece)
      length = piece.length
      sizeBytes += length
    }
  } catch (error) {
    throw systemCode(error) === undefined ? error : readError(location, error)
  }
  return { md5: digest.finish(), sizeBytes }
}
