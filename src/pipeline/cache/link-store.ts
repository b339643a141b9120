/** Turns files of the work tree into links to the cache, and links into files of their own. */

import { closeSync, copyFileSync, fstatSync, lstatSync, openSync } from 'node:fs'
import { chmodSync, renameSync, rmSync, statSync } from 'node:fs'
import { asWriteError, removeStaleTemporaries, temporaryPathFor } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import type { IgnoreRules } from '../repository/ignore-rules.ts'
import { hashFile, type PathContent } from './hash-file.ts'
import type { HashState } from './hash-state-store.ts'
import { listFiles } from './list-folder-file.ts'
import { linkTypesOf, objectPath, type CacheHome } from './object-path.ts'
import { whenDone } from './later.ts'
import { createPlacer } from './place-object-store.ts'
import { statIfPresent } from '../repository/text-file.ts'

/**
 * Replaces saved files by links to their objects when `cache.type` asks for hard or symbolic
 * links first; with copies nothing is to be done. Empty and executable files stay as they are.
 *
 * @throws {ToolkitError} `PIPELINE_STAGE_FAILED` when a file is no longer what was saved, `FILE_WRITE_FAILED`
 */
export async function linkToCache(
  home: CacheHome,
  location: string,
  { fingerprint, members, isLegacy }: PathContent,
  { hashes }: { readonly hashes?: HashState | undefined } = {},
): Promise<void> {
  const links = linkTypesOf(home).filter((type) => type !== 'reflink')
  if (links.length === 0 || links[0] === 'copy') return
  const placer = createPlacer(home)
  // Not in the folder: what a kill leaves there would become a part of it.
  const temporary = temporaryPathFor(location)
  removeStaleTemporaries([location])
  for (const { path, md5 } of members ?? [{ path: '', md5: fingerprint.md5 }]) {
    const file = path === '' ? location : `${location}/${path}`
    if (!mayBecomeLink(file, objectPath(home.cacheFolder, { md5, isLegacy }))) continue
    await checkSaved(file, md5, { hashes, isLegacy })
    rmSync(temporary, { force: true })
    const target = { path: temporary, isExecutable: false }
    const { problem } = await whenDone(await placer.place({ md5, isLegacy }, target))
    if (problem === undefined) renameSync(temporary, file)
  }
}

/** Neither empty nor executable, and not the object itself already. */
function mayBecomeLink(file: string, object: string): boolean {
  const { size, mode, ino, dev } = statSync(file)
  if (size === 0 || (mode & 0o111) !== 0) return false
  const there = statIfPresent(object)
  return ino !== there?.ino || dev !== there.dev
}

async function checkSaved(
  file: string,
  md5: string,
  options: { readonly hashes: HashState | undefined; readonly isLegacy: boolean | undefined },
): Promise<void> {
  const now = await hashFile(file, undefined, options)
  if (now.md5 === md5) return
  throw new ToolkitError('PIPELINE_STAGE_FAILED', `'${file}' changed while it was saved`, {
    hint: 'something still writes to it: let the stage wait for what it starts',
    details: { path: file, expected: md5, actual: now.md5 },
  })
}

/**
 * Makes a file, or all files of a folder, safe to edit: a link to the cache becomes a copy, and
 * what is read-only becomes writable.
 *
 * @throws {ToolkitError} `FILE_MISSING`, `FILE_READ_FAILED`, `FILE_WRITE_FAILED`
 */
export function unprotect(location: string, ignore?: IgnoreRules): void {
  const stats = statIfPresent(location)
  if (stats === undefined) {
    throw new ToolkitError('FILE_MISSING', `'${location}' does not exist`, {
      hint: 'get it from the cache with: mlpt checkout',
      details: { path: location },
    })
  }
  const paths = stats.isDirectory() ? listFiles(location, ignore) : ['']
  removeStaleTemporaries([location])
  for (const path of paths) {
    unprotectFile(path === '' ? location : `${location}/${path}`, temporaryPathFor(location))
  }
}

function unprotectFile(file: string, temporary: string): void {
  const stats = lstatSync(file)
  const isLinked = stats.isSymbolicLink() || stats.nlink > 1
  if (!isLinked && (stats.mode & 0o200) !== 0) return
  try {
    rmSync(temporary, { force: true })
    const mode = createEmpty(temporary)
    copyFileSync(file, temporary)
    chmodSync(temporary, mode)
    renameSync(temporary, file)
  } catch (error) {
    rmSync(temporary, { force: true })
    throw asWriteError(file, error)
  }
}

/** With the modes that the user's mask allows; gives them back. */
function createEmpty(path: string): number {
  const file = openSync(path, 'wx', 0o666)
  try {
    return fstatSync(file).mode & 0o777
  } finally {
    closeSync(file)
  }
}
