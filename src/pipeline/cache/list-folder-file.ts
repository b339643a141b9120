/** The files that DVC sees in a folder. */

import { readdirSync, type Dirent } from 'node:fs'
import { join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import type { IgnoreRules } from '../repository/ignore-rules.ts'
import { existsNow, readError, statIfPresent } from '../repository/text-file.ts'
import { sortPaths } from './manifest.ts'

/**
 * Files at any depth, relative to the folder with forward slashes, by code point. Links to files
 * are followed, links to folders are not; empty folders leave no trace. It blocks: for many small
 * files that takes a fraction of what promises cost.
 *
 * @param ignore - `undefined` leaves out `.git`, `.hg`, `.dvc` and repositories inside
 * @throws {ToolkitError} `FILE_READ_FAILED` for broken links, pipes, sockets and devices, a `.dvcignore`
 * inside, and what cannot be read
 */
export function listFiles(folder: string, ignore: IgnoreRules | undefined): string[] {
  const files: string[] = []
  listInto(files, { root: folder, below: '' }, ignore ?? builtIn)
  return sortPaths(files)
}

const builtIn: IgnoreRules = {
  isIgnored: (location, isFolder) => {
    const name = location.slice(location.lastIndexOf('/') + 1)
    if (name === '.git') return true
    return isFolder && (name === '.hg' || name === '.dvc' || existsNow(join(location, '.dvc')))
  },
}

function listInto(
  files: string[],
  { root, below }: { readonly root: string; readonly below: string },
  ignore: IgnoreRules,
): void {
  for (const entry of readFolder(join(root, below))) {
    const path = below === '' ? entry.name : `${below}/${entry.name}`
    const location = `${root}/${path}`
    if (ignore.isIgnored(location, entry.isDirectory())) continue
    if (entry.isDirectory()) listInto(files, { root, below: path }, ignore)
    else if (isFile(entry, location)) files.push(path)
  }
}

function readFolder(location: string): Dirent[] {
  try {
    return readdirSync(location, { withFileTypes: true })
  } catch (error) {
    throw readError(location, error)
  }
}

function isFile(entry: Dirent, location: string): boolean {
  checkName(entry.name, location)
  if (entry.isFile()) return true
  if (!entry.isSymbolicLink()) throw specialFileError(location)
  const stats = statIfPresent(location)
  if (stats === undefined) {
    throw new ToolkitError('FILE_READ_FAILED', `'${location}' is a link to nothing`, {
      hint: 'remove the link, or make what it points to',
      details: { path: location },
    })
  }
  if (stats.isDirectory()) return false
  if (!stats.isFile()) throw specialFileError(location)
  return true
}

function checkName(name: string, location: string): void {
  if (name === '.dvcignore') {
    throw new ToolkitError('FILE_READ_FAILED', `'${location}' lies inside data`, {
      hint: 'DVC allows a .dvcignore only outside of dependencies and outputs: move it up',
      details: { path: location },
    })
  }
  if (name.includes('\ufffd') && !existsNow(location)) {
    throw new ToolkitError('FILE_READ_FAILED', `the name of '${location}' is not UTF-8`, {
      hint: 'rename the file',
      details: { path: location },
    })
  }
}

/** The error for a path that has no content to hash. */
export function specialFileError(location: string): ToolkitError {
  return new ToolkitError('FILE_READ_FAILED', `'${location}' is neither a file nor a folder`, {
    hint: 'pipes, sockets and devices cannot be hashed: use a file',
    details: { path: location },
  })
}
