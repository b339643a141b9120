/** The cache of a repository, as the engine uses it. */

import type { Repository } from '../repository/repository.ts'
import type { Cache } from './cache.ts'
import type { FileTeam } from './file-team.ts'
import { hashPath } from './hash-file.ts'
import { openHashState } from './hash-state-store.ts'
import { isInCache } from './object-store.ts'
import { readPack } from './read-pack-file.ts'
import type { TemporaryFolder } from './temporary-folder-store.ts'

/** What a command wants of the cache besides its place. */
export interface OpenCacheOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds since 1970, the clock that files are stamped with; without one, no hash is remembered. */
  readonly clock?: () => number
}

/**
 * Opens the cache; nothing is created before something is saved, and what saves and restores is
 * loaded when it is needed.
 */
export function openCache(repository: Repository, options: OpenCacheOptions = {}): Cache {
  const { ignore, stateFolder } = repository
  const { signal, clock } = options
  const hashes = clock && openHashState(stateFolder, { clock })
  const team = openTeam(repository)
  let folder: TemporaryFolder | undefined
  const openShared = async (): Promise<TemporaryFolder> => {
    const { openTemporaryFolder } = await import('./temporary-folder-store.ts')
    return (folder ??= openTemporaryFolder(repository))
  }
  const link: Cache['link'] = async (location, content) => {
    const { linkToCache } = await import('./link-store.ts')
    await linkToCache(repository, location, content, { hashes })
  }
  return {
    hash: (location, { isLegacy = false, skipsMembers } = {}) =>
      hashPath(location, signal, { ignore, hashes, team, isLegacy, skipsMembers }),
    has: (md5, legacy) => isInCache(repository, md5, legacy),
    add: async (location) => {
      const { addToCache } = await import('./cache-store.ts')
      const shared = await openShared()
      return addToCache(repository, location, { signal, shared, ignore, hashes, team })
    },
    link,
    save: async (location, content) => {
      const { saveToCache } = await import('./cache-store.ts')
      await saveToCache(repository, location, content, { signal, shared: await openShared(), team })
      await link(location, content)
    },
    restore: async (md5, target) => {
      const { restoreFromCache } = await import('./restore-store.ts')
      return restoreFromCache(repository, md5, { ...target, ignore, hashes, team, signal })
    },
    findRuns: async (entry) => {
      const { findRuns } = await import('./run-cache-store.ts')
      return findRuns(repository, entry)
    },
    saveRun: async (entry) => {
      const { saveRun } = await import('./run-cache-store.ts')
      saveRun(repository, entry, await openShared())
    },
    [Symbol.dispose]: () => {
      team[Symbol.dispose]()
      folder?.[Symbol.dispose]()
      hashes?.[Symbol.dispose]()
    },
  }
}

/** So much is read here before others are asked: to start a thread takes as long. */
const aloneBytes = 1 << 24
/** To ask for a file of this size takes as long as to read it; smaller ones do not count. */
const tinyBytes = 1 << 14

/** Threads are loaded when there is enough for them. */
function openTeam({ config }: Repository): FileTeam & Disposable {
  const asked = config.sections.get('core')?.get('checksum_jobs')
  let opened: (FileTeam & Disposable) | undefined
  let readBytes = 0
  const open = async (): Promise<FileTeam> => {
    const { openFileThreads } = await import('./file-threads-process.ts')
    return (opened ??= openFileThreads(asked === undefined ? undefined : Number(asked)))
  }
  return {
    begin: async (file, signal) => (await open()).begin(file, signal),
    beginPack: async (pack, signal) => {
      if (readBytes >= aloneBytes) return (await open()).beginPack(pack, signal)
      signal?.throwIfAborted()
      const hashes = await readPack(pack, signal)
      for (const hashed of hashes) readBytes += Math.max(0, (hashed?.sizeBytes ?? 0) - tinyBytes)
      return { done: Promise.resolve(hashes) }
    },
    [Symbol.dispose]: () => opened?.[Symbol.dispose](),
  }
}
