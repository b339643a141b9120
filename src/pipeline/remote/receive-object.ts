/** One object from a remote to a temporary file, verified. */

import { isManifest } from './object-key.ts'
import { damagedObject } from './remote-errors.ts'
import type { CallOptions, Remote } from './remote.ts'
import { hashObject } from './stream-file.ts'
import type { TransferItem } from './wanted.ts'

/** Where from. */
export interface ReceiveOptions extends CallOptions {
  readonly remote: Remote
}

/**
 * Writes an object to a new file and compares its MD5 with its name.
 *
 * @returns its size in bytes
 * @throws {ToolkitError} `REMOTE_OBJECT_DAMAGED`, `REMOTE_OBJECT_MISSING`
 */
export async function receiveObject(
  item: TransferItem,
  path: string,
  { remote, signal }: ReceiveOptions,
): Promise<number> {
  const { md5, sizeBytes } = await remote.download(item.key, path, { signal })
  const isOwnHash = !item.isLegacy || isManifest(item)
  const actual = isOwnHash ? md5 : await hashObject(path, item, { signal })
  const expected = item.md5.slice(0, 32)
  if (actual !== expected) throw damagedObject(item.key, remote.place, { expected, actual })
  return sizeBytes
}
