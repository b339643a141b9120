/** The content-addressed cache, DVC 3's layout: `files/md5/ab/cdef…`, mode 0444, each object whole or absent. */

import { constants } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { asWriteError } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { syncPath } from './barrier-process.ts'
import { readLargeFile } from './read-large-file.ts'
import { digestPiece } from './digest.ts'
import {
  checkFile,
  collectFolder,
  readSmallFile,
  statIfPresent,
  toFileContent,
  type FileHash,
  type FileTeam,
  type HashOptions,
  type PathContent,
} from './hash-file.ts'
import { afterwards, later, openUnderWay, whenDone, type Later } from './later.ts'
import { formatManifest } from './manifest.ts'
import { openObjectBatch, type ObjectBatch } from './object-batch-store.ts'
import { objectPath, type CacheHome, type ObjectName } from './object-path.ts'
import { hasObject, isInCache } from './object-store.ts'
import type { TemporaryFolder } from './temporary-folder-store.ts'

export { isInCache } from './object-store.ts'
export { restoreFromCache } from './restore-store.ts'

/** How content is saved. */
export interface SaveOptions {
  /** Ends the work early with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Where new objects wait for their names, when others use it too. */
  readonly shared?: TemporaryFolder
  /** Reads large files. */
  readonly team?: FileTeam | undefined
}

/**
 * Copies a path's content into the cache; what is there already is left alone.
 * A folder's manifest comes last, so that a manifest means that its members are there.
 *
 * @throws {ToolkitError} `PIPELINE_STAGE_FAILED` when the content is no longer what was hashed,
 * `FILE_READ_FAILED`, `FILE_WRITE_FAILED`
 */
export async function saveToCache(
  home: CacheHome,
  location: string,
  { fingerprint, members, isLegacy = false }: PathContent,
  { signal, shared, team }: SaveOptions = {},
): Promise<void> {
  const name = { md5: fingerprint.md5, isLegacy }
  if (await isInCache(home, name.md5, name)) return
  using batch = openObjectBatch(home, shared)
  const files = members ?? [{ path: '', md5: name.md5 }]
  await using underWay = openUnderWay(signal)
  const storing = { home, batch, signal: underWay.signal, isLegacy, team }
  const stored: Promise<FileHash>[] = []
  for (const { path, md5 } of files) {
    const source = path === '' ? location : `${location}/${path}`
    const object = { md5, isLegacy }
    if (batch.has(object) || (await hasObject(home, object))) continue
    const hashed = await storeFile(source, { ...storing, expected: md5 })
    underWay.add(hashed)
    if ('done' in hashed) stored.push(hashed.done)
  }
  await Promise.all(stored)
  if (members !== undefined) batch.addBytes(name, Buffer.from(formatManifest(members)))
  await batch.commit()
}

/**
 * Hashes a path and copies it into the cache, reading each file once; `undefined` when there is nothing.
 * What the cache has already is not copied again.
 *
 * @throws {ToolkitError} `FILE_READ_FAILED`, `FILE_WRITE_FAILED`
 */
export async function addToCache(
  home: CacheHome,
  location: string,
  options: HashOptions & SaveOptions = {},
): Promise<PathContent | undefined> {
  const stats = statIfPresent(location)
  if (stats === undefined) return undefined
  using batch = openObjectBatch(home, options.shared)
  const add = (path: string, signal = options.signal): Promise<FileHash | Later<FileHash>> =>
    addFile(path, { home, batch, ...options, signal })
  if (!stats.isDirectory()) {
    checkFile(location, stats)
    const hashed = await whenDone(await add(location))
    await batch.commit()
    return toFileContent(hashed, stats, options)
  }
  const content = await collectFolder(location, options, add)
  const name = { md5: content.fingerprint.md5, isLegacy: content.isLegacy }
  if (!(await hasObject(home, name))) {
    batch.addBytes(name, Buffer.from(formatManifest(content.members ?? [])))
  }
  await batch.commit()
  return content
}

