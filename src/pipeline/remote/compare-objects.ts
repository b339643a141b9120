/** The cache beside a remote: what `status --cloud` tells. */

import { compareCodePoints } from '../../core/code-point-order.ts'
import { hasObject } from '../cache/object-store.ts'
import { isManifest } from './object-key.ts'
import { openObjectWriter } from './object-writer-store.ts'
import { openFolders } from './open-folders.ts'
import type { Remote } from './remote.ts'
import { createAccount, type TransferOptions } from './transfer.ts'
import { toItem, uniqueWanted, type WantedObject } from './wanted.ts'

/** `new` is only in the cache, `deleted` only on the remote, `missing` in neither. */
export type CloudState = 'new' | 'deleted' | 'missing'

/** One object that is not on both sides. */
export interface CloudDifference {
  /** A path; for a file of a folder, with the folder's. */
  readonly label: string
  readonly md5: string
  readonly state: CloudState
}

/**
 * Compares the cache with a remote, each file of a folder for itself. Paths in the order of code points.
 *
 * @throws {ToolkitError} `REMOTE_DENIED`, `REMOTE_UNAVAILABLE`
 */
export async function compareWithRemote(
  wanted: Iterable<WantedObject>,
  remote: Remote,
  options: TransferOptions,
): Promise<CloudDifference[]> {
  const all = uniqueWanted(wanted)
  const account = createAccount(options)
  using writer = openObjectWriter(options.cache)
  const folders = await openFolders(all.filter(isManifest), remote, { ...options, account, writer })
  const items = [
    ...all.filter((one) => !isManifest(one)).map(toItem),
    ...folders,
    ...folders.flatMap((folder) => folder.wanted),
  ]
  const keys = [...new Set(items.map(({ key }) => key))].sort()
  const there = await remote.has(keys, options)
  const differences = new Map<string, CloudDifference>()
  for (const item of items) {
    const { key, label, md5 } = item
    const state = stateOf(await hasObject(options.cache, item), there.has(key))
    if (state !== undefined) differences.set(label, { label, md5, state })
  }
  return [...differences.values()].sort((a, b) => compareCodePoints(a.label, b.label))
}

function stateOf(isHere: boolean, isThere: boolean): CloudState | undefined {
  if (isHere) return isThere ? undefined : 'new'
  return isThere ? 'deleted' : 'missing'
}
