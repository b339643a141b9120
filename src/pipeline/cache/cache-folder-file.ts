import { chmodSync } from 'node:fs'
import { dirname } from 'node:path'
import { makeFolder } from '../../core/atomic-file.ts'
import { isSharedCache, type CacheHome } from './object-path.ts'

/** Makes a folder of a cache with the modes that `cache.shared` asks for. */
export function makeCacheFolder(home: CacheHome, folder: string): void {
  const first = makeFolder(folder)
  if (first === undefined || !isSharedCache(home)) return
  for (let made = folder; made.length >= first.length; made = dirname(made)) {
    chmodSync(made, 0o2775)
  }
}
