/** Reading a file piece by piece with its MD5, for those who send or copy it. */

import { open, rm } from 'node:fs/promises'
import { asWriteError, systemCode } from '../../core/atomic-file.ts'
import { beginDigest, digestPiece } from '../cache/digest.ts'
import { readSmallFile } from '../cache/read-content-file.ts'
import { readPiece } from '../cache/read-piece-file.ts'
import { readError, readTextNow } from '../repository/text-file.ts'
import { damagedSource } from './remote-errors.ts'
import type { CallOptions, Content } from './remote.ts'

/** What is done with a piece of a file. */
export type PieceWork = (piece: Uint8Array) => Promise<void>

/** How to read a file. */
export interface PieceOptions extends CallOptions {
  readonly pieceBytes: number
}

/** What was read. */
export interface ReadFile {
  readonly md5: string
  readonly sizeBytes: number
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
): Promise<ReadFile> {
  const digest = beginDigest(false)
  let sizeBytes = 0
  await using file = await open(source, 'r').catch(throwReadError(source))
  for (;;) {
    signal?.throwIfAborted()
    const buffer = Buffer.allocUnsafe(pieceBytes)
    const piece = await readPiece(file, buffer).catch(throwReadError(source))
    if (piece.length === 0) return { md5: digest.finish(), sizeBytes }
    digest.update(piece)
    sizeBytes += piece.length
    await work(piece)
  }
}

function throwReadError(source: string): (error: unknown) => never {
  return (error) => {
    throw systemCode(error) === undefined ? error : readError(source, error)
  }
}

/** Turns a failed write into an error of ours. */
export function throwWriteError(target: string): (error: unknown) => never {
  return (error) => {
    throw asWriteError(target, error)
  }
}

const copyBytes = 1 << 20

/** Where content goes that is too large for memory. */
export interface LargeTarget extends CallOptions {
  readonly makePath: () => string
}

/**
 * Reads a file into memory when it is small, else copies it.
 *
 * @throws {ToolkitError} `FILE_READ_FAILED`, `FILE_WRITE_FAILED`
 */
export async function readContent(
  source: string,
  { makePath, signal }: LargeTarget,
): Promise<Content> {
  signal?.throwIfAborted()
  const small = readSmallFile(source)
  // Those bytes are overwritten by the next read.
  if (small !== undefined) return { kind: 'bytes', bytes: Buffer.from(small) }
  const path = makePath()
  return { kind: 'file', path, ...(await copyHashed(source, path, { signal })) }
}

async function copyHashed(
  source: string,
  target: string,
  { signal }: CallOptions,
): Promise<ReadFile> {
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

/** The MD5 of content. */
export function digestContent(content: Content): string {
  return content.kind === 'bytes' ? digestPiece(content.bytes, false) : content.md5
}

/** Content as text. @throws {ToolkitError} `FILE_READ_FAILED` */
export function readContentText(content: Content): string {
  if (content.kind === 'bytes') return Buffer.from(content.bytes).toString('utf8')
  return readTextNow(content.path) ?? ''
}

/** @throws {ToolkitError} `CACHE_OBJECT_DAMAGED` */
export function checkSource(source: string, expected: string | undefined, actual: string): void {
  if (expected !== undefined && expected !== actual) throw damagedSource(source, expected, actual)
}
