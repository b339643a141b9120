/** A remote that is a folder: on this machine, or on a disk that several share. */

import { join } from 'node:path'
import { systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { openObjectFolder } from './object-folder-store.ts'
import { missingObject } from './remote-errors.ts'
import type { Remote } from './remote.ts'
import { checkSource, copyHashed } from './stream-file.ts'

/** A folder remote. */
export interface FolderRemoteOptions {
  readonly name: string
  /** Absolute. */
  readonly folder: string
  readonly jobs: number
  readonly isShared: boolean
}

/** Opens a folder as a remote; it is made with the first push. */
export function openFolderRemote({ name, folder, jobs, isShared }: FolderRemoteOptions): Remote {
  const objects = openObjectFolder(folder, { isShared })
  const place = `'${folder}'`
  return {
    name,
    place,
    jobs,
    has: (keys, options) => explain(place, () => objects.has(keys, options)),
    list: (prefix, options) => explainList(place, objects.list(prefix, options)),
    download: async (key, target, options) => {
      const source = join(folder, key)
      try {
        return await copyHashed(source, target, options)
      } catch (error) {
        throw systemCode(causeOf(error)) === 'ENOENT' && isRead(error)
          ? missingObject(key, place)
          : error
      }
    },
    upload: (source, key, { md5, signal }) => {
      let sizeBytes = 0
      return objects
        .add(key, async (temporaryPath) => {
          const copied = await copyHashed(source, temporaryPath, { signal })
          checkSource(source, md5, copied.md5)
          sizeBytes = copied.sizeBytes
        })
        .then(() => sizeBytes)
    },
    settle: () => objects.settle(),
    remove: (keys, options) => objects.remove(keys, options),
    [Symbol.asyncDispose]: () => objects[Symbol.asyncDispose](),
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined
}

function isRead(error: unknown): boolean {
  return error instanceof ToolkitError && error.code === 'FILE_READ_FAILED'
}

async function explain<T>(place: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw asRemoteError(place, error)
  }
}

async function* explainList<T>(place: string, entries: AsyncIterable<T>): AsyncIterable<T> {
  try {
    yield* entries
  } catch (error) {
    throw asRemoteError(place, error)
  }
}

function asRemoteError(place: string, error: unknown): unknown {
  const code = systemCode(error)
  if (code === undefined) return error
  const isDenied = code === 'EACCES' || code === 'EPERM'
  const message = `cannot read the remote ${place}: ${code}`
  return new ToolkitError(isDenied ? 'REMOTE_DENIED' : 'REMOTE_UNAVAILABLE', message, {
    hint: 'check the folder and its permissions',
    details: { place, code },
    cause: error,
  })
}
