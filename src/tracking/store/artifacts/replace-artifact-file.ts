/** Writes of artifacts that happened whole or not at all, any number at once and to the same path. */

import { randomUUID } from 'node:crypto'
import { open, readdir, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { isProcessAlive } from '../../../core/alive-process.ts'
import { asWriteError, makeFolder, systemCode } from '../../../core/atomic-file.ts'
import { ToolkitError } from '../../../core/errors.ts'

export type Content = AsyncIterable<Uint8Array> | Iterable<Uint8Array>

/**
 * Takes content into a hidden file, safe on the disk, and then has it moved to where it belongs:
 * what breaks off leaves nothing, no folder either.
 *
 * @throws {ToolkitError} `FILE_WRITE_FAILED`; what `content` or `move` throw is passed on.
 */
export type ReceiveFile = (
  content: Content,
  move: (temporaryPath: string) => Promise<void>,
) => Promise<void>

/** @param folder - for what is not finished; on the same disk as what is */
export function createFileReceiver(folder: string): ReceiveFile {
  const ownNames = new Set<string>()
  let prepared: Promise<void> | undefined
  return async (content, move) => {
    const name = `.${randomUUID()}.${process.pid}.tmp`
    const path = join(folder, name)
    ownNames.add(name)
    try {
      await (prepared ??= prepare(folder, ownNames))
      await writeSafely(folder, path, content)
      await move(path)
    } catch (error) {
      await rm(path, { force: true }).catch(ignoreCleanupFailure)
      throw asWriteError(path, error)
    } finally {
      ownNames.delete(name)
    }
  }
}

function ignoreCleanupFailure(): void {
  // The write's own error is the one to report; a leftover is removed by a later process.
}

/** Makes the folder, and clears what killed processes left there. */
async function prepare(folder: string, ownNames: ReadonlySet<string>): Promise<void> {
  makeFolder(folder)
  // Of a folder that has gone meanwhile, nothing is left.
  for (const name of await readdir(folder).catch(() => [])) {
    const owner = /^\.[0-9a-f-]{36}\.(\d+)\.tmp$/.exec(name)?.[1]
    if (owner === undefined || ownNames.has(name)) continue
    // In containers a server has the id of the one before it.
    if (Number(owner) !== process.pid && isProcessAlive(Number(owner))) continue
    await rm(join(folder, name), { force: true })
  }
}

async function writeSafely(folder: string, path: string, content: Content): Promise<void> {
  await using file = await openNew(folder, path)
  for await (const chunk of content) await file.appendFile(chunk)
  await file.sync()
}

/** Whoever emptied the store meanwhile took the folder with it. */
async function openNew(folder: string, path: string): ReturnType<typeof open> {
  try {
    return await open(path, 'wx')
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
    makeFolder(folder)
    return open(path, 'wx')
  }
}

/** Others may delete the folders as often before they are used. */
const mostAttempts = 20

/**
 * Puts a file in the place of the one at a path, or makes the folders for it. Of several at once
 * the last one stays.
 *
 * @throws {ToolkitError} `TRACKING_INVALID` when a part of the path has become a file or the path a folder
 */
export async function replaceArtifact(temporaryPath: string, path: string): Promise<void> {
  const folder = dirname(path)
  for (let attempt = 1; ; attempt++) {
    try {
      const firstMade = makeFolder(folder)
      await rename(temporaryPath, path)
      await syncFolders(folder, firstMade)
      return
    } catch (error) {
      if (systemCode(error) === 'ENOENT' && attempt < mostAttempts) continue
      throw asConflict(error) ?? error
    }
  }
}

/** Makes a name in a folder last, and those of the folders that were made for it. */
async function syncFolders(folder: string, firstMade: string | undefined): Promise<void> {
  await syncFolder(folder)
  if (firstMade === undefined) return
  for (let place = folder; place.length >= firstMade.length; place = dirname(place)) {
    await syncFolder(dirname(place))
  }
}

/** Makes names in a folder last; one that was deleted meanwhile has none. */
export async function syncFolder(folder: string): Promise<void> {
  try {
    await using handle = await open(folder, 'r')
    await handle.sync()
  } catch (error) {
    if (systemCode(error) !== 'ENOENT') throw error
  }
}

/** Somebody else changed the tree during the write. */
function asConflict(error: unknown): ToolkitError | undefined {
  const what = conflicts[systemCode(error) ?? '']
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
