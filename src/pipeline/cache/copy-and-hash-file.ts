/** Copies a large file and hashes it on the way. */

import { open, type FileHandle } from 'node:fs/promises'
import { asWriteError, systemCode } from '../../core/atomic-file.ts'
import { readError } from '../repository/text-file.ts'
import { beginDigest, pieceBytes } from './digest.ts'
import type { FileHash } from './file-team.ts'
import { readPiece } from './read-piece-file.ts'

/** After this many pieces of 1 MiB the disk is told to begin. */
const piecesPerSync = 16

/**
 * Each piece is read once: one thread hashes it while others write it and read the next one, and the
 * disk has begun before the last is there. What is hashed is what is written, and safe on the disk at the end.
 *
 * @param target - where nothing is yet
 * @returns the MD5 and size of what was written
 * @throws {ToolkitError} `FILE_READ_FAILED`, `FILE_WRITE_FAILED`; or the signal's reason
 */
export async function copyAndHash(
  source: string,
  target: string,
  { signal, isLegacy }: { readonly signal: AbortSignal | undefined; readonly isLegacy: boolean },
): Promise<FileHash> {
  await using from = await guard(readError, source, open(source, 'r'))
  await using to = await guard(asWriteError, target, open(target, 'wx'))
  const digest = beginDigest(isLegacy)
  const read = (buffer: Buffer): Promise<Buffer> =>
    guard(readError, source, readPiece(from, buffer))
  // One is hashed and written while the other is read into.
  const buffers = [Buffer.allocUnsafe(pieceBytes), Buffer.allocUnsafe(pieceBytes)] as const
  let sizeBytes = 0
  let syncing = Promise.resolve()
  let piece = await read(buffers[0])
  for (let i = 0; piece.length > 0; i++) {
    signal?.throwIfAborted()
    const writing = guard(asWriteError, target, writePiece(to, piece))
    const reading = read(buffers[(i + 1) % 2]!)
    digest.update(piece)
    sizeBytes += piece.length
    const [next] = await Promise.all([reading, writing])
    piece = next
    if (i % piecesPerSync !== piecesPerSync - 1) continue
    await syncing
    syncing = guard(asWriteError, target, to.datasync())
    // Told when it is waited for.
    syncing.catch(() => undefined)
  }
  await syncing
  await guard(asWriteError, target, to.sync())
  return { md5: digest.finish(), sizeBytes }
}

async function guard<T>(
  explain: (path: string, error: unknown) => unknown,
  path: string,
  work: Promise<T>,
): Promise<T> {
  try {
    return await work
  } catch (error) {
    throw systemCode(error) === undefined ? error : explain(path, error)
  }
}

async function writePiece(file: FileHandle, piece: Buffer): Promise<void> {
  for (let done = 0; done < piece.length;) {
    done += (await file.write(piece, done)).bytesWritten
  }
}
