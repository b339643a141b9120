/** What a transfer is about: objects by hash, with the paths that need them. */

import type { Member } from '../cache/manifest.ts'
import type { ObjectName } from '../cache/object-path.ts'
import { objectKey } from './object-key.ts'

/** One output to transfer: a file, or a folder by its manifest. */
export interface WantedObject extends ObjectName {
  /** The path that messages name. */
  readonly label: string
  /** Only what lies at or below this path of the folder, with forward slashes. */
  readonly within?: string | undefined
}

/** One object with its place and the path that needs it. */
export interface TransferItem extends ObjectName {
  readonly key: string
  readonly label: string
}

/** A folder: its manifest and its files. */
export interface TransferFolder extends TransferItem {
  /** `undefined` when the manifest is nowhere to be found. */
  readonly members: readonly TransferItem[] | undefined
  /** Those that are wanted. */
  readonly wanted: readonly TransferItem[]
}

/** The item of an object. */
export function toItem({ md5, isLegacy, label }: WantedObject): TransferItem {
  return { md5, isLegacy, label, key: objectKey({ md5, isLegacy }) }
}

/** The folder that a manifest describes. */
export function toFolder(
  wanted: WantedObject,
  manifest: readonly Member[] | undefined,
): TransferFolder {
  const { isLegacy, label, within } = wanted
  const members = manifest?.map(({ path, md5 }) =>
    toItem({ md5, isLegacy, label: `${label}/${path}` }),
  )
  return { ...toItem(wanted), members, wanted: membersWithin(manifest, members ?? [], within) }
}

function membersWithin(
  manifest: readonly Member[] | undefined,
  members: readonly TransferItem[],
  within: string | undefined,
): readonly TransferItem[] {
  // Folders may have a hundred thousand files: nothing is copied without need.
  if (within === undefined) return members
  return members.filter((_, i) => {
    const path = manifest?.[i]?.path ?? ''
    return path === within || path.startsWith(`${within}/`)
  })
}

/** Each object once, under the first path that needs it; in the order of the keys. */
export function uniqueItems(items: Iterable<TransferItem>): TransferItem[] {
  const byKey = new Map<string, TransferItem>()
  for (const item of items) if (!byKey.has(item.key)) byKey.set(item.key, item)
  return [...byKey.values()].sort((a, b) => (a.key < b.key ? -1 : 1))
}

/** Each wanted object once; two wants inside of one folder stay two. */
export function uniqueWanted(wanted: Iterable<WantedObject>): WantedObject[] {
  const byKey = new Map<string, WantedObject>()
  for (const one of wanted) {
    const key = `${objectKey(one)}\n${one.within ?? ''}`
    if (!byKey.has(key)) byKey.set(key, one)
  }
  return [...byKey.values()]
}
