/** From the cache to a remote. */

import { isManifest } from './object-key.ts'
import { openFolders } from './open-folders.ts'
import { runPool } from './pool.ts'
import type { CallOptions, Remote } from './remote.ts'
import { checkSource, hashObject } from './stream-file.ts'
import {
  createAccount,
  missingInCache,
  settleAccount,
  type Account,
  type TransferOptions,
  type TransferResult,
} from './transfer.ts'
import {
  toItem,
  uniqueItems,
  uniqueWanted,
  type TransferItem,
  type WantedObject,
} from './wanted.ts'

/**
 * Sends objects that a remote does not have. A folder's manifest goes last, once each of its
 * files is there, because DVC takes it for a promise of that. A file is read and hashed on the
 * way, so a damaged one stays here.
 *
 * @returns what was sent, and which objects could not be: they are damaged or nowhere
 * @throws {ToolkitError} `REMOTE_DENIED`, `REMOTE_UNAVAILABLE`; what has been sent stays sent
 */
export async function pushObjects(
  wanted: Iterable<WantedObject>,
  remote: Remote,
  options: TransferOptions,
): Promise<TransferResult> {
  const account = createAccount(options)
  const all = uniqueWanted(wanted)
  const plain = all.filter((one) => !isManifest(one)).map(toItem)
  const folders = await openFolders(all.filter(isManifest), remote, { ...options, account })
  const files = uniqueItems([...plain, ...folders.flatMap((folder) => folder.wanted)])
  const members = folders.flatMap((folder) => [folder, ...(folder.members ?? [])])
  const keys = uniqueItems([...files, ...members]).map(({ key }) => key)
  const present = await remote.has(keys, options)
  try {
    const absent = files.filter(({ key }) => !present.has(key))
    await sendFiles(absent, remote, { ...options, account, present })
    const manifests = uniqueItems(
      folders.filter(
        ({ key, members: needed }) =>
          !present.has(key) && needed?.every((member) => present.has(member.key)) === true,
      ),
    )
    await sendFiles(manifests, remote, { ...options, account, present })
  } catch (error) {
    await remote.settle().catch(ignoreSecondFailure)
    throw error
  }
  return settleAccount(account)
}

interface SendOptions extends TransferOptions {
  readonly account: Account
  /** Grows with what is sent. */
  readonly present: Set<string>
}

async function sendFiles(
  items: readonly TransferItem[],
  remote: Remote,
  { cache, signal, account, present }: SendOptions,
): Promise<void> {
  const here = await cache.has(
    items.map(({ key }) => key),
    { signal },
  )
  account.expect(items.length)
  await runPool(items, remote.jobs, async (item) => {
    try {
      if (!here.has(item.key)) throw missingInCache(item, remote.place)
      const sizeBytes = await sendObject(item, `${cache.root}/${item.key}`, { remote, signal })
      account.add(item, sizeBytes)
      present.add(item.key)
    } catch (error) {
      account.fail(item, error)
    }
  })
  await remote.settle()
}

/** The name of a text that DVC 2 hashed is not the MD5 of its bytes, so it is hashed before. */
async function sendObject(
  item: TransferItem,
  path: string,
  { remote, signal }: CallOptions & { readonly remote: Remote },
): Promise<number> {
  const expected = item.md5.slice(0, 32)
  if (!item.isLegacy || isManifest(item)) {
    return remote.upload(path, item.key, { md5: expected, signal })
  }
  checkSource(path, expected, await hashObject(path, item, { signal }))
  return remote.upload(path, item.key, { md5: undefined, signal })
}

function ignoreSecondFailure(): void {
  // The first failure is the one to report.
}
