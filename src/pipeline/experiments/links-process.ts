/** What git and DVC do not keep, as links into the user's work tree: `node_modules`, mirrors of data, submodules. */

import { existsSync, mkdirSync, readdirSync, symlinkSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { systemCode } from '../../core/atomic-file.ts'
import { runGit } from '../repository/git-process.ts'
import { isSameOrWithin, isWithin } from '../stages/graph.ts'

/** What is linked from where to where. */
export interface LinkOptions {
  readonly gitRoot: string
  /** From git's root; git leaves their folders empty in a new work tree. */
  readonly submodules: readonly string[]
  /** Absolute paths that are never linked: outputs, `.dvc`, the tracking store. */
  readonly excluded: readonly string[]
  /** Absolute paths of folders that stages read: only files are linked in them, as links to folders count for nothing there. */
  readonly dependencies: readonly string[]
}

/**
 * The paths to link, ignored ones and those in submodules, from git's root: whole folders where possible.
 *
 * @throws {ToolkitError} `GIT_FAILED`
 */
export function listLinks(options: LinkOptions): string[] {
  const { gitRoot, submodules, excluded, dependencies } = options
  const args = ['ls-files', '-z', '--others', '--ignored', '--exclude-standard', '--directory']
  const listed = runGit(gitRoot, args).toString('utf8').split('\0')
  const found: string[] = []
  const visit = (location: string, isFolder: boolean): void => {
    if (excluded.some((path) => isSameOrWithin(location, path))) return
    const holdsExcluded = excluded.some((path) => isWithin(path, location))
    const isInDependency = dependencies.some((path) => isWithin(location, path))
    if (!isFolder || (!holdsExcluded && !isInDependency)) {
      found.push(relative(gitRoot, location))
      return
    }
    const entries = readdirSync(location, { withFileTypes: true })
    for (const entry of entries) visit(join(location, entry.name), entry.isDirectory())
  }
  for (const path of listed) {
    if (path !== '') visit(join(gitRoot, path.replace(/\/$/, '')), path.endsWith('/'))
  }
  for (const path of submodules) {
    const submodule = join(gitRoot, path)
    if (!existsSync(join(submodule, '.git'))) continue
    for (const entry of readdirSync(submodule, { withFileTypes: true })) {
      if (entry.name !== '.git') visit(join(submodule, entry.name), entry.isDirectory())
    }
  }
  return found.toSorted()
}

/** Makes the links in a work tree, except where it has something of its own. */
export function makeLinks(gitRoot: string, worktree: string, paths: readonly string[]): void {
  for (const path of paths) {
    const target = join(worktree, path)
    try {
      mkdirSync(dirname(target), { recursive: true })
      symlinkSync(join(gitRoot, path), target)
    } catch (error) {
      // The experiment has a file of that name, or one where the user has a folder.
      if (systemCode(error) !== 'EEXIST' && systemCode(error) !== 'ENOTDIR') throw error
    }
  }
}
