/** Reading a file piece by piece with its MD5, for those who send or copy it. */

import { createHash } from 'node:crypto'
import { open, rm, type FileHandle } from 'node:fs/promises'
import { asWriteError, systemCode } from '../../core/atomic-file.ts'
import { readError } from '../repository/text-file.ts'
import { asLegacyHashed } from './legacy-text.ts'
import { isManifest, type ObjectId } from './object-key.ts'
import { damagedSource } from './remote-errors.ts'
import type { CallOptions, Received } from './remote.ts'

/** What is done with a piece of a file. */
export type PieceWork = (piece: Uint8Array, index: number) => Promise<void>

/** How to read a file. */
export interface PieceOptions extends CallOptions {
  readonly pieceBytes: number
}

/**
 * Gives a file's pieces in order to `work`, all but the last of full length; none for an empty file.
 *
 * @throws {ToolkitError} `FILE_READ_FAILED`
 */
export async function readPieces(
  source: string,
  { pieceBytes, signal }: PieceOptions,
  work: PieceWork,
): Promise<Received> {
  const hash = createHash('md5')
  let sizeBytes = 0
  await using file = await open(source, 'r').catch(throwReadError(source))
  const { size } = await file.stat()
  for (let index = 0; ; index++) {
    signal?.throwIfAborted()
    const buffer = Buffer.allocUnsafe(Math.min(pieceBytes, Math.max(1, size - sizeBytes + 1)))
    const piece = await fill(file, buffer).catch(throwReadError(source))
    if (piece.length === 0) return { md5: hash.digest('hex'), sizeBytes }
    hash.update(piece)
    sizeBytes += piece.length
    await work(piece, index)
  }
}

/** Reads until the buffer is full or the file ends. */
async function fill(file: FileHandle, buffer: Buffer): Promise<Buffer> {
  let length = 0
  while (length < buffer.length) {
    const { bytesRead } = await file.read(buffer, length, buffer.length - length)
    if (bytesRead === 0) break
    length += bytesRead
  }
  return buffer.subarray(0, length)
}

function throwReadError(source: string): (error: unknown) => never {
  return (error) => {
    throw systemCode(error) === undefined ? error : readError(source, error)
  }
}

const copyBytes = 1 << 20

/**
 * Copies a file to a new one and tells the MD5 of what was copied.
 *
 * @throws {ToolkitError} `FILE_READ_FAILED`, `FILE_WRITE_FAILED`
 */
export async function copyHashed(
  source: string,
  target: string,
  { signal }: CallOptions,
): Promise<Received> {
  await using file = await open(target, 'wx').catch(throwWriteError(target))
  const write = async (piece: Uint8Array): Promise<void> => {
    await file.writeFile(piece).catch(throwWriteError(target))
  }
  try {
    return await readPieces(source, { pieceBytes: copyBytes, signal }, write)
  } catch (error) {
    await rm(target, { force: true })
    throw error
  }
}

/** Turns a failed write into an error of ours. */
export function throwWriteError(target: string): (error: unknown) => never {
  return (error) => {
    throw asWriteError(target, error)
  }
}

/** @throws {ToolkitError} `CACHE_OBJECT_DAMAGED` */
export function checkSource(source: string, expected: string | undefined, actual: string): void {
  if (expected !== undefined && expected !== actual) throw damagedSource(source, expected, actual)
}

/**
 * The MD5 that names a file's content: of its bytes, or as DVC 2 computed it.
 *
 * @throws {ToolkitError} `FILE_READ_FAILED`
 */
export async function hashObject(
  source: string,
  id: ObjectId,
  { signal }: CallOptions,
): Promise<string> {
  if (!id.isLegacy || isManifest(id)) {
    const read = await readPieces(source, { pieceBytes: copyBytes, signal }, async () => undefined)
    return read.md5
  }
  const hash = createHash('md5')
  await readPieces(source, { pieceBytes: copyBytes, signal }, async (piece) => {
    hash.update(asLegacyHashed(piece))
  })
  return hash.digest('hex')
}
