/** Appends lines to a spool, and begins another when it is large or old. */

import { open, rename, stat, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { asWriteError, makeFolder, systemCode } from '../../core/atomic-file.ts'
import { formatSpoolName, openPrefix, sealedPrefix } from './log-folder.ts'
import { nextSpoolNumber, ownProcess } from './spool-owner-process.ts'

/** When a spool is whole. */
export interface SpoolLimits {
  readonly bytes: number
  /** Below a day: a spool of another machine that nobody has written for so long is taken for abandoned. */
  readonly ageMs: number
}

/** Writes the spools of one folder; calls must not overlap. */
export interface SpoolWriter {
  /**
   * Appends whole lines: all or none.
   *
   * @throws {ToolkitError} `FILE_WRITE_FAILED`; nothing is written then, and the same lines can be written again
   */
  write(lines: Uint8Array): Promise<void>
  /** Seals the spool if it is too old. */
  sealOld(): Promise<void>
  /** Ends the spool, if there is one. */
  seal(): Promise<void>
}

/** @param options - `onSealed` is told of every spool that is whole */
export function createSpoolWriter(
  folder: string,
  options: SpoolLimits & {
    readonly now: () => number
    readonly onSealed?: (() => void) | undefined
  },
): SpoolWriter {
  let current: OpenSpool | undefined
  const seal = async (): Promise<void> => {
    const ended = current
    current = undefined
    if (ended === undefined) return
    await sealSpool(folder, ended)
    options.onSealed?.()
  }
  const sealOld = async (): Promise<void> => {
    if (current !== undefined && options.now() - current.openedAt > options.ageMs) await seal()
  }
  const spoolFor = async (bytes: number): Promise<OpenSpool> => {
    if (current !== undefined && !(await isThere(current))) {
      await closeQuietly(current)
      current = undefined
    }
    await sealOld()
    if (current !== undefined && current.bytes > 0 && current.bytes + bytes > options.bytes)
      await seal()
    current ??= await openSpool(folder, options.now())
    return current
  }
  return {
    write: async (lines) => {
      try {
        const spool = await spoolFor(lines.length)
        await appendWhole(spool, lines).catch(async (error: unknown) => {
          // What cannot be cut off ends there: a later line must not follow half of one.
          if (!(await isCut(spool))) {
            current = undefined
            await sealSpool(folder, spool)
          }
          throw error
        })
      } catch (error) {
        throw asWriteError(folder, error)
      }
    },
    sealOld,
    seal,
  }
}

interface OpenSpool {
  readonly handle: FileHandle
  readonly name: string
  readonly path: string
  /** Of the file: somebody may have removed it and its folder. */
  readonly inode: number
  readonly openedAt: number
  /** Whole lines. */
  bytes: number
}

/** For this user only: what people asked may be nobody else's business. */
async function openSpool(folder: string, openedAt: number): Promise<OpenSpool> {
  makeFolder(folder, 0o700)
  const name = formatSpoolName(ownProcess(), { time: openedAt, count: nextSpoolNumber() })
  const path = join(folder, `${openPrefix}${name}.jsonl`)
  const handle = await open(path, 'ax', 0o600)
  const { ino: inode } = await handle.stat()
  return { handle, name, path, inode, openedAt, bytes: 0 }
}

async function isThere({ path, inode }: OpenSpool): Promise<boolean> {
  try {
    return (await stat(path)).ino === inode
  } catch (error) {
    if (systemCode(error) === undefined) throw error
    return false
  }
}

async function appendWhole(spool: OpenSpool, lines: Uint8Array): Promise<void> {
  let done = 0
  while (done < lines.length) {
    const { bytesWritten } = await spool.handle.write(lines, done)
    done += bytesWritten
  }
  spool.bytes += lines.length
}

async function isCut(spool: OpenSpool): Promise<boolean> {
  try {
    await spool.handle.truncate(spool.bytes)
    return true
  } catch {
    return false // The write's own error is the one to report.
  }
}

async function sealSpool(folder: string, { handle, name, path }: OpenSpool): Promise<void> {
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(path, join(folder, `${sealedPrefix}${name}.jsonl`)).catch(ignoreMissing)
}

async function closeQuietly({ handle }: OpenSpool): Promise<void> {
  // What was in it is gone already.
  await handle.close().catch(() => undefined)
}

/** Somebody removed the folder, or sealed the spool. */
function ignoreMissing(error: unknown): void {
  if (systemCode(error) !== 'ENOENT') throw error
}
