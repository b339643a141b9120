/** Artifacts as plain files below one root: `<experiment_id>/<run_id>/artifacts/<path>`. */

import { constants, type BigIntStats, type Stats } from 'node:fs'
import { lstat, open, readdir, rm, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { asWriteError, systemCode } from '../../../core/atomic-file.ts'
import { ToolkitError } from '../../../core/errors.ts'
import type { ArtifactStream } from '../../../core/tracking.ts'
import { isTemporaryName, parseArtifactPath } from './artifact-path.ts'
import { createFileReceiver, replaceArtifact } from './replace-artifact-file.ts'

/** A file or folder in a folder. */
export interface FolderEntry {
  /** The last part of the path. */
  readonly name: string
  readonly isFolder: boolean
  /** 0 for a folder. */
  readonly sizeBytes: number
}

/** A file that was found, as it was then: who replaces it meanwhile does not change what is read. */
export interface FoundArtifact {
  readonly sizeBytes: number
  /** Milliseconds since 1970. */
  readonly modifiedTime: number
  /** Another text for every content that was ever at this path. */
  readonly version: string
  /** Bytes `first` to `last`, both included; all without them. Whoever takes it must read or destroy it. */
  read(range?: { readonly first: number; readonly last: number }): Readable
  /** For who does not read it. */
  close(): Promise<void>
}

export interface ArtifactsStore {
  /** Whole or not at all; a stream that fails leaves what was there before. */
  write(path: string, content: Uint8Array | AsyncIterable<Uint8Array>): Promise<void>
  /** A file, or a folder with all that is in it; what is not there is gone already. */
  remove(path: string): Promise<void>
  /** The files and folders directly below `path`, by name; none when there is no such folder. */
  list(path: string): Promise<readonly FolderEntry[]>
  /** All files below `path`, by path relative to it; none when there is no such folder. */
  readAll(path: string): Promise<ReadonlyMap<string, Uint8Array>>
  /** @throws `TRACKING_NOT_FOUND` when there is no such file, `TRACKING_INVALID` when it is a folder. */
  open(path: string): Promise<ArtifactStream>
  /** Like `open`, for who wants a part of it. */
  find(path: string): Promise<FoundArtifact>
}

/** Opens nothing yet: folders appear with the first file. */
export function createArtifactsStore(root: string): ArtifactsStore {
  const receive = createFileReceiver(root)
  const list = async (path: string): Promise<FolderEntry[]> => {
    const place = await locate(root, path)
    if (place.kind !== 'folder') return []
    return listFolder(place.path)
  }
  return {
    list,
    write: async (path, content) => {
      const target = await locateTarget(root, path)
      const chunks = content instanceof Uint8Array ? [content] : content
      await receive(chunks, async (temporaryPath) => {
        // It may have taken long: what was a folder then can be something else now.
        await locateTarget(root, path)
        await replaceArtifact(temporaryPath, target)
      })
    },
    remove: (path) => remove(root, path),
    readAll: async (path) => {
      const files = new Map<string, Uint8Array>()
      await collectFiles({ root, path, into: files, prefix: '' })
      return files
    },
    find: (path) => findFile(root, path),
    open: async (path) => {
      const found = await findFile(root, path)
      return { sizeBytes: found.sizeBytes, content: found.read() }
    },
  }
}

/** Where a file may be written. */
async function locateTarget(root: string, path: string): Promise<string> {
  const place = await locate(root, path)
  if (path === '' || place.kind === 'folder') {
    throw new ToolkitError('TRACKING_INVALID', `'${path}' is a folder, expected a file`)
  }
  if (place.kind === 'below-file') {
    throw new ToolkitError('TRACKING_INVALID', `a part of '${path}' is a file, expected a folder`)
  }
  return place.path
}

async function remove(root: string, path: string): Promise<void> {
  const parts = [...parseArtifactPath(path)]
  const name = parts.pop()
  if (name === undefined) throw new ToolkitError('TRACKING_INVALID', 'the root is not removed')
  const folder = await locate(root, parts.join('/'))
  if (folder.kind !== 'folder') return
  // A link goes itself, never what it leads to.
  const place = join(folder.path, name)
  try {
    await rm(place, { recursive: true, force: true, maxRetries: 10, retryDelay: 20 })
  } catch (error) {
    if (isGone(error)) return
    if (systemCode(error) !== 'ENOTEMPTY') throw asWriteError(place, error)
    const message = `'${path}' was not deleted whole: somebody writes into it`
    throw new ToolkitError('TRACKING_INVALID', message, { cause: error })
  }
}

async function listFolder(folder: string): Promise<FolderEntry[]> {
  const infos: FolderEntry[] = []
  for (const name of await namesIn(folder)) {
    const status = isTemporaryName(name) ? undefined : await statusOf(join(folder, name))
    if (status === undefined || !(status.isFile() || status.isDirectory())) continue
    const isFolder = status.isDirectory()
    infos.push({ name, isFolder, sizeBytes: isFolder ? 0 : status.size })
  }
  return infos
}

async function namesIn(folder: string): Promise<string[]> {
  try {
    return (await readdir(folder)).sort()
  } catch (error) {
    if (isGone(error)) return []
    throw asReadError(folder, error)
  }
}

async function collectFiles(search: {
  readonly root: string
  readonly path: string
  readonly into: Map<string, Uint8Array>
  readonly prefix: string
}): Promise<void> {
  const place = await locate(search.root, search.path)
  if (place.kind !== 'folder') return
  for (const { name, isFolder } of await listFolder(place.path)) {
    const path = `${search.path}/${name}`
    if (isFolder) await collectFiles({ ...search, path, prefix: `${search.prefix}${name}/` })
    else search.into.set(`${search.prefix}${name}`, await readWhole(search.root, path))
  }
}

async function readWhole(root: string, path: string): Promise<Uint8Array> {
  await using file = await openHandle(root, path)
  return await file.readFile()
}

async function findFile(root: string, path: string): Promise<FoundArtifact> {
  const file = await openHandle(root, path)
  try {
    const status = await file.stat({ bigint: true })
    return {
      sizeBytes: Number(status.size),
      modifiedTime: Number(status.mtimeMs),
      version: versionOf(status),
      read: (range) => readFrom(file, Number(status.size), range),
      close: () => file.close(),
    }
  } catch (error) {
    await file.close()
    throw error
  }
}

/** Writing makes a new file, so that no two contents have all of these in common. */
function versionOf({ ino, size, mtimeNs }: BigIntStats): string {
  return [ino, size, mtimeNs].map((number) => number.toString(36)).join('-')
}

function readFrom(
  file: FileHandle,
  sizeBytes: number,
  range: { readonly first: number; readonly last: number } = { first: 0, last: sizeBytes - 1 },
): Readable {
  // An empty file has no last byte to read to.
  if (range.last < range.first) return file.createReadStream()
  return file.createReadStream({ start: range.first, end: range.last })
}

async function openHandle(root: string, path: string): Promise<FileHandle> {
  const place = await locate(root, path)
  if (place.kind === 'folder') {
    throw new ToolkitError('TRACKING_INVALID', `artifact '${path}' is a folder, expected a file`)
  }
  if (place.kind !== 'file') throw noArtifact(path)
  // NOFOLLOW closes the gap between looking and opening.
  try {
    return await open(place.path, constants.O_RDONLY | constants.O_NOFOLLOW)
  } catch (error) {
    if (isGone(error)) throw noArtifact(path)
    throw asReadError(place.path, error)
  }
}

function noArtifact(path: string): ToolkitError {
  return new ToolkitError('TRACKING_NOT_FOUND', `there is no artifact '${path}'`)
}

/** Somebody may delete a folder, or put a file in its place, while it is looked at. */
function isGone(error: unknown): boolean {
  return ['ENOENT', 'ENOTDIR'].includes(systemCode(error) ?? '')
}

interface Place {
  readonly kind: 'file' | 'folder' | 'absent' | 'below-file'
  readonly path: string
}

/** Walks down from the root and refuses links on the way, so that no name leads out of it. */
async function locate(root: string, path: string): Promise<Place> {
  let kind: Place['kind'] = 'folder'
  let place = root
  for (const part of parseArtifactPath(path)) {
    place = join(place, part)
    if (kind === 'file') kind = 'below-file'
    if (kind === 'folder') kind = await kindOf(place, path)
  }
  return { kind, path: place }
}

async function kindOf(place: string, path: string): Promise<'file' | 'folder' | 'absent'> {
  const status = await statusOf(place)
  if (status === undefined) return 'absent'
  if (status.isDirectory()) return 'folder'
  if (status.isFile()) return 'file'
  throw new ToolkitError('TRACKING_INVALID', `artifact '${path}' is neither a file nor a folder`)
}

async function statusOf(place: string): Promise<Stats | undefined> {
  try {
    return await lstat(place)
  } catch (error) {
    if (isGone(error)) return undefined
    throw asReadError(place, error)
  }
}

function asReadError(path: string, error: unknown): unknown {
  const code = systemCode(error)
  if (code === undefined) return error
  return new ToolkitError('FILE_READ_FAILED', `cannot read '${path}': ${code}`, {
    hint: 'check the permissions of the store folder',
    details: { path, code },
    cause: error,
  })
}
