/** What of the tracked data is committed to git, what is recorded only, and what only the work tree has. */

import { dirname, join } from 'node:path'
import type { Repository } from '../repository/repository.ts'
import { runGit } from '../repository/git-process.ts'
import type { History } from '../repository/revision-process.ts'
import { compareCodePoints } from '../../core/code-point-order.ts'
import { openContent, workspaceName } from './content-file.ts'
import {
  diffData,
  emptyDataIndex,
  liesInAny,
  narrowIndex,
  pathsFromRoot,
  showEntry,
  type DataChange,
  type DataIndex,
} from './data-index.ts'
import { isEntryCached, readRecordedIndex, readWorktreeIndex } from './data-index-file.ts'
import { findNotInRemote, type OpenRemote } from './not-in-remote.ts'
import { createLazyHistory } from './read-revisions.ts'
import { showPath } from './show-path.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** What to look at. */
export interface DataStatusOptions {
  /** Paths from the folder the command works in; none means all. */
  readonly targets?: readonly string[]
  /** Also the files in folders. */
  readonly isGranular?: boolean
  /** Also files that neither git nor DVC knows. */
  readonly withUntracked?: boolean
  /** Given, also asks remotes what they do not have. */
  readonly openRemote?: OpenRemote | undefined
}

/** Paths by what became of them, from the repository's root and in order; a folder's ends in a slash. */
export interface DataStatus {
  readonly notInCache: readonly string[]
  /** Empty when no remote was asked. */
  readonly notInRemote: readonly string[]
  /** From the last commit to what `dvc.lock` and `*.dvc` files record. */
  readonly committed: DataStatusChanges
  /** From what is recorded to the work tree. */
  readonly uncommitted: DataStatusChanges
  /** From the folder the command works in. */
  readonly untracked: readonly string[]
  readonly unchanged: readonly string[]
}

/** Paths of one comparison. */
export interface DataStatusChanges {
  readonly added: readonly string[]
  readonly deleted: readonly string[]
  readonly modified: readonly string[]
  readonly renamed: readonly { readonly old: string; readonly new: string }[]
  /** In a folder whose manifest is not in the cache. */
  readonly unknown: readonly string[]
}

/**
 * Compares the last commit with what is recorded, and that with the work tree.
 *
 * @throws {ToolkitError} `PIPELINE_INVALID`, `GIT_FAILED`, `FILE_READ_FAILED`
 */
export async function readDataStatus(
  repository: Repository,
  { targets = [], isGranular = false, withUntracked = false, openRemote }: DataStatusOptions = {},
): Promise<DataStatus> {
  const history = createLazyHistory(repository)
  const wanted = pathsFromRoot(repository, targets)
  const content = openContent(repository, workspaceName, history)
  const recorded = narrowIndex(readRecordedIndex(content, repository), wanted)
  const worktree = narrowIndex(await readWorktreeIndex(content, repository), wanted)
  const options = { rootsOnly: !isGranular, hashOnly: true }
  const uncommitted = diffData(recorded, worktree, options)
  const hasGit = repository.gitRoot !== undefined
  const committedIndex = narrowIndex(readCommittedIndex(repository, history), wanted)
  const committed = hasGit ? diffData(committedIndex, recorded, options) : []
  const same = pathsOf(uncommitted, 'same')
  const committedSame = new Set(pathsOf(committed, 'same'))
  return {
    notInCache: findMissing(uncommitted, repository),
    notInRemote:
      openRemote === undefined
        ? []
        : await findNotInRemote(repository, { targets, isGranular, open: openRemote }),
    committed: toChanges(committed, committedIndex, recorded),
    uncommitted: toChanges(uncommitted, recorded, worktree),
    untracked: withUntracked ? listUntracked(repository, wanted) : [],
    unchanged: hasGit ? same.filter((path) => committedSame.has(path)) : same,
  }
}

/** Nothing before the first commit. */
function readCommittedIndex(repository: Repository, history: () => History): DataIndex {
  if (repository.gitRoot === undefined || !history().hasCommits()) return emptyDataIndex
  return readRecordedIndex(openContent(repository, 'HEAD', history), repository)
}

function pathsOf(changes: readonly DataChange[], kind: DataChange['kind']): string[] {
  return changes.flatMap((change) => {
    if (change.kind !== kind) return []
    const entry = change.kind === 'deleted' ? change.old : change.new
    return entry === undefined ? [] : [showEntry(entry)]
  })
}

function toChanges(
  changes: readonly DataChange[],
  old: DataIndex,
  current: DataIndex,
): DataStatusChanges {
  return {
    added: pathsOf(changes, 'added'),
    deleted: pathsOf(changes, 'deleted'),
    modified: pathsOf(changes, 'modified'),
    renamed: changes.flatMap((change) =>
      change.kind === 'renamed' ? [{ old: showEntry(change.old), new: showEntry(change.new) }] : [],
    ),
    unknown: withFolders(
      pathsOf(changes, 'unknown'),
      new Set([...old.unknown, ...current.unknown]),
    ),
  }
}

/** Like DVC also the folders between an unknown folder and its files. */
function withFolders(paths: readonly string[], unknown: ReadonlySet<string>): string[] {
  const folders = new Set<string>()
  for (const path of paths) {
    for (let at = dirname(path); liesInAny(at, unknown); at = dirname(at)) folders.add(`${at}/`)
  }
  return [...paths, ...folders].sort(compareCodePoints)
}

function findMissing(changes: readonly DataChange[], repository: Repository): string[] {
  const missing = changes.flatMap((change) => {
    const old = change.kind === 'added' ? undefined : change.old
    return old === undefined || isEntryCached(repository, old) ? [] : [showEntry(old)]
  })
  return missing.sort(compareCodePoints)
}

function listUntracked(
  { gitRoot, root, directory }: Repository,
  wanted: readonly string[],
): string[] {
  if (gitRoot === undefined) return []
  const args = ['ls-files', '--others', '--exclude-standard', '-z']
  const files = runGit(gitRoot, args)
    .toString('utf8')
    .split('\0')
    .filter((path) => path !== '')
  const locations = files.map((path) => join(gitRoot, path))
  return locations
    .filter((location) => {
      const path = relativePosix(root, location)
      if (path.startsWith('../')) return false
      return (
        wanted.length === 0 || wanted.some((each) => path === each || path.startsWith(`${each}/`))
      )
    })
    .map((location) => showPath(location, directory))
    .sort(compareCodePoints)
}
