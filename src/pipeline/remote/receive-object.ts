/** One object from a remote, verified. */

import { hashFile } from '../cache/hash-file.ts'
import { digestPiece } from '../cache/digest.ts'
import { isTextHashed } from '../cache/object-store.ts'
import { digestOf } from './object-key.ts'
import { discardContent } from './object-writer-store.ts'
import { damagedObject } from './remote-errors.ts'
import type { CallOptions, Content, DownloadOptions, Remote } from './remote.ts'
import { digestContent } from './stream-file.ts'
import type { TransferItem } from './wanted.ts'

/**
 * Brings an object and compares its MD5 with its name. One that does not fit is asked for once more:
 * it may have been damaged on its way.
 *
 * @throws {ToolkitError} `REMOTE_OBJECT_DAMAGED`, `REMOTE_OBJECT_MISSING`
 */
export async function receiveObject(
  item: TransferItem,
  remote: Remote,
  options: DownloadOptions,
): Promise<Content> {
  const expected = digestOf(item)
  for (let isSecond = false; ; isSecond = true) {
    const content = await remote.download(item.key, options)
    const actual = isTextHashed(item) ? await digestText(content, options) : digestContent(content)
    if (actual === expected) return content
    discardContent(content)
    if (isSecond) throw damagedObject(item.key, remote.place, { expected, actual })
  }
}

async function digestText(content: Content, { signal }: CallOptions): Promise<string> {
  if (content.kind === 'bytes') return digestPiece(content.bytes, true)
  const { md5 } = await hashFile(content.path, signal, { isLegacy: true })
  return md5
}
