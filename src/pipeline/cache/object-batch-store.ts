/**
 * New objects of a cache. They are written under temporary names, made safe together,
 * and only then named; manifests come last. So an object is whole or absent and
 * a manifest means that its files are there, whenever engine or machine stop.
 */

import { chmodSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { asWriteError, syncPath } from '../../core/atomic-file.ts'
import { syncFiles } from './barrier-process.ts'
import { makeCacheFolder } from './cache-folder-file.ts'
import { objectMode, objectPath, type CacheHome, type ObjectName } from './object-path.ts'
import { openTemporaryFolder, type TemporaryFolder } from './temporary-folder-store.ts'
import { writeNew } from './write-new-file.ts'

/** Objects on their way into a cache. Disposing it removes what was not committed. */
export interface ObjectBatch extends Disposable {
  /** A path that nobody uses, on the cache's file system. @throws {ToolkitError} `FILE_WRITE_FAILED` */
  temporaryPath(): string
  /** Takes bytes that have been hashed to this name. @throws {ToolkitError} `FILE_WRITE_FAILED` */
  addBytes(name: ObjectName, bytes: Uint8Array): void
  /** Takes a file at a temporary path whose content has been hashed to this name, and is safe on the disk. */
  addFile(name: ObjectName, temporaryPath: string): void
  /** Takes one that is not safe yet, and has the mode of an object. */
  addCopy(name: ObjectName, temporaryPath: string): void
  /** Gives back a temporary path that is not needed, and removes what may be there. */
  drop(temporaryPath: string): void
  /** Whether it was taken already. */
  has(name: ObjectName): boolean
  /** Puts all in place when so much has come together that the memory for it would count. */
  commitIfLarge(): Promise<void>
  /** Puts all in place. @throws {ToolkitError} `FILE_WRITE_FAILED` */
  commit(): Promise<void>
}

const largeBatch = 10_000

/**
 * Begins a batch; nothing is created before the first object.
 *
 * @param shared - where objects wait, when other batches use it too
 */
export function openObjectBatch(home: CacheHome, shared?: TemporaryFolder): ObjectBatch {
  const { cacheFolder } = home
  const folder = shared ?? openTemporaryFolder(home)
  const use = folder.use()
  /** Temporary path by final path. */
  const waiting = new Map<string, string>()
  const safe = new Set<string>()
  const unnamed = new Set<string>()
  const temporaryPath = (): string => {
    const path = use.path()
    unnamed.add(path)
    return path
  }
  const addFile = (name: ObjectName, path: string): void => {
    guard(path, () => chmodSync(path, objectMode))
    waiting.set(objectPath(cacheFolder, name), path)
    safe.add(path)
  }
  const drop = (path: string): void => {
    rmSync(path, { force: true })
    unnamed.delete(path)
  }
  const addBytes = (name: ObjectName, bytes: Uint8Array): void => {
    const path = temporaryPath()
    const target = objectPath(cacheFolder, name)
    guard(target, () => writeNew(path, bytes, objectMode))
    waiting.set(target, path)
  }
  const commit = async (): Promise<void> => {
    if (waiting.size === 0) return
    // More may come meanwhile.
    const named = new Map(waiting)
    waiting.clear()
    try {
      await syncFiles(
        cacheFolder,
        [...named.values()].filter((path) => !safe.has(path)),
      )
      await nameObjects(home, named)
    } catch (error) {
      throw asWriteError(cacheFolder, error)
    }
    for (const path of named.values()) unnamed.delete(path)
  }
  return {
    temporaryPath,
    addBytes,
    addFile,
    addCopy: (name, path) => void waiting.set(objectPath(cacheFolder, name), path),
    drop,
    has: (name) => waiting.has(objectPath(cacheFolder, name)),
    commitIfLarge: async () => (waiting.size < largeBatch ? undefined : commit()),
    commit,
    [Symbol.dispose]: () => {
      for (const path of unnamed) rmSync(path, { force: true })
      unnamed.clear()
      use[Symbol.dispose]()
      if (shared === undefined) folder[Symbol.dispose]()
    },
  }
}

function guard<T>(path: string, act: () => T): T {
  try {
    return act()
  } catch (error) {
    throw asWriteError(path, error)
  }
}

async function nameObjects(home: CacheHome, waiting: ReadonlyMap<string, string>): Promise<void> {
  const files = [...waiting].filter(([path]) => !path.endsWith('.dir'))
  const manifests = [...waiting].filter(([path]) => path.endsWith('.dir'))
  for (const group of [files, manifests]) {
    const folders = new Set(group.map(([path]) => dirname(path)))
    for (const folder of folders) makeCacheFolder(home, folder)
    for (const [path, temporary] of group) renameSync(temporary, path)
    // Before a manifest is named, the names of its files are safe.
    for (const folder of folders) await syncPath(folder)
  }
}
