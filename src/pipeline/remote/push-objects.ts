/** From the cache to a remote. */

import { ToolkitError } from '../../core/errors.ts'
import { hashFile } from '../cache/hash-file.ts'
import { objectPath } from '../cache/object-path.ts'
import { isTextHashed } from '../cache/object-store.ts'
import { digestOf, isManifest } from './object-key.ts'
import { openObjectWriter } from './object-writer-store.ts'
import { openFolders } from './open-folders.ts'
import { runPool } from './pool.ts'
import type { CallOptions, Remote } from './remote.ts'
import { checkSource } from './stream-file.ts'
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
  using writer = openObjectWriter(options.cache)
  const folders = await openFolders(all.filter(isManifest), remote, { ...options, account, writer })
  const files = uniqueItems([...plain, ...folders.flatMap((folder) => folder.wanted)])
  const members = folders.flatMap((folder) => [folder, ...(folder.members ?? [])])
  const keys = uniqueItems([...files, ...members]).map(({ key }) => key)
  const present = await remote.has(keys, options)
  const pathOf = (item: TransferItem): string => objectPath(options.cache.cacheFolder, item)
  const sending: SendOptions = { ...options, account, present, pathOf }
  try {
    const absent = files.filter(({ key }) => !present.has(key))
    await sendFiles(absent, remote, sending)
    const manifests = uniqueItems(
      folders.filter(
        ({ key, members: needed }) =>
          !present.has(key) && needed?.every((member) => present.has(member.key)) === true,
      ),
    )
    await sendFiles(manifests, remote, sending)
  } catch (error) {
    await remote.settle().catch(ignoreSecondFailure)
    throw error
  }
  return settleAccount(account)
}

/** How single objects are sent. */
export interface SendOptions extends TransferOptions {
  readonly account: Account
  /** Grows with what is sent. */
  readonly present: Set<string>
  /** Where the content of an object lies. */
  readonly pathOf: (item: TransferItem) => string
}

/** Sends objects, whatever the remote has; those that cannot be sent are left to the account. */
export async function sendFiles(
  items: readonly TransferItem[],
  remote: Remote,
  { signal, account, present, pathOf }: SendOptions,
): Promise<void> {
  account.expect(items.length)
  await runPool(items, remote.jobs, async (item) => {
    try {
      const sizeBytes = await sendObject(item, pathOf(item), { remote, signal })
      account.add(item, sizeBytes)
      present.add(item.key)
    } catch (error) {
      account.fail(item, asMissing(error, item, remote))
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
  const expected = digestOf(item)
  if (!isTextHashed(item)) {
    return remote.upload(path, item.key, { md5: expected, signal })
  }
  const { md5 } = await hashFile(path, signal, { isLegacy: true })
  checkSource(path, expected, md5)
  return remote.upload(path, item.key, { md5: undefined, signal })
}

function asMissing(error: unknown, item: TransferItem, remote: Remote): unknown {
  const isRead = error instanceof ToolkitError && error.code === 'FILE_READ_FAILED'
  const isMissing = isRead && error.details['code'] === 'ENOENT'
  return isMissing ? missingInCache(item, remote.place) : error
}

function ignoreSecondFailure(): void {
  // The first failure is the one to report.
}
