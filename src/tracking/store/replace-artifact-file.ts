/** Writes of artifacts that happened whole or not at all, any number at once and to the same path. */

import { randomUUID } from 'node:crypto'
import { mkdir, open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isProcessAlive } from '../../core/alive-process.ts'
import { asWriteError, systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'

type Content = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/**
 * Replaces the file at a path, or creates it and its folders. Of several writes at once
 * each makes a file of its own, and the one that ends last stays.
 *
 * @throws {ToolkitError} `TRACKING_INVALID` when a part of the path has become a file or a folder
 *   meanwhile, `FILE_WRITE_FAILED`; what `content` throws is passed on. What was there is then untouched.
 */
export type ReplaceArtifact = (path: string, content: Content) => Promise<void>

/** Folders are looked through for leftovers once: some are large. */
export function createArtifactReplacer(): ReplaceArtifact {
  const cleanFolders = new Set<string>()
  return async (path, content) => {
    const folder = dirname(path)
    const temporaryPath = join(folder, `.${randomUUID()}.${process.pid}.tmp`)
    try {
      await mkdir(folder, { recursive: true })
      if (!cleanFolders.has(folder)) await removeLeftovers(folder)
      if (cleanFolders.size >= mostCleanFolders) cleanFolders.clear()
      cleanFolders.add(folder)
      await writeSafely(temporaryPath, content)
      await rename(temporaryPath, path)
      await syncFolder(folder)
    } catch (error) {
      await rm(temporaryPath, { force: true }).catch(ignoreCleanupFailure)
      throw asConflict(error) ?? asWriteError(path, error)
    }
  }
}

const mostCleanFolders = 1000

function ignoreCleanupFailure(): void {
  // The write's own error is the one to report; a leftover is removed by a later process.
}

async function writeSafely(path: string, content: Content): Promise<void> {
  await using file = await open(path, 'wx')
  for await (const chunk of content) await file.appendFile(chunk)
  await file.sync()
}

/** Makes names in a folder last. */
export async function syncFolder(folder: string): Promise<void> {
  await using handle = await open(folder, 'r')
  await handle.sync()
}

/** What killed processes left of their writes in a folder. */
async function removeLeftovers(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const owner = /^\.[0-9a-f-]{36}\.(\d+)\.tmp$/.exec(name)?.[1]
    if (owner === undefined || isProcessAlive(Number(owner))) continue
    await rm(join(folder, name), { force: true })
  }
}

/** Somebody else changed the tree during the write. */
function asConflict(error: unknown): ToolkitError | undefined {
  const code = systemCode(error)
  const what = conflicts[code ?? '']
  if (what === undefined) return undefined
  return new ToolkitError('TRACKING_INVALID', `the artifact was not written: ${what}`)
}

const conflicts: Readonly<Record<string, string>> = {
  EEXIST: 'a part of its path is a file',
  EISDIR: 'there is a folder of its name',
  ENOENT: 'its folder was deleted meanwhile',
  ENOTDIR: 'a part of its path is a file',
  ENOTEMPTY: 'there is a folder of its name',
}
