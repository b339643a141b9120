/** From a path straight to a remote, without a copy in the cache. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { formatManifest, type PathContent } from '../cache/hash-file.ts'
import { objectKey } from './object-key.ts'
import { openObjectWriter } from './object-writer-store.ts'
import { sendFiles } from './push-objects.ts'
import type { Remote } from './remote.ts'
import {
  createAccount,
  settleAccount,
  type TransferOptions,
  type TransferResult,
} from './transfer.ts'
import { toItem, uniqueItems, type TransferItem } from './wanted.ts'

/** What to send. */
export interface SentData {
  /** Absolute path of the file or folder. */
  readonly source: string
  /** What it held when it was hashed; a file that is no longer that is not sent. */
  readonly content: PathContent
  /** The path that messages name. */
  readonly label: string
}

/**
 * Sends what the remote does not have yet; of a folder, the list of its files last.
 *
 * @returns what was sent, and what could not be
 * @throws {ToolkitError} `REMOTE_DENIED`, `REMOTE_UNAVAILABLE`, `FILE_WRITE_FAILED`
 */
export async function sendData(
  { source, content, label }: SentData,
  remote: Remote,
  options: TransferOptions,
): Promise<TransferResult> {
  const account = createAccount(options)
  const { members, fingerprint } = content
  const whole = toItem({ md5: fingerprint.md5, label })
  const paths = new Map(
    members?.map(({ path, md5 }) => [objectKey({ md5 }), join(source, path)] as const),
  )
  const files = uniqueItems(
    members?.map(({ path, md5 }) => toItem({ md5, label: `${label}/${path}` })) ?? [whole],
  )
  const present = await remote.has(
    [...new Set([...files, whole])].map(({ key }) => key),
    options,
  )
  const absent = files.filter(({ key }) => !present.has(key))
  const sending = { ...options, account, present }
  const pathOf = ({ key }: TransferItem): string => paths.get(key) ?? source
  await sendFiles(absent, remote, { ...sending, pathOf })
  const isWhole = files.every(({ key }) => present.has(key))
  if (members !== undefined && isWhole && !present.has(whole.key)) {
    using writer = openObjectWriter(options.cache)
    const path = writer.makePath()
    writeFileSync(path, formatManifest(members))
    await sendFiles([whole], remote, { ...sending, pathOf: () => path })
  }
  return settleAccount(account)
}
