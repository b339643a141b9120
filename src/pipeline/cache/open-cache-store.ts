/** The cache of a repository, as the engine uses it. */

import type { Repository } from '../repository/repository.ts'
import { addToCache, isInCache, restoreFromCache, saveToCache } from './cache-store.ts'
import type { Cache } from './cache.ts'
import { hashPath } from './hash-file.ts'
import { openHashState } from './hash-state-store.ts'
import { linkToCache } from './link-store.ts'
import { findRuns, saveRun } from './run-cache-store.ts'
import { openTemporaryFolder } from './temporary-folder-store.ts'

/** What a command wants of the cache besides its place. */
export interface OpenCacheOptions {
  readonly signal?: AbortSignal | undefined
  /** Milliseconds since 1970, the clock that files are stamped with; without one, no hash is remembered. */
  readonly clock?: () => number
}

/** Opens the cache; nothing is created before something is saved. */
export function openCache(repository: Repository, options: OpenCacheOptions = {}): Cache {
  const { ignore, stateFolder } = repository
  const { signal, clock } = options
  const hashes = clock && openHashState(stateFolder, { clock })
  const shared = openTemporaryFolder(repository)
  return {
    hash: (location, { isLegacy = false } = {}) =>
      hashPath(location, signal, { ignore, hashes, isLegacy }),
    has: (md5, legacy) => isInCache(repository, md5, legacy),
    add: (location) => addToCache(repository, location, { signal, shared, ignore, hashes }),
    link: (location, content) => linkToCache(repository, location, content, { hashes }),
    save: async (location, content) => {
      await saveToCache(repository, location, content, { signal, shared })
      await linkToCache(repository, location, content, { hashes })
    },
    restore: (md5, target) =>
      restoreFromCache(repository, md5, { ...target, ignore, hashes, signal }),
    findRuns: (entry) => findRuns(repository, entry),
    saveRun: (entry) => saveRun(repository, entry, shared),
    [Symbol.dispose]: () => {
      shared[Symbol.dispose]()
      hashes?.[Symbol.dispose]()
    },
  }
}
