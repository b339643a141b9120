/** Paths as pipeline files, git and DVC write them. */

import { relative, sep } from 'node:path'

/** A path with forward slashes. */
export function toPosix(path: string): string {
  return path.split(sep).join('/')
}

/** The way from a folder to a path, with forward slashes. */
export function relativePosix(folder: string, path: string): string {
  return toPosix(relative(folder, path))
}
