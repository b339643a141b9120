/** From a remote to the cache. */

import { isManifest } from './object-key.ts'
import type { PreparedObject } from './object-folder-store.ts'
import { openFolders } from './open-folders.ts'
import { runPool } from './pool.ts'
import { receiveObject } from './receive-object.ts'
import type { Remote } from './remote.ts'
import {
  createAccount,
  settleAccount,
  type Account,
  type TransferOptions,
  type TransferResult,
} from './transfer.ts'
import {
  toItem,
  uniqueItems,
  uniqueWanted,
  type TransferFolder,
  type TransferItem,
  type WantedObject,
} from './wanted.ts'

/**
 * Brings objects that the cache does not have. Each is hashed while it comes, and enters the
 * cache only when it is what its name says; a folder's manifest enters last.
 *
 * @returns what was brought, and which objects could not be: they are damaged or not there
 * @throws {ToolkitError} `REMOTE_DENIED`, `REMOTE_UNAVAILABLE`, `FILE_WRITE_FAILED`; what has been brought stays
 */
export async function fetchObjects(
  wanted: Iterable<WantedObject>,
  remote: Remote,
  options: TransferOptions,
): Promise<TransferResult> {
  const { cache } = options
  const account = createAccount(options)
  const all = uniqueWanted(wanted)
  const plain = all.filter((one) => !isManifest(one)).map(toItem)
  const prepared = new Map<string, PreparedObject>()
  try {
    const folders = await openFolders(all.filter(isManifest), remote, {
      ...options,
      account,
      prepared,
    })
    const files = uniqueItems([...plain, ...folders.flatMap((folder) => folder.wanted)])
    const sound = await cache.findSound(files, options)
    const absent = files.filter(({ key }) => !sound.has(key))
    await receiveFiles(absent, remote, { ...options, account })
    await commitManifests(folders, prepared, account)
    await cache.settle()
  } catch (error) {
    await cache.settle().catch(ignoreSecondFailure)
    throw error
  }
  return settleAccount(account)
}

async function receiveFiles(
  items: readonly TransferItem[],
  remote: Remote,
  options: TransferOptions & { readonly account: Account },
): Promise<void> {
  const { cache, account } = options
  account.expect(items.length)
  await runPool(items, remote.jobs, async (item) => {
    try {
      let sizeBytes = 0
      await cache.add(item.key, async (path) => {
        sizeBytes = await receiveObject(item, path, { remote, signal: options.signal })
      })
      account.add(item, sizeBytes)
    } catch (error) {
      account.fail(item, error)
    }
  })
  await cache.settle()
}

/** A manifest whose files did not all come stays out: it would promise them. */
async function commitManifests(
  folders: readonly TransferFolder[],
  prepared: ReadonlyMap<string, PreparedObject>,
  account: Account,
): Promise<void> {
  for (const folder of uniqueItems(folders)) {
    const object = prepared.get(folder.key)
    const needed = folders.filter(({ key }) => key === folder.key).flatMap(({ wanted }) => wanted)
    if (object === undefined || needed.some(({ key }) => account.failed.has(key))) continue
    await object.commit()
    account.expect(1)
    account.add(folder, 0)
  }
}

function ignoreSecondFailure(): void {
  // The first failure is the one to report.
}
