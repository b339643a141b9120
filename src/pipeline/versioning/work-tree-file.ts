/** Files of the work tree that checkout takes away or must not write through. */

import {
  cpSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  rmdirSync,
} from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { asWriteError, systemCode } from '../../core/atomic-file.ts'
import { isSameOrWithin, isWithin } from '../stages/graph.ts'
import { isAbsent } from '../repository/text-file.ts'

/** Removes a file, link or folder; nothing happens when there is none. @throws {ToolkitError} `FILE_WRITE_FAILED` */
export function removePath(location: string): void {
  try {
    rmSync(location, { recursive: true, force: true })
  } catch (error) {
    throw asWriteError(location, error)
  }
}

/** Makes a folder with the folders above it. @throws {ToolkitError} `FILE_WRITE_FAILED` */
export function makeFolder(location: string): void {
  try {
    mkdirSync(location, { recursive: true })
  } catch (error) {
    throw asWriteError(location, error)
  }
}

/** Removes a folder and those above it for as long as they are empty, up to but without `top`. */
export function pruneFolders(location: string, top: string): void {
  for (let folder = location; isWithin(folder, top); folder = dirname(folder)) {
    try {
      rmdirSync(folder)
    } catch (error) {
      const code = systemCode(error)
      if (code === 'ENOTEMPTY' || code === 'EEXIST' || code === 'ENOENT' || code === 'ENOTDIR')
        return
      throw asWriteError(folder, error)
    }
  }
}

/**
 * Links that stand where a folder has to be, so that writing a file would write elsewhere: the
 * output itself, or a folder on the way to one of its files.
 *
 * @param paths - of files, from the output, with forward slashes
 */
export function findLinks(output: string, paths: Iterable<string>): string[] {
  const folders = new Set<string>()
  for (const path of paths) {
    for (let end = path.lastIndexOf('/'); end > 0; end = path.lastIndexOf('/', end - 1)) {
      folders.add(join(output, path.slice(0, end)))
    }
    if (path !== '') folders.add(output)
  }
  return [...folders].filter(isLink).sort()
}

function isLink(location: string): boolean {
  try {
    return lstatSync(location).isSymbolicLink()
  } catch (error) {
    if (isAbsent(error)) return false
    throw error
  }
}

/** The first folder on the way to a path that is a link to somewhere outside of the root. */
export function findEscape(root: string, location: string): string | undefined {
  const parts = relative(root, dirname(location))
    .split(sep)
    .filter((part) => part !== '')
  const realRoot = realpathSync(root)
  return parts
    .map((_, i) => join(root, ...parts.slice(0, i + 1)))
    .find((folder) => isLink(folder) && !isSameOrWithin(realPathOf(folder), realRoot))
}

/** A link to nothing leads, for all that is known, elsewhere. */
function realPathOf(path: string): string {
  try {
    return realpathSync(path)
  } catch {
    return sep
  }
}

/** Everything in a folder that is not a folder, from there, with forward slashes; links are not followed. */
export function listEverything(location: string): string[] {
  const found: string[] = []
  const visit = (folder: string, prefix: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const path = prefix + entry.name
      if (entry.isDirectory()) visit(join(folder, entry.name), `${path}/`)
      else found.push(path)
    }
  }
  visit(location, '')
  return found.sort()
}

/** Gives a file or folder another place, also on another file system. @throws {ToolkitError} `FILE_WRITE_FAILED` */
export function movePath(from: string, to: string): void {
  try {
    renameSync(from, to)
  } catch (error) {
    if (systemCode(error) !== 'EXDEV') throw asWriteError(to, error)
    copyAcross(from, to)
  }
}

function copyAcross(from: string, to: string): void {
  try {
    cpSync(from, to, { recursive: true, errorOnExist: true, force: false, verbatimSymlinks: true })
    rmSync(from, { recursive: true })
  } catch (error) {
    throw asWriteError(to, error)
  }
}
