/**
 * A folder of objects: the cache, or a remote that is a folder. Objects are filled in a
 * temporary folder, verified there, and moved in place in batches after one barrier that
 * makes them safe. So each is whole or absent, whenever the machine stops.
 */

import { execFile } from 'node:child_process'
import { createHash, randomUUID } from 'node:crypto'
import { type Dirent } from 'node:fs'
import { chmod, mkdir, open, readFile, readdir, rename, rm, rmdir, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { isProcessAlive } from '../../core/alive-process.ts'
import { asWriteError, systemCode } from '../../core/atomic-file.ts'
import { isAbsent, readError } from '../repository/text-file.ts'
import type { CallOptions, RemoteEntry } from './remote.ts'
import { isRunKey, objectKey, type ObjectId } from './object-key.ts'
import { hashObject } from './stream-file.ts'

/** A folder with objects at their keys. */
export interface ObjectFolder extends AsyncDisposable {
  /** Absolute. */
  readonly root: string
  /** Which of these keys are there, whatever they hold. */
  has(keys: readonly string[], options: CallOptions): Promise<Set<string>>
  list(prefix: string, options: CallOptions): AsyncIterable<RemoteEntry>
  /**
   * Lets `fill` write a temporary file and puts it at the key; it is there for sure once
   * {@link settle} has resolved. When `fill` throws, nothing of it stays.
   *
   * @throws {ToolkitError} `FILE_WRITE_FAILED`
   */
  add(key: string, fill: (temporaryPath: string) => Promise<void>): Promise<void>
  /** As {@link add}, but the object waits for its `commit`. */
  prepare(key: string, fill: (temporaryPath: string) => Promise<void>): Promise<PreparedObject>
  /** The text of an object; `undefined` when it is not there. @throws {ToolkitError} `FILE_READ_FAILED` */
  readText(key: string): Promise<string | undefined>
  /**
   * Which of these objects are there and sound. DVC's rule: one of mode 0444 is trusted, any other
   * is hashed, and removed when it is wrong.
   */
  findSound(ids: readonly ObjectId[], options: CallOptions): Promise<Set<string>>
  /** Puts all that was added in place. */
  settle(): Promise<void>
  remove(keys: readonly string[], options: CallOptions): Promise<void>
}

/** An object that is filled but not yet at its key. */
export interface PreparedObject {
  readText(): Promise<string>
  /** As `add`. */
  commit(): Promise<void>
}

/** How a folder is kept. */
export interface ObjectFolderOptions {
  /** Whether the whole group may write: `cache.shared = group`. */
  readonly isShared: boolean
}

/** DVC believes an object of this mode without hashing it, so only verified content gets it. */
const objectMode = 0o444
const runMode = 0o644
/** After so many files or bytes they are moved in place, so that a killed transfer loses little. */
const batchFiles = 2000
const batchBytes = 1 << 28
/** From so many files on, one barrier for the whole file system costs less than one for each. */
const barrierFiles = 16

interface Folder {
  readonly root: string
  readonly isShared: boolean
  readonly temporary: string
  /** Temporary files that are filled, by key. */
  pending: Map<string, string>
  pendingBytes: number
  settling: Promise<void>
  preparing: Promise<void> | undefined
  readonly made: Set<string>
}

/** Opens a folder of objects; it is made with the first of them. */
export function openObjectFolder(root: string, { isShared }: ObjectFolderOptions): ObjectFolder {
  const folder: Folder = {
    root,
    isShared,
    temporary: join(root, `${temporaryPrefix()}${process.pid}-${randomUUID().slice(0, 8)}`),
    pending: new Map(),
    pendingBytes: 0,
    settling: Promise.resolve(),
    preparing: undefined,
    made: new Set(),
  }
  return {
    root,
    has: (keys, options) => findKeys(root, keys, options),
    list: (prefix, options) => listBelow(root, prefix, options),
    add: async (key, fill) => {
      const prepared = await prepareObject(folder, key, fill)
      await prepared.commit()
    },
    prepare: (key, fill) => prepareObject(folder, key, fill),
    readText: (key) => readTextIfPresent(join(root, key)),
    findSound: (ids, options) => findSound(root, ids, options),
    settle: () => settle(folder),
    remove: (keys, options) => removeKeys(root, keys, options),
    [Symbol.asyncDispose]: async () => {
      await folder.settling.catch(() => undefined) // Whoever settled has been told.
      if (folder.preparing === undefined) return
      await rm(folder.temporary, { recursive: true, force: true })
    },
  }
}

async function findKeys(
  root: string,
  keys: readonly string[],
  { signal }: CallOptions,
): Promise<Set<string>> {
  const byFolder = Map.groupBy(keys, dirname)
  const found = new Set<string>()
  for (const [folder, inFolder] of byFolder) {
    signal?.throwIfAborted()
    const names = new Set(await listNames(join(root, folder)))
    for (const key of inFolder) if (names.has(key.slice(folder.length + 1))) found.add(key)
  }
  return found
}

async function listNames(folder: string): Promise<string[]> {
  const entries = await readEntries(folder)
  return entries.filter((entry) => !entry.isDirectory()).map(({ name }) => name)
}

async function readEntries(folder: string): Promise<Dirent[]> {
  try {
    return await readdir(folder, { withFileTypes: true })
  } catch (error) {
    const code = systemCode(error)
    if (code === 'ENOENT' || code === 'ENOTDIR') return []
    throw error
  }
}

async function* listBelow(
  root: string,
  prefix: string,
  options: CallOptions,
): AsyncIterable<RemoteEntry> {
  options.signal?.throwIfAborted()
  const entries = await readEntries(join(root, prefix))
  entries.sort((a, b) => (a.name < b.name ? -1 : 1))
  for (const entry of entries) {
    const key = `${prefix}${entry.name}`
    if (entry.isDirectory()) {
      if (!entry.name.startsWith('.')) yield* listBelow(root, `${key}/`, options)
    } else {
      const stats = await stat(join(root, key))
      yield { key, sizeBytes: stats.size }
    }
  }
}

async function prepareObject(
  folder: Folder,
  key: string,
  fill: (temporaryPath: string) => Promise<void>,
): Promise<PreparedObject> {
  await prepareTemporary(folder)
  const path = join(folder.temporary, key.replaceAll('/', '-'))
  try {
    await fill(path)
    await chmod(path, isRunKey(key) ? runMode : objectMode)
  } catch (error) {
    await rm(path, { force: true })
    throw asWriteError(path, error)
  }
  return {
    readText: () => readFile(path, 'utf8'),
    commit: () => commitObject(folder, key, path),
  }
}

async function commitObject(folder: Folder, key: string, path: string): Promise<void> {
  const { size } = await stat(path)
  folder.pending.set(key, path)
  folder.pendingBytes += size
  if (folder.pending.size >= batchFiles || folder.pendingBytes >= batchBytes) await settle(folder)
}

async function readTextIfPresent(path: string): Promise<string | undefined> {
  try {
    return await readFile(path, 'utf8')
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw readError(path, error)
  }
}

async function findSound(
  root: string,
  ids: readonly ObjectId[],
  options: CallOptions,
): Promise<Set<string>> {
  const present = await findKeys(root, ids.map(objectKey), options)
  for (const id of ids) {
    const key = objectKey(id)
    if (present.has(key) && !(await isSound(join(root, key), id, options))) present.delete(key)
  }
  return present
}

async function isSound(path: string, id: ObjectId, options: CallOptions): Promise<boolean> {
  const { mode } = await stat(path)
  if ((mode & 0o777) === objectMode) return true
  const actual = await hashObject(path, id, options)
  if (actual === id.md5.slice(0, 32)) await chmod(path, objectMode)
  else await rm(path, { force: true })
  return actual === id.md5.slice(0, 32)
}

/** Once for all adds, which come side by side. */
async function prepareTemporary(folder: Folder): Promise<void> {
  folder.preparing ??= makeTemporary(folder)
  try {
    await folder.preparing
  } catch (error) {
    folder.preparing = undefined
    throw asWriteError(folder.root, error)
  }
}

async function makeTemporary({ root, temporary }: Folder): Promise<void> {
  await mkdir(temporary, { recursive: true })
  await removeStaleFolders(root)
}

/** A remote may be on a disk that other machines write to as well: only our own are known to be dead. */
function temporaryPrefix(): string {
  return `.mlpt-${createHash('md5').update(hostname()).digest('hex').slice(0, 8)}-`
}

async function removeStaleFolders(root: string): Promise<void> {
  const prefix = temporaryPrefix()
  for (const { name } of await readEntries(root)) {
    const owner = name.startsWith(prefix) ? /^\d+/.exec(name.slice(prefix.length))?.[0] : undefined
    if (owner === undefined || isProcessAlive(Number(owner))) continue
    await rm(join(root, name), { recursive: true, force: true })
  }
}

/** One at a time, in the order of the calls. */
async function settle(folder: Folder): Promise<void> {
  const { pending } = folder
  folder.pending = new Map()
  folder.pendingBytes = 0
  const before = folder.settling.catch(() => undefined) // Its own caller has been told.
  folder.settling = before.then(() => moveInPlace(folder, pending))
  await folder.settling
}

async function moveInPlace(folder: Folder, pending: ReadonlyMap<string, string>): Promise<void> {
  if (pending.size === 0) return
  try {
    await makeSafe(folder.temporary, [...pending.values()])
    const folders = new Set(Array.from(pending.keys(), (key) => join(folder.root, dirname(key))))
    for (const path of folders) await makeFolder(folder, path)
    for (const [key, path] of pending) await rename(path, join(folder.root, key))
    await makeSafe(folder.root, [...folders])
  } catch (error) {
    throw asWriteError(folder.root, error)
  }
}

async function makeFolder(folder: Folder, path: string): Promise<void> {
  if (folder.made.has(path)) return
  if (path !== folder.root) await makeFolder(folder, dirname(path))
  try {
    await mkdir(path, { recursive: path === folder.root })
    if (folder.isShared) await chmod(path, 0o2775)
  } catch (error) {
    if (systemCode(error) !== 'EEXIST') throw error
  }
  folder.made.add(path)
}

/** Resolves when all of these are on the disk itself. */
async function makeSafe(folder: string, paths: readonly string[]): Promise<void> {
  if (paths.length >= barrierFiles && (await syncFileSystem(folder))) return
  for (const path of paths) {
    await using file = await open(path, 'r')
    await file.sync()
  }
}

async function syncFileSystem(folder: string): Promise<boolean> {
  try {
    await promisify(execFile)('sync', ['-f', folder])
    return true
  } catch {
    // Not every system has a `sync` that takes a path; then each file has its own barrier.
    return false
  }
}

async function removeKeys(
  root: string,
  keys: readonly string[],
  { signal }: CallOptions,
): Promise<void> {
  for (const key of keys) {
    signal?.throwIfAborted()
    try {
      await rm(join(root, key), { force: true })
    } catch (error) {
      throw asWriteError(join(root, key), error)
    }
  }
  for (const folder of new Set(keys.map((key) => dirname(join(root, key))))) {
    await rmdir(folder).catch(ignoreFolderInUse)
  }
}

function ignoreFolderInUse(): void {
  // It holds other objects, or is gone already.
}
