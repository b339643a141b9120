/** Which objects nobody needs any more. Pure: what is there and what is used in, what goes out. */

import { isManifest, parseObjectKey } from './object-key.ts'
import type { RemoteEntry } from './remote.ts'

/** What a collection removes. */
export interface CollectionPlan {
  /** Manifests first: whenever the removal stops, none of them promises files that are gone. */
  readonly removed: readonly RemoteEntry[]
  readonly removedBytes: number
  /** How many objects stay. */
  readonly keptCount: number
}

/**
 * Plans the removal of objects that are not used. Whatever is no object, the run cache above all, stays.
 *
 * @param used - keys of the objects in use, those of folders' files included
 */
export function planCollection(
  present: Iterable<RemoteEntry>,
  used: ReadonlySet<string>,
): CollectionPlan {
  const manifests: RemoteEntry[] = []
  const files: RemoteEntry[] = []
  let keptCount = 0
  for (const entry of present) {
    const object = parseObjectKey(entry.key)
    if (object === undefined) continue
    if (used.has(entry.key)) keptCount++
    else if (isManifest(object)) manifests.push(entry)
    else files.push(entry)
  }
  const removed = [...inOrder(manifests), ...inOrder(files)]
  const removedBytes = removed.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0)
  return { removed, removedBytes, keptCount }
}

function inOrder(entries: readonly RemoteEntry[]): RemoteEntry[] {
  return entries.toSorted((a, b) => (a.key < b.key ? -1 : 1))
}
