/** Removing what nobody needs from the cache and from remotes. */

import { ToolkitError } from '../../core/errors.ts'
import type { ObjectFolder } from './object-folder-store.ts'
import { isManifest, objectKey } from './object-key.ts'
import { planCollection, type CollectionPlan } from './plan-collection.ts'
import type { CallOptions, Remote, RemoteEntry } from './remote.ts'
import { readManifestText } from './transfer.ts'
import { toFolder, uniqueWanted, type WantedObject } from './wanted.ts'

/** Where to collect. */
export interface CollectOptions extends CallOptions {
  readonly cache: ObjectFolder
  /** Remotes to collect in as well. */
  readonly remotes: readonly Remote[]
  /** Asked, besides those, for manifests that the cache lacks. */
  readonly sources?: readonly Remote[]
  /** Only says what would go. */
  readonly isDry: boolean
}

/** What was removed, or would be. */
export interface Collected extends CollectionPlan {
  /** `cache`, or the remote's name. */
  readonly name: string
}

/**
 * Removes the objects that are not used. Nothing is removed before it is known for every used
 * folder which files it has.
 *
 * @param used - all that is used in every revision to keep
 * @returns the cache first, then the remotes
 * @throws {ToolkitError} `CACHE_OBJECT_MISSING` when a used manifest is nowhere, so that nobody knows its files
 */
export async function collectGarbage(
  used: Iterable<WantedObject>,
  { cache, remotes, sources = [], isDry, signal }: CollectOptions,
): Promise<Collected[]> {
  const keys = await usedKeys(uniqueWanted(used), cache, {
    remotes: [...remotes, ...sources],
    signal,
  })
  const places = [{ name: 'cache', place: cache }, ...remotes.map(named)]
  const plans: Collected[] = []
  for (const { name, place } of places) {
    const present: RemoteEntry[] = []
    for await (const entry of place.list('', { signal })) present.push(entry)
    plans.push({ name, ...planCollection(present, keys) })
  }
  for (const [i, { removed }] of plans.entries()) {
    if (isDry) break
    const removedKeys = removed.map(({ key }) => key)
    await places[i]?.place.remove(removedKeys, { signal })
  }
  return plans
}

function named(remote: Remote): { readonly name: string; readonly place: Remote } {
  return { name: remote.name, place: remote }
}

interface Sources extends CallOptions {
  readonly remotes: readonly Remote[]
}

async function usedKeys(
  used: readonly WantedObject[],
  cache: ObjectFolder,
  sources: Sources,
): Promise<Set<string>> {
  const keys = new Set(used.map(objectKey))
  const unknown: WantedObject[] = []
  for (const one of used.filter(isManifest)) {
    const text = await readManifest(one, cache, sources)
    const manifest = text === undefined ? undefined : readManifestText(text, one.md5)
    if (manifest === undefined) unknown.push(one)
    // All of it is used, whatever part was asked for.
    for (const { key } of toFolder({ ...one, within: undefined }, manifest).wanted) keys.add(key)
  }
  if (unknown.length > 0) throw unknownFolders(unknown)
  return keys
}

async function readManifest(
  wanted: WantedObject,
  cache: ObjectFolder,
  { remotes, signal }: Sources,
): Promise<string | undefined> {
  const key = objectKey(wanted)
  const local = await cache.readText(key)
  if (local !== undefined) return local
  for (const remote of remotes) {
    if (!(await remote.has([key], { signal })).has(key)) continue
    const object = await cache.prepare(key, async (path) => {
      await remote.download(key, path, { signal })
    })
    return object.readText()
  }
  return undefined
}

function unknownFolders(folders: readonly WantedObject[]): ToolkitError {
  const labels = folders.map(({ label }) => `'${label}'`).join(', ')
  return new ToolkitError(
    'CACHE_OBJECT_MISSING',
    `the list of files is missing or damaged of ${labels}: nobody knows which objects belong to it`,
    {
      hint: 'fetch it first, or say --remote so that it can be read there',
      details: { labels: folders.map(({ label }) => label) },
    },
  )
}
