import { isAbsolute, resolve } from 'node:path'
import { isWithin } from './graph.ts'
import type { StagePath } from './stage.ts'
import { relativePosix } from './posix-path.ts'

/** What a path is relative to. Both are absolute. */
export interface PathHome {
  readonly root: string
  readonly workingFolder: string
}

/**
 * A path as it is written; one that is absolute and lies in the repository as DVC records it, from
 * the stage's folder on, so that `dvc.lock` is the same on every machine.
 */
export function createStagePath(path: string, { root, workingFolder }: PathHome): StagePath {
  const location = resolve(workingFolder, path)
  if (!isAbsolute(path) || !isWithin(location, root)) return { path, location }
  return { path: relativePosix(workingFolder, location), location }
}

/** Whether a path names something outside of the file system: `https://…`, `remote://…`. */
export function isAddress(path: string): boolean {
  return /^[a-z][a-z0-9+.-]*:\/\//i.test(path)
}

/** Under which name DVC records the hash of what lies at a path or an address. */
export function hashKeyOf(path: string, hash: string): 'checksum' | 'etag' | 'md5' {
  // A folder's is always made of the MD5 of its files.
  if (!isAddress(path) || hash.endsWith('.dir')) return 'md5'
  return /^https?:/i.test(path) ? 'checksum' : 'etag'
}
