/** Manifests from the cache, else from a remote. */

import { ToolkitError } from '../../core/errors.ts'
import { parseManifest, type Member } from '../cache/manifest.ts'
import { readManifest, type BrokenObject } from '../cache/object-store.ts'
import type { ObjectWriter } from './object-writer-store.ts'
import { runPool } from './pool.ts'
import { readContentText } from './stream-file.ts'
import { receiveObject } from './receive-object.ts'
import type { Content, Remote } from './remote.ts'
import { missingInCache, type Account, type TransferOptions } from './transfer.ts'
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
  readonly writer: ObjectWriter
  /** Takes those that came from the remote, by key. */
  readonly received?: Map<string, Content>
}

/** Opens the manifests of folders, in the order given. One that cannot be had is a problem of the account. */
export async function openFolders(
  wanted: readonly WantedObject[],
  remote: Remote,
  options: FolderOptions,
): Promise<TransferFolder[]> {
  const manifests = new Map<string, readonly Member[]>()
  const items = new Map(wanted.map(toItem).map((item) => [item.key, item]))
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
  { cache, signal, received, writer }: FolderOptions,
): Promise<readonly Member[]> {
  const local: Member[] | BrokenObject['problem'] = readManifest(cache, item)
  if (typeof local !== 'string') return local
  const makePath = (): string => writer.makePath()
  const content = await receiveObject(item, remote, { signal, makePath })
  const members = parseManifest(readContentText(content))
  if (members === undefined) throw forbiddenPaths(item, remote)
  received?.set(item.key, content)
  return members
}

function asMissing(error: unknown, item: TransferItem, remote: Remote): unknown {
  const isMissing = error instanceof ToolkitError && error.code === 'REMOTE_OBJECT_MISSING'
  return isMissing ? missingInCache(item, remote.place) : error
}

function forbiddenPaths(item: TransferItem, remote: Remote): ToolkitError {
  const message = `'${item.key}' in ${remote.place} lists paths outside of its folder, or is no list`
  return new ToolkitError('PATH_FORBIDDEN', message, {
    hint: 'whoever pushed it did not use DVC: do not trust it',
    details: { key: item.key, place: remote.place },
  })
}
