/** Putting many objects into a folder, be it the cache or a remote: safe ones, in batches. */

import { rmSync } from 'node:fs'
import { rename } from 'node:fs/promises'
import { join } from 'node:path'
import { replaceFileWith, writeFileAtomically, syncPath } from '../../core/atomic-file.ts'
import { openObjectBatch, type ObjectBatch } from '../cache/object-batch-store.ts'
import type { CacheHome, ObjectName } from '../cache/object-path.ts'
import type { Content } from './remote.ts'

/** Objects on their way into a folder. Adds may run at the same time. */
export interface ObjectWriter extends Disposable {
  /** A path at which nothing is yet, on the folder's file system. */
  makePath(): string
  /**
   * Takes content that has been compared with its name. It is there once a batch is full, at the
   * latest when {@link settle} has resolved.
   *
   * @throws {ToolkitError} `FILE_WRITE_FAILED`
   */
  add(name: ObjectName, content: Content): Promise<void>
  /** Writes what is no object at once: an entry of the run cache, a file of a log. @throws {ToolkitError} `FILE_WRITE_FAILED` */
  addOther(key: string, content: Content): Promise<void>
  /** Puts all in place. @throws {ToolkitError} `FILE_WRITE_FAILED` */
  settle(): Promise<void>
}

/** After so many objects or bytes they are put in place, so that a killed transfer loses little. */
const batchCount = 2000
const batchBytes = 1 << 28

/** Opens a folder for writing; nothing is created before the first object. */
export function openObjectWriter(home: CacheHome): ObjectWriter {
  const batches: ObjectBatch[] = []
  let batch = openBatch()
  let count = 0
  let sizeBytes = 0
  function openBatch(): ObjectBatch {
    const opened = openObjectBatch(home)
    // Not closed before the end: a file that is still being filled may lie in its folder.
    batches.push(opened)
    return opened
  }
  const settle = async (): Promise<void> => {
    const full = batch
    // What others add meanwhile goes into the next one.
    batch = openBatch()
    count = 0
    sizeBytes = 0
    await full.commit()
  }
  return {
    makePath: () => batch.temporaryPath(),
    add: async (name, content) => {
      if (content.kind === 'bytes') batch.addBytes(name, content.bytes)
      else {
        await syncPath(content.path)
        batch.addFile(name, content.path)
      }
      count++
      sizeBytes += sizeOf(content)
      if (count >= batchCount || sizeBytes >= batchBytes) await settle()
    },
    addOther: (key, content) => {
      const path = join(home.cacheFolder, key)
      if (content.kind === 'bytes') return writeFileAtomically(path, content.bytes)
      return replaceFileWith(path, (temporary) => rename(content.path, temporary))
    },
    settle,
    [Symbol.dispose]: () => {
      for (const one of batches) one[Symbol.dispose]()
    },
  }
}

/** How large content is. */
export function sizeOf(content: Content): number {
  return content.kind === 'bytes' ? content.bytes.length : content.sizeBytes
}

/** Removes the file of content that is not wanted. */
export function discardContent(content: Content): void {
  if (content.kind === 'file') rmSync(content.path, { force: true })
}
