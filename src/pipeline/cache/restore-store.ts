/** Puts recorded content back into the work tree. */

import { mkdirSync, readdirSync, renameSync, rmSync, rmdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setImmediate as pause } from 'node:timers/promises'
import {
  asWriteError,
  removeStaleTemporaries,
  systemCode,
  temporaryPathFor,
} from '../../core/atomic-file.ts'
import { packCount } from './file-team.ts'
import { hashPath, type HashOptions } from './hash-file.ts'
import { openUnderWay, whenDone, type Later } from './later.ts'
import type { Member } from './manifest.ts'
import type { CacheHome } from './object-path.ts'
import { discardObject, readManifest, type BrokenObject } from './object-store.ts'
import { createPlacer, type Placement } from './place-object-store.ts'
import { statIfPresent } from '../repository/text-file.ts'

/** Where content goes, and what is to be known of what is there. */
export interface RestoreOptions extends HashOptions {
  readonly location: string
  readonly isExecutable: boolean
  /** The tracked folder that the path is a part of: beside it lies what is not whole yet. */
  readonly top?: string | undefined
  readonly signal?: AbortSignal | undefined
  /** Hears of every object that is missing or was damaged, before the answer is false. */
  readonly onBroken?: ((object: BrokenObject) => void) | undefined
}

/**
 * Puts recorded content back at a path, replacing what is there; verified on the way. In a
 * folder, only files that differ are replaced; what is ignored there stays.
 *
 * @returns false when something in the cache is missing or damaged; a bad object is then removed and the path untouched
 * @throws {ToolkitError} `FILE_WRITE_FAILED`, `FILE_READ_FAILED`; `PATH_FORBIDDEN` for a manifest that leads out of its folder
 */
export async function restoreFromCache(
  home: CacheHome,
  md5: string,
  options: RestoreOptions,
): Promise<boolean> {
  const { location, top = location } = options
  const temporary = temporaryPathFor(top)
  try {
    mkdirSync(dirname(location), { recursive: true })
    removeStaleTemporaries([top])
    const restoring = { home, md5, temporary, options }
    return md5.endsWith('.dir') ? await restoreFolder(restoring) : await restoreFile(restoring)
  } catch (error) {
    throw asWriteError(location, error)
  } finally {
    rmSync(temporary, { recursive: true, force: true })
  }
}

interface Restoring {
  readonly home: CacheHome
  readonly md5: string
  readonly temporary: string
  readonly options: RestoreOptions
}

async function restoreFile({ home, md5, temporary, options }: Restoring): Promise<boolean> {
  const { location, isExecutable, isLegacy = false, onBroken } = options
  const target = { path: temporary, isExecutable }
  const { problem } = await whenDone(
    await createPlacer(home, options).place({ md5, isLegacy }, target),
  )
  if (problem !== undefined) {
    onBroken?.({ md5, isLegacy, problem, path: undefined })
    return false
  }
  if (statIfPresent(location)?.isDirectory() === true) rmSync(location, { recursive: true })
  renameSync(temporary, location)
  return true
}

async function restoreFolder(restoring: Restoring): Promise<boolean> {
  const { home, md5, temporary, options } = restoring
  const { location, isLegacy = false, onBroken } = options
  const present = await findPresent(options)
  const members = readManifest(home, { md5, isLegacy })
  if (typeof members === 'string') {
    if (members === 'damaged') discardObject(home, { md5, isLegacy })
    onBroken?.({ md5, isLegacy, problem: members, path: undefined })
    return false
  }
  const wanted = members.filter(({ path, md5: hash }) => present?.get(path) !== hash)
  mkdirSync(temporary)
  if (!(await placeMembers(wanted, restoring))) return false
  if (present === undefined) {
    rmSync(location, { recursive: true, force: true })
    renameSync(temporary, location)
    return true
  }
  const names = new Set(members.map(({ path }) => path))
  const left = [...present.keys()].filter((path) => !names.has(path))
  removeFiles(location, left)
  moveFiles(temporary, location, wanted)
  return true
}

/** Hashes by path of a folder that is there; `undefined` when something else is, or nothing. */
async function findPresent(options: RestoreOptions): Promise<Map<string, string> | undefined> {
  const { location, signal } = options
  if (statIfPresent(location)?.isDirectory() !== true) return undefined
  const content = await hashPath(location, signal, options)
  return new Map(content?.members?.map(({ path, md5 }) => [path, md5]))
}

/** Into the temporary folder; goes on after a broken object, so that the caller hears of all. */
async function placeMembers(
  members: readonly Member[],
  { home, temporary, options }: Restoring,
): Promise<boolean> {
  const { isLegacy = false, onBroken, signal, team } = options
  const made = new Set<string>()
  await using underWay = openUnderWay(signal)
  const placer = createPlacer(home, { team, signal: underWay.signal })
  const placing: (readonly [readonly Member[], Later<readonly Placement[]>])[] = []
  for (let i = 0; i < members.length; i += packCount) {
    await pause()
    underWay.signal.throwIfAborted()
    const part = members.slice(i, i + packCount)
    const targets = part.map(({ path, md5 }) => ({
      name: { md5, isLegacy },
      target: { path: `${temporary}/${path}`, isExecutable: false },
    }))
    for (const { target } of targets) makeFolderOnce(dirname(target.path), made)
    placing.push([part, await placer.placeAll(targets, underWay)])
  }
  let isWhole = true
  for (const [part, { done }] of placing) {
    for (const [i, { problem }] of (await done).entries()) {
      if (problem === undefined) continue
      isWhole = false
      const { path, md5 } = part[i]!
      onBroken?.({ md5, isLegacy, problem, path })
    }
  }
  return isWhole
}

function makeFolderOnce(folder: string, made: Set<string>): void {
  if (made.has(folder)) return
  mkdirSync(folder, { recursive: true })
  made.add(folder)
}

/** Removes files, and the folders that are empty without them. */
function removeFiles(root: string, paths: readonly string[]): void {
  for (const path of paths) rmSync(`${root}/${path}`, { force: true })
  const folders = new Set(paths.map((path) => dirname(path)))
  for (const folder of folders) {
    for (let below = folder; below !== '.'; below = dirname(below)) {
      if (!removeIfEmpty(`${root}/${below}`)) break
    }
  }
}

function removeIfEmpty(folder: string): boolean {
  try {
    rmdirSync(folder)
    return true
  } catch (error) {
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'ENOENT'].includes(systemCode(error) ?? '')) return false
    throw error
  }
}

function moveFiles(from: string, to: string, members: readonly Member[]): void {
  const made = new Set<string>()
  for (const { path } of members) {
    const target = `${to}/${path}`
    makeFolderOnce(dirname(target), made)
    removeEmptyFolders(target)
    renameSync(`${from}/${path}`, target)
  }
}

/** A folder whose place a file takes may have empty folders in it, which nobody records. */
function removeEmptyFolders(folder: string): void {
  if (statIfPresent(folder)?.isDirectory() !== true) return
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    if (entry.isDirectory()) removeEmptyFolders(join(folder, entry.name))
  }
  removeIfEmpty(folder)
}
