/** The content-addressed cache, DVC 3's layout: `files/md5/ab/cdef…`, mode 0444, each object whole or absent. */

import { constants } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import { asWriteError, syncPath } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { packCount, type FileHash, type FileTeam, type PackHash } from './file-team.ts'
import {
  checkFile,
  collectFolder,
  toFileContent,
  type HashOptions,
  type PathContent,
} from './hash-file.ts'
import { later, openUnderWay, type Later, type UnderWay } from './later.ts'
import { formatManifest, type Member } from './manifest.ts'
import { openObjectBatch, type ObjectBatch } from './object-batch-store.ts'
import { objectMode, type CacheHome, type ObjectName } from './object-path.ts'
import { hasObject, isInCache } from './object-store.ts'
import { readFiles, readUnknown, type FileReader, type Unread } from './read-files.ts'
import { readLargeFile } from './read-large-file.ts'
import { readPack } from './read-pack-file.ts'
import type { TemporaryFolder } from './temporary-folder-store.ts'
import { statIfPresent } from '../repository/text-file.ts'

export { isInCache } from './object-store.ts'
export { restoreFromCache } from './restore-store.ts'

/** How content is saved. */
export interface SaveOptions {
  /** Ends the work early with the signal's reason. */
  readonly signal?: AbortSignal | undefined
  /** Where new objects wait for their names, when others use it too. */
  readonly shared?: TemporaryFolder
  /** Reads many files at a time. */
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
  await storeMembers(location, files, { home, batch, isLegacy, team }, signal)
  if (members !== undefined) batch.addBytes(name, Buffer.from(formatManifest(members)))
  await batch.commit()
}

async function storeMembers(
  location: string,
  members: readonly Member[],
  storing: Storing,
  signal: AbortSignal | undefined,
): Promise<void> {
  const { home, batch, isLegacy } = storing
  await using underWay = openUnderWay(signal)
  const storer = createStorer(storing, underWay.signal)
  const stored: Later<unknown>[] = []
  for (let i = 0; i < members.length; i += packCount) {
    const missing: Unread[] = []
    for (const { path, md5 } of members.slice(i, i + packCount)) {
      const object = { md5, isLegacy }
      if (batch.has(object) || (await hasObject(home, object))) continue
      const source = path === '' ? location : `${location}/${path}`
      missing.push({ location: source, expected: md5, sizeBytes: statIfPresent(source)?.size })
    }
    stored.push(await readFiles(missing, storer, underWay))
  }
  for (const { done } of stored) await done
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
  const { hashes, isLegacy = false, team } = options
  const isEnough = (md5: string): Promise<boolean> => hasObject(home, { md5, isLegacy })
  const add = (
    files: readonly Unread[],
    underWay: UnderWay,
  ): Promise<Later<readonly FileHash[]>> => {
    const reader = createStorer({ home, batch, isLegacy, team }, underWay.signal)
    return readUnknown(files, { hashes, isLegacy, isEnough, reader }, underWay)
  }
  if (!stats.isDirectory()) {
    checkFile(location, stats)
    await using underWay = openUnderWay(options.signal)
    const { done } = await add([{ location, sizeBytes: stats.size }], underWay)
    const [hashed] = await done
    await batch.commit()
    return toFileContent(hashed!, stats, options)
  }
  const content = await collectFolder(location, options, add)
  const name = { md5: content.fingerprint.md5, isLegacy: content.isLegacy }
  if (!(await hasObject(home, name))) {
    batch.addBytes(name, Buffer.from(formatManifest(content.members ?? [])))
  }
  await batch.commit()
  return content
}

interface Storing {
  readonly home: CacheHome
  readonly batch: ObjectBatch
  readonly isLegacy: boolean
  readonly team: FileTeam | undefined
}

/** What is hashed is what is written: the bytes in memory, or for a large file the copy. */
function createStorer(storing: Storing, signal: AbortSignal): FileReader {
  const { home, batch, isLegacy, team } = storing
  const settle = ({ location, expected }: Unread, hashed: PackHash, copy: string): FileHash => {
    checkUnchanged(location, hashed.md5, expected)
    const name: ObjectName = { md5: hashed.md5, isLegacy }
    if (hashed.isCopied && !batch.has(name)) batch.addCopy(name, copy)
    else batch.drop(copy)
    return hashed
  }
  return {
    small: async (files) => {
      await batch.commitIfLarge()
      const copies = files.map(() => batch.temporaryPath())
      const pack = {
        files: files.map(({ location, expected }, i) => ({
          source: location,
          target: copies[i],
          expected,
        })),
        isLegacy,
        mode: objectMode,
        cacheFolder: home.cacheFolder,
      }
      const reading = (await team?.beginPack(pack, signal)) ?? later(readPack(pack, signal))
      return later(
        reading.done.then((read) =>
          read.map((hashed, i) => hashed && settle(files[i]!, hashed, copies[i]!)),
        ),
      )
    },
    large: (file) => beginLargeFile(file, storing, signal),
  }
}

/** With a team it goes on elsewhere; without one it is waited for, as nothing else would bound how many are read at once. */
async function beginLargeFile(
  { location, expected }: Unread,
  { home, batch, isLegacy, team }: Storing,
  signal: AbortSignal,
): Promise<FileHash | Later<FileHash>> {
  signal.throwIfAborted()
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
