/** Removing what nobody needs from the cache and from remotes. */

import { ToolkitError } from '../../core/errors.ts'
import { parseManifest, type Member } from '../cache/manifest.ts'
import type { CacheHome } from '../cache/object-path.ts'
import { readManifest } from '../cache/object-store.ts'
import { removeAbandoned } from '../cache/temporary-folder-store.ts'
import { listKeys, removeKeys } from './object-folder-store.ts'
import { isManifest, objectKey } from './object-key.ts'
import { openObjectWriter, type ObjectWriter } from './object-writer-store.ts'
import { planCollection, type CollectionPlan } from './plan-collection.ts'
import { receiveObject } from './receive-object.ts'
import type { CallOptions, Remote, RemoteEntry } from './remote.ts'
import { readContentText } from './stream-file.ts'
import { toFolder, toItem, uniqueWanted, type WantedObject } from './wanted.ts'

/** Where to collect. */
export interface CollectOptions extends CallOptions {
  /** A `Repository` is one. */
  readonly cache: CacheHome
  /** Remotes to collect in as well. */
  readonly remotes: readonly Remote[]
  /** Other caches that may have manifests which this one lacks. */
  readonly caches?: readonly CacheHome[]
  /** Asked, besides those, for manifests that the cache lacks. */
  readonly sources?: readonly Remote[]
  /** Used objects by the remote that keeps them: what it really has need not stay in the cache. */
  readonly copies?: ReadonlyMap<Remote, readonly WantedObject[]>
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
  { cache, caches = [], remotes, sources = [], copies = new Map(), isDry, signal }: CollectOptions,
): Promise<Collected[]> {
  const readers = { caches, remotes: [...remotes, ...sources, ...copies.keys()], signal }
  const usedAnywhere = await usedKeys(uniqueWanted(used), cache, readers)
  const keys = usedAnywhere.difference(await findCopied(copies, cache, readers))
  const places = [placeOfCache(cache), ...remotes]
  const plans: Collected[] = []
  for (const place of places) {
    const present: RemoteEntry[] = []
    for await (const entry of place.list('', { signal })) present.push(entry)
    plans.push({ name: place.name, ...planCollection(present, keys) })
  }
  if (isDry) return plans
  removeAbandoned(cache)
  for (const [i, { removed }] of plans.entries()) {
    const removedKeys = removed.map(({ key }) => key)
    await places[i]?.remove(removedKeys, { signal })
  }
  return plans
}

/** What every remote has that should. */
async function findCopied(
  copies: ReadonlyMap<Remote, readonly WantedObject[]>,
  cache: CacheHome,
  readers: Sources,
): Promise<Set<string>> {
  let copied = new Set<string>()
  let lacking = new Set<string>()
  for (const [remote, objects] of copies) {
    const keys = await usedKeys(uniqueWanted(objects), cache, readers)
    const there = await remote.has([...keys], readers)
    copied = copied.union(there)
    lacking = lacking.union(keys.difference(there))
  }
  return copied.difference(lacking)
}

function placeOfCache({ cacheFolder }: CacheHome): Pick<Remote, 'name' | 'list' | 'remove'> {
  return {
    name: 'cache',
    list: async function* (prefix, call) {
      yield* listKeys(cacheFolder, prefix, call)
    },
    remove: async (keys, call) => removeKeys(cacheFolder, keys, call),
  }
}

interface Sources extends CallOptions {
  readonly caches: readonly CacheHome[]
  readonly remotes: readonly Remote[]
}

async function usedKeys(
  used: readonly WantedObject[],
  cache: CacheHome,
  sources: Sources,
): Promise<Set<string>> {
  const keys = new Set(used.map(objectKey))
  const unknown: WantedObject[] = []
  using writer = openObjectWriter(cache)
  for (const one of used.filter(isManifest)) {
    const manifest = await findManifest(one, { ...sources, cache, writer })
    if (manifest === undefined) unknown.push(one)
    // All of it is used, whatever part was asked for.
    for (const { key } of toFolder({ ...one, within: undefined }, manifest).wanted) keys.add(key)
  }
  if (unknown.length > 0) throw unknownFolders(unknown)
  return keys
}

interface ManifestSources extends Sources {
  readonly cache: CacheHome
  readonly writer: ObjectWriter
}

async function findManifest(
  wanted: WantedObject,
  { cache, writer, caches, remotes, signal }: ManifestSources,
): Promise<readonly Member[] | undefined> {
  for (const home of [cache, ...caches]) {
    const local = readManifest(home, wanted)
    if (typeof local !== 'string') return local
  }
  const item = toItem(wanted)
  for (const remote of remotes) {
    if (!(await remote.has([item.key], { signal })).has(item.key)) continue
    const makePath = (): string => writer.makePath()
    const content = await receiveObject(item, remote, { signal, makePath })
    return parseManifest(readContentText(content))
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
