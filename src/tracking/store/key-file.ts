/** Keys of a store, each in a file of its own: one for all its servers, also after a restart. */

import { randomBytes, randomUUID } from 'node:crypto'
import { link, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isForbidden, makeFolder, systemCode } from '../../core/atomic-file.ts'
import { readIfThere } from '../read-if-there-file.ts'

/** Reads a key of 32 bytes of the store in a folder; makes one the first time. */
export async function readKeyFile(directory: string, name: string): Promise<Uint8Array> {
  const path = join(directory, name)
  return (await readIfThere(path)) ?? createKey(directory, path)
}

/** The same, or one that lasts as long as this process where it may not read or make the file. */
export async function readKeyOrDraw(directory: string, name: string): Promise<Uint8Array> {
  try {
    return await readKeyFile(directory, name)
  } catch (error) {
    if (!isForbidden(error)) throw error
    return randomBytes(32)
  }
}

/** A link appears whole, and of several that start at once the first one stays. */
async function createKey(directory: string, path: string): Promise<Uint8Array> {
  makeFolder(directory)
  const ownPath = `${path}.${randomUUID()}`
  const key = randomBytes(32)
  try {
    await writeFile(ownPath, key, { mode: 0o600, flush: true })
    await link(ownPath, path)
    return key
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
    return await readFile(path)
  } finally {
    await rm(ownPath, { force: true })
  }
}
