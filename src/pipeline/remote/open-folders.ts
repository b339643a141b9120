/** Manifests from the cache, else from a remote. */

import { ToolkitError } from '../../core/errors.ts'
import type { Member } from '../cache/hash-file.ts'
import type { PreparedObject } from './object-folder-store.ts'
import { runPool } from './pool.ts'
import { receiveObject } from './receive-object.ts'
import type { Remote } from './remote.ts'
import { missingInCache, readManifestText, type Account, type TransferOptions } from './transfer.ts'
import {
  toFolder,
  toItem,
  type TransferFolder,
  type TransferItem,
  type WantedObject,
} from './wanted.ts'

/** How manifests are opened. */
export interface FolderOptions extends TransferOptions {
  readonly account: Account
  /** Takes those that came from the remote, to be committed later; without it they are only read. */
  readonly prepared?: Map<string, PreparedObject>
}

/** Opens the manifests of folders, in the order given. One that cannot be had is a problem of the account. */
export async function openFolders(
  wanted: readonly WantedObject[],
  remote: Remote,
  options: FolderOptions,
): Promise<TransferFolder[]> {
  const manifests = new Map<string, readonly Member[]>()
  const items = new Map(wanted.map((one) => [one.md5 + String(one.isLegacy), toItem(one)]))
  await runPool(items.values(), remote.jobs, async (item) => {
    try {
      manifests.set(item.key, await openManifest(item, remote, options))
    } catch (error) {
      options.account.fail(item, asMissing(error, item, remote))
    }
  })
  return wanted.map((one) => toFolder(one, manifests.get(toItem(one).key)))
}

async function openManifest(
  item: TransferItem,
  remote: Remote,
  options: FolderOptions,
): Promise<readonly Member[]> {
  const { cache, signal, prepared } = options
  const local = await cache.readText(item.key)
  const members = local === undefined ? undefined : readManifestText(local, item.md5)
  if (members !== undefined) return members
  const object = await cache.prepare(item.key, async (path) => {
    await receiveObject(item, path, { remote, signal })
  })
  const received = readManifestText(await object.readText(), item.md5)
  if (received === undefined) throw forbiddenPaths(item, remote)
  prepared?.set(item.key, object)
  return received
}

function asMissing(error: unknown, item: TransferItem, remote: Remote): unknown {
  const isMissing = error instanceof ToolkitError && error.code === 'REMOTE_OBJECT_MISSING'
  return isMissing ? missingInCache(item, remote.place) : error
}

function forbiddenPaths(item: TransferItem, remote: Remote): ToolkitError {
  const message = `'${item.key}' in ${remote.place} lists paths outside of its folder, or is no list`
  return new ToolkitError('REMOTE_OBJECT_DAMAGED', message, {
    hint: 'whoever pushed it did not use DVC: do not trust it',
    details: { key: item.key, place: remote.place },
  })
}