interface Adding extends HashOptions, SaveOptions {
  readonly home: CacheHome
  readonly batch: ObjectBatch
}

async function addFile(location: string, adding: Adding): Promise<FileHash | Later<FileHash>> {
  const { home, hashes, isLegacy = false } = adding
  const sighting = hashes?.look(location, isLegacy)
  if (sighting?.md5 !== undefined && (await hasObject(home, { md5: sighting.md5, isLegacy }))) {
    return { md5: sighting.md5, sizeBytes: sighting.sizeBytes }
  }
  const hashed = await storeFile(location, { ...adding, isLegacy, expected: undefined })
  if (sighting === undefined) return hashed
  return afterwards(hashed, ({ md5 }) => hashes?.remember(location, sighting, md5))
}

interface Storing extends SaveOptions {
  readonly home: CacheHome
  readonly batch: ObjectBatch
  readonly isLegacy: boolean
  /** What it must hash to, when that is known. */
  readonly expected: string | undefined
}

/** What is hashed is what is written: the bytes in memory, or for a large file the copy. */
async function storeFile(location: string, storing: Storing): Promise<FileHash | Later<FileHash>> {
  const { home, batch, isLegacy, expected, signal } = storing
  signal?.throwIfAborted()
  await batch.commitIfLarge()
  const bytes = readSmallFile(location)
  if (bytes === undefined) return beginLargeFile(location, storing)
  const md5 = digestPiece(bytes, isLegacy)
  checkUnchanged(location, md5, expected)
  const name: ObjectName = { md5, isLegacy }
  if (!batch.has(name) && !isThere(home, name)) batch.addBytes(name, bytes)
  return { md5, sizeBytes: bytes.length }
}

/** Quick and blocking, as the bytes are in a buffer that others use too; a doubtful object is written anew. */
function isThere({ cacheFolder }: CacheHome, name: ObjectName): boolean {
  const stats = statIfPresent(objectPath(cacheFolder, name))
  return stats !== undefined && (stats.mode & 0o777) === 0o444
}

/** With a team it goes on elsewhere; without one it is waited for, as nothing else would bound how many are read at once. */
async function beginLargeFile(
  location: string,
  storing: Storing,
): Promise<FileHash | Later<FileHash>> {
  const { home, batch, isLegacy, expected, signal, team } = storing
  const path = batch.temporaryPath()
  const isClone = await clone(location, path)
  const file = isClone ? { source: path, isLegacy } : { source: location, target: path, isLegacy }
  const hashing = (await team?.begin(file, signal)) ?? later(readLargeFile(file, signal))
  const store = async (): Promise<FileHash> => {
    // The disk writes while the processor hashes.
    const [hashed] = await Promise.all([hashing.done, isClone ? syncObject(path) : undefined])
    checkUnchanged(location, hashed.md5, expected)
    const name: ObjectName = { md5: hashed.md5, isLegacy }
    if (!batch.has(name) && !(await hasObject(home, name))) batch.addFile(name, path)
    return hashed
  }
  return team === undefined ? store() : later(store())
}

/** False where the file system cannot share the blocks. */
async function clone(location: string, path: string): Promise<boolean> {
  try {
    await copyFile(location, path, constants.COPYFILE_FICLONE_FORCE)
    return true
  } catch {
    // Whatever is wrong with either path, copying says so.
    return false
  }
}

async function syncObject(path: string): Promise<void> {
  try {
    await syncPath(path)
  } catch (error) {
    throw asWriteError(path, error)
  }
}

function checkUnchanged(location: string, md5: string, expected: string | undefined): void {
  if (expected === undefined || md5 === expected) return
  throw new ToolkitError('PIPELINE_STAGE_FAILED', `'${location}' changed while it was saved`, {
    hint: 'something still writes to it: let the stage wait for what it starts',
    details: { path: location, expected, actual: md5 },
  })
}
