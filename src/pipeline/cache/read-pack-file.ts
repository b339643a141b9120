/** Reads small files by the dozen: each once, for its hash and for its copy. */

import { setImmediate as pause } from 'node:timers/promises'
import { asWriteError } from '../../core/atomic-file.ts'
import { digestPiece } from './digest.ts'
import type { FilePack, PackFile, PackHash } from './file-team.ts'
import { objectMode, objectPath } from './object-path.ts'
import { readSmallFile } from './read-content-file.ts'
import { writeNew } from './write-new-file.ts'
import { statIfPresent } from '../repository/text-file.ts'

/** Signals and timers get their turn between so many bytes that are read blocking. */
const pauseBytes = 1 << 22

/**
 * What is hashed is what is written, from one buffer. A copy is not yet safe from a machine that stops.
 *
 * @returns `undefined` for each file of 1 MiB and more, which is not copied
 * @throws {ToolkitError} `FILE_READ_FAILED`, `FILE_WRITE_FAILED`; or the signal's reason
 */
export async function readPack(
  pack: FilePack,
  signal?: AbortSignal,
): Promise<(PackHash | undefined)[]> {
  const results: (PackHash | undefined)[] = []
  let readBytes = 0
  for (const file of pack.files) {
    signal?.throwIfAborted()
    const bytes = readSmallFile(file.source)
    if (bytes === undefined) {
      results.push(undefined)
      continue
    }
    results.push(copyHashed(file, bytes, pack))
    readBytes += bytes.length
    if (readBytes < pauseBytes) continue
    readBytes = 0
    await pause()
  }
  return results
}

function copyHashed(
  { target, expected }: PackFile,
  bytes: Uint8Array,
  { isLegacy, cacheFolder, mode = 0o666 }: FilePack,
): PackHash {
  const md5 = digestPiece(bytes, isLegacy)
  const object = cacheFolder && objectPath(cacheFolder, { md5, isLegacy })
  const isWanted = target !== undefined && md5 === (expected ?? md5)
  if (!isWanted || (object !== undefined && isBelieved(object)))
    return { md5, sizeBytes: bytes.length, isCopied: false }
  try {
    writeNew(target, bytes, mode)
  } catch (error) {
    throw asWriteError(object ?? target, error)
  }
  return { md5, sizeBytes: bytes.length, isCopied: true }
}

/** One that DVC would hash before it believes it is written anew. */
function isBelieved(object: string): boolean {
  const stats = statIfPresent(object)
  return stats !== undefined && (stats.mode & 0o777) === objectMode
}
