/** A remote that is a folder: on this machine, or on a disk that several share. */

import { join } from 'node:path'
import { systemCode } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { CacheHome } from '../cache/object-path.ts'
import type { Config } from '../config/config.ts'
import { findKeys, listKeys, removeKeys } from './object-folder-store.ts'
import { parseObjectKey } from './object-key.ts'
import { openObjectWriter, sizeOf, type ObjectWriter } from './object-writer-store.ts'
import { missingObject } from './remote-errors.ts'
import type { CallOptions, Content, DownloadOptions, Remote, RemoteEntry } from './remote.ts'
import { checkSource, digestContent, readContent } from './stream-file.ts'

/** A folder remote. */
export interface FolderRemoteOptions {
  readonly name: string
  /** Absolute. */
  readonly folder: string
  readonly jobs: number
  readonly isShared: boolean
}

/** Opens a folder as a remote; it is made with the first push. */
export function openFolderRemote(options: FolderRemoteOptions): Remote {
  const { name, folder, jobs } = options
  const writer = openObjectWriter(homeOf(options))
  const place = `'${folder}'`
  return {
    name,
    place,
    jobs,
    has: async (keys, call) => explain(place, () => findKeys(folder, keys, call)),
    list: (prefix, call) => listEntries(folder, prefix, { ...call, place }),
    download: (key, call) => download(folder, key, { ...call, place }),
    upload: async (source, key, { md5, signal }) => {
      const content = await readContent(source, { makePath: () => writer.makePath(), signal })
      checkSource(source, md5, digestContent(content))
      await store(writer, key, content)
      return sizeOf(content)
    },
    settle: () => writer.settle(),
    remove: async (keys, call) => removeKeys(folder, keys, call),
    [Symbol.asyncDispose]: async () => writer[Symbol.dispose](),
  }
}

/** It is laid out as a cache is, and shared as one. */
function homeOf({ folder, isShared }: FolderRemoteOptions): CacheHome {
  const cache = new Map(isShared ? [['shared', 'group']] : [])
  const config: Config = { sections: new Map([['cache', cache]]), remotes: new Map() }
  return { cacheFolder: folder, config }
}

async function store(writer: ObjectWriter, key: string, content: Content): Promise<void> {
  const name = parseObjectKey(key)
  if (name !== undefined) await writer.add(name, content)
  else await writer.addOther(key, content)
}

type Placed<T> = T & { readonly place: string }

async function* listEntries(
  folder: string,
  prefix: string,
  { place, signal }: Placed<CallOptions>,
): AsyncIterable<RemoteEntry> {
  try {
    yield* listKeys(folder, prefix, { signal })
  } catch (error) {
    throw asRemoteError(place, error)
  }
}

async function download(
  folder: string,
  key: string,
  { place, ...options }: Placed<DownloadOptions>,
): Promise<Content> {
  try {
    return await readContent(join(folder, key), options)
  } catch (error) {
    const isRead = error instanceof ToolkitError && error.code === 'FILE_READ_FAILED'
    const cause = error instanceof Error ? error.cause : undefined
    throw isRead && systemCode(cause) === 'ENOENT' ? missingObject(key, place) : error
  }
}

function explain<T>(place: string, work: () => T): T {
  try {
    return work()
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
