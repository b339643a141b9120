/** From a remote to the cache. */

import type { CacheHome } from '../cache/object-path.ts'
import { hasObject } from '../cache/object-store.ts'
import { isManifest } from './object-key.ts'
import { openObjectWriter, sizeOf, type ObjectWriter } from './object-writer-store.ts'
import { openFolders } from './open-folders.ts'
import { runPool } from './pool.ts'
import { receiveObject } from './receive-object.ts'
import type { Content, Remote } from './remote.ts'
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
  const received = new Map<string, Content>()
  using writer = openObjectWriter(cache)
  const receiving: Receiving = { ...options, account, writer, received }
  try {
    const folders = await openFolders(all.filter(isManifest), remote, receiving)
    const files = uniqueItems([...plain, ...folders.flatMap((folder) => folder.wanted)])
    await receiveFiles(await withoutSound(files, cache), remote, receiving)
    await addManifests(folders, receiving)
    await writer.settle()
  } catch (error) {
    await writer.settle().catch(ignoreSecondFailure)
    throw error
  }
  return settleAccount(account)
}

interface Receiving extends TransferOptions {
  readonly account: Account
  readonly writer: ObjectWriter
  /** Manifests that came from the remote, by key. */
  readonly received: Map<string, Content>
}

async function withoutSound(
  items: readonly TransferItem[],
  cache: CacheHome,
): Promise<TransferItem[]> {
  const absent: TransferItem[] = []
  for (const item of items) if (!(await hasObject(cache, item))) absent.push(item)
  return absent
}

async function receiveFiles(
  items: readonly TransferItem[],
  remote: Remote,
  { account, writer, signal }: Receiving,
): Promise<void> {
  account.expect(items.length)
  const makePath = (): string => writer.makePath()
  await runPool(items, remote.jobs, async (item) => {
    try {
      const content = await receiveObject(item, remote, { signal, makePath })
      await writer.add(item, content)
      account.add(item, sizeOf(content))
    } catch (error) {
      account.fail(item, error)
    }
  })
  await writer.settle()
}

/** A manifest whose files did not all come stays out: it would promise them. */
async function addManifests(
  folders: readonly TransferFolder[],
  { account, writer, received }: Receiving,
): Promise<void> {
  for (const folder of uniqueItems(folders)) {
    const content = received.get(folder.key)
    const needed = folders.filter(({ key }) => key === folder.key).flatMap(({ wanted }) => wanted)
    if (content === undefined || needed.some(({ key }) => account.failed.has(key))) continue
    await writer.add(folder, content)
    account.expect(1)
    account.add(folder, sizeOf(content))
  }
}

function ignoreSecondFailure(): void {
  // The first failure is the one to report.
}
