/**
 * Writing that either happened or did not: a temporary file beside the target,
 * fsync, rename, fsync of the folder. In core, where little touches the
 * disk, because every folder above needs it (docs/decisions/0003).
 */

import {
  closeSync,
  fsync,
  mkdirSync,
  openSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { mkdir, open, rm } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { isProcessAlive } from './alive-process.ts'
import { ToolkitError } from './errors.ts'

/** Text is written as UTF-8. */
export type FileContent = string | Uint8Array

/**
 * Replaces the file at `path`, or creates it and its folders.
 *
 * @param mode - of the file; as the process makes files when left out
 * @throws {ToolkitError} `FILE_WRITE_FAILED`; what was there before is then untouched.
 */
export async function writeFileAtomically(
  path: string,
  content: FileContent,
  mode = 0o666,
): Promise<void> {
  removeStaleTemporariesOf(path)
  await replaceSafely(path, (temporaryPath) => writeSafely(temporaryPath, content, mode))
}

/**
 * As {@link writeFileAtomically}, for a file that is written again and again: what killed processes left is looked for
 * once. In a folder of thousands of files that look takes as long as the write.
 */
export function createAtomicWriter(path: string): (content: FileContent) => Promise<void> {
  let isCleared = false
  return async (content) => {
    if (!isCleared) removeStaleTemporariesOf(path)
    isCleared = true
    await replaceSafely(path, (temporaryPath) => writeSafely(temporaryPath, content, 0o666))
  }
}

async function writeSafely(
  temporaryPath: string,
  content: FileContent,
  mode: number,
): Promise<void> {
  if (content.length > smallLength) {
    await using file = await open(temporaryPath, 'w', mode)
    await file.writeFile(content)
    await file.sync()
    return
  }
  // The system takes a small file at once: only the wait for the disk is worth another thread.
  writeFileSync(temporaryPath, content, { mode })
  await syncPath(temporaryPath)
}

const smallLength = 1 << 18

/**
 * Lets `write` fill a temporary path, then puts the result at `path` in one step.
 *
 * @throws {ToolkitError} `FILE_WRITE_FAILED`; what was there before is then untouched.
 */
export async function replaceFileWith(
  path: string,
  write: (temporaryPath: string) => Promise<void>,
): Promise<void> {
  removeStaleTemporariesOf(path)
  await replaceSafely(path, async (temporaryPath) => {
    await write(temporaryPath)
    await syncPath(temporaryPath)
  })
}

function removeStaleTemporariesOf(path: string): void {
  try {
    removeStaleTemporaries([path])
  } catch (error) {
    throw asWriteError(path, error)
  }
}

/** @param write - makes what it has written safe itself */
async function replaceSafely(
  path: string,
  write: (temporaryPath: string) => Promise<void>,
): Promise<void> {
  const temporaryPath = temporaryPathFor(path)
  try {
    refuseSpecialFile(path)
    makeFolder(dirname(path))
    await write(temporaryPath)
    renameSync(temporaryPath, path)
    await syncPath(dirname(path))
  } catch (error) {
    await rm(temporaryPath, { force: true, recursive: true }).catch(ignoreCleanupFailure)
    throw asWriteError(path, error)
  }
}

/**
 * A device or a pipe, `/dev/stdout` say, would be replaced by a file: for every program of the machine.
 *
 * @throws {ToolkitError} `FILE_WRITE_FAILED`
 */
export function refuseSpecialFile(path: string): void {
  const found = statIfPresent(path)
  if (found === undefined || found.isFile() || found.isDirectory()) return
  throw new ToolkitError('FILE_WRITE_FAILED', `cannot write '${path}': it is no regular file`, {
    hint: 'name a file; what is printed without it can be sent anywhere by the shell',
    details: { path },
  })
}

function statIfPresent(path: string): ReturnType<typeof statSync> | undefined {
  try {
    return statSync(path, { throwIfNoEntry: false })
  } catch (error) {
    // What is wrong with the folders above, making them says.
    if (systemCode(error) === undefined) throw error
    return undefined
  }
}

/**
 * As `mkdir` with `recursive`, which never returns where a folder can hold none, as in /proc or below an automounter.
 *
 * @param mode - of the folders that are made
 * @returns the first folder that was made; `undefined` when all were there
 */
export function makeFolder(path: string, mode?: number): string | undefined {
  try {
    mkdirSync(path, mode)
    return path
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return undefined
    if (systemCode(error) !== 'ENOENT' || dirname(path) === path) throw error
    const first = makeFolder(dirname(path), mode)
    return makeMissing(path, mode) ? (first ?? path) : first
  }
}

/** Somebody else may have made it in the meantime. */
function makeMissing(path: string, mode: number | undefined): boolean {
  try {
    mkdirSync(path, mode)
    return true
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
    return false
  }
}

/**
 * Replaces the folder at `path` by one with exactly these files; keys are
 * relative paths with forward slashes.
 *
 * @throws {ToolkitError} `FILE_WRITE_FAILED`; what was there before is then untouched.
 */
export async function writeFolderAtomically(
  path: string,
  files: ReadonlyMap<string, FileContent>,
): Promise<void> {
  await replaceFileWith(path, async (temporaryPath) => {
    // A process that was killed may have had this one's id: in a container each has the same.
    await rm(temporaryPath, { recursive: true, force: true })
    for (const [name, content] of files) {
      const target = join(temporaryPath, ...name.split('/'))
      await mkdir(dirname(target), { recursive: true })
      await using file = await open(target, 'w')
      await file.writeFile(content)
      await file.sync()
    }
    // A folder cannot be renamed over a folder that has files in it.
    await rm(path, { recursive: true, force: true })
  })
}

/** Turns what the operating system says into an error with code, path and hint. */
export function asWriteError(path: string, error: unknown): unknown {
  const code = systemCode(error)
  if (code === undefined) return error
  return new ToolkitError('FILE_WRITE_FAILED', `cannot write '${path}': ${code}`, {
    hint: writeHints[code] ?? 'check the path and its permissions',
    details: { path, code },
    cause: error,
  })
}

/** Whether the system says that this user may not, or that the disk is read-only. */
export function isForbidden(error: unknown): boolean {
  return ['EACCES', 'EPERM', 'EROFS'].includes(systemCode(error) ?? '')
}

/** What helps when a limit of the process itself was reached, by errno name. */
export const processHints: Readonly<Record<string, string>> = {
  EAGAIN:
    'this user may have no more processes: raise the limit (ulimit -u), or run fewer at a time',
  EMFILE:
    'this process may open no more files: raise the limit (ulimit -n), or run fewer at a time',
  ENFILE: 'this machine can open no more files: end what has many open',
}

const writeHints: Readonly<Record<string, string>> = {
  ...processHints,
  EACCES: 'give this user write permission on the folder',
  EDQUOT: 'the quota is used up: free space, then run again',
  EFBIG: 'the file is larger than this process may write: raise the limit (ulimit -f)',
  EEXIST: 'a part of the path is a file: move it away',
  ENAMETOOLONG: 'give it a shorter name: most file systems allow 255 bytes, and 4096 for a path',
  ENOSPC: 'the disk is full: free space, then run again',
  ENOTDIR: 'a part of the path is a file: move it away',
  EPERM: 'give this user write permission on the folder',
  EROFS: 'the file system is read-only: work in a writable folder',
}

/** The errno name of a system error ('ENOENT'), or `undefined` for any other error. */
export function systemCode(error: unknown): string | undefined {
  if (!(error instanceof Error) || !('code' in error)) return undefined
  return typeof error.code === 'string' && /^E[A-Z0-9]+$/.test(error.code) ? error.code : undefined
}

/**
 * Where new content of a path lies until it is whole: beside it, hidden. The process id in the
 * name lets somebody later clear what a killed process left.
 */
export function temporaryPathFor(path: string): string {
  return join(dirname(path), `.${shortName(basename(path))}.${process.pid}.tmp`)
}

/** File systems allow names of 255 bytes, and what is written around this one needs some of them. */
function shortName(name: string): string {
  if (Buffer.byteLength(name) <= shortBytes) return name
  const head = Array.from(name).slice(0, shortBytes / 4 - 2)
  // Tells apart what begins alike; nothing but speed hangs on how well.
  const sum = Array.from(name).reduce(
    (a, c) => (a * 31 + (c.codePointAt(0) ?? 0)) % 0xff_ff_ff_fb,
    7,
  )
  return `${head.join('')}~${sum.toString(16)}`
}

const shortBytes = 220

/** Removes what processes that are no more left of their writes to these paths. */
export function removeStaleTemporaries(paths: Iterable<string>): void {
  const names = new Map<string, Set<string>>()
  for (const path of paths) {
    const known = names.get(dirname(path))
    const name = shortName(basename(path))
    if (known === undefined) names.set(dirname(path), new Set([name]))
    else known.add(name)
  }
  for (const [folder, targets] of names) {
    for (const name of listIfPresent(folder)) {
      const [, target, owner] = /^\.(.+)\.(\d+)\.tmp$/.exec(name) ?? []
      if (target === undefined || !targets.has(target) || isProcessAlive(Number(owner))) continue
      rmSync(join(folder, name), { recursive: true, force: true })
    }
  }
}

/** Names of what is in a folder; none where there is no such folder. */
export function listIfPresent(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch (error) {
    if (systemCode(error) === 'ENOENT' || systemCode(error) === 'ENOTDIR') return []
    throw error
  }
}

/** Waits until a file's content, or a folder's names, are on the disk. */
export async function syncPath(path: string): Promise<void> {
  // Opening is quick; a thread is only worth its price where the disk is waited for.
  const file = openSync(path, 'r')
  try {
    await promisify(fsync)(file)
  } finally {
    closeSync(file)
  }
}

function ignoreCleanupFailure(): void {
  // The write's own error is the one to report; a temporary left behind is cleared by the next writer.
}
