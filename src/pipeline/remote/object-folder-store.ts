/** What lies in a folder of objects, be it the cache or a remote: finding, listing, removing. */

import { readdirSync, rmdirSync, rmSync, statSync, type Dirent } from 'node:fs'
import { dirname, join } from 'node:path'
import { asWriteError } from '../../core/atomic-file.ts'
import { isAbsent } from '../repository/text-file.ts'
import type { CallOptions, RemoteEntry } from './remote.ts'

/** Which of these keys are there, whatever they hold. Throws what the system throws. */
export function findKeys(
  root: string,
  keys: readonly string[],
  { signal }: CallOptions,
): Set<string> {
  const found = new Set<string>()
  for (const [folder, inFolder] of Map.groupBy(keys, dirname)) {
    signal?.throwIfAborted()
    const entries = readEntries(join(root, folder))
    const names = new Set(entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name))
    for (const key of inFolder) if (names.has(key.slice(folder.length + 1))) found.add(key)
  }
  return found
}

function readEntries(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true })
  } catch (error) {
    if (isAbsent(error)) return []
    throw error
  }
}

/**
 * Everything below a prefix, in order of the names.
 *
 * @yields what is no folder; those of transfers under way are left out
 */
export function* listKeys(
  root: string,
  prefix: string,
  options: CallOptions,
): Iterable<RemoteEntry> {
  options.signal?.throwIfAborted()
  const entries = readEntries(join(root, prefix))
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    const key = `${prefix}${entry.name}`
    if (entry.isDirectory()) {
      const isTemporary = prefix === '' && entry.name.startsWith('mlpt-')
      if (!isTemporary) yield* listKeys(root, `${key}/`, options)
      continue
    }
    const stats = statSync(join(root, key), { throwIfNoEntry: false })
    if (stats !== undefined) yield { key, sizeBytes: stats.size }
  }
}

/**
 * Removes what is there of these keys, and folders that are empty after it.
 *
 * @throws {ToolkitError} `FILE_WRITE_FAILED`
 */
export function removeKeys(root: string, keys: readonly string[], { signal }: CallOptions): void {
  for (const key of keys) {
    signal?.throwIfAborted()
    try {
      rmSync(join(root, key), { force: true })
    } catch (error) {
      throw asWriteError(join(root, key), error)
    }
  }
  for (const folder of new Set(keys.map((key) => dirname(join(root, key))))) {
    try {
      rmdirSync(folder)
    } catch {
      // It holds other objects, or is gone already.
    }
  }
}
