/** Manifests of folders in the cache: which files a folder has, without the files. */

import { ToolkitError } from '../../core/errors.ts'
import { formatManifest, manifestHash, type Member } from '../cache/manifest.ts'
import { openObjectBatch } from '../cache/object-batch-store.ts'
import type { CacheHome, ObjectName } from '../cache/object-path.ts'
import { hasObject, readManifest, type BrokenObject } from '../cache/object-store.ts'

/**
 * The files of a tracked folder as its manifest lists them.
 *
 * @throws {ToolkitError} `CACHE_OBJECT_MISSING`, `CACHE_OBJECT_DAMAGED`, `PATH_FORBIDDEN`
 */
export function readMembers(home: CacheHome, name: ObjectName): readonly Member[] {
  const members = readManifest(home, name)
  if (typeof members !== 'string') return members
  const how = members === 'missing' ? 'is not in the cache' : 'is damaged in the cache'
  throw new ToolkitError(brokenCodes[members], `${name.md5} ${how}`, {
    hint: 'get it from a remote with: mlpt fetch',
    details: { ...name },
  })
}

/** The code for what is wrong with an object. */
export const brokenCodes = {
  missing: 'CACHE_OBJECT_MISSING',
  damaged: 'CACHE_OBJECT_DAMAGED',
} as const satisfies Record<BrokenObject['problem'], string>

/** Writes the manifest of a folder whose files are in the cache already. */
export async function saveManifest(home: CacheHome, members: readonly Member[]): Promise<void> {
  const text = formatManifest(members)
  const name = { md5: manifestHash(text) }
  if (await hasObject(home, name)) return
  using batch = openObjectBatch(home)
  batch.addBytes(name, Buffer.from(text))
  await batch.commit()
}
