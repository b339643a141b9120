/** Temporary work trees of git, one per running experiment, below `.dvc/tmp/mlpt/exps`. */

import { existsSync, mkdirSync, readdirSync, realpathSync, statSync, utimesSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, sep } from 'node:path'
import { nameProcessPlace } from '../../core/alive-process.ts'
import { runGit } from '../repository/git-process.ts'
import { withoutGitPlaces } from './tree-process.ts'

/** A folder for the work trees of one process. Disposing it removes them. */
export interface ExperimentsFolder extends AsyncDisposable {
  readonly path: string
  /** Creates a work tree at the baseline and fills it with the files of a tree. */
  readonly checkOut: (name: string, commit: string, tree: string) => string
  readonly remove: (worktree: string) => Promise<void>
}

/** Where experiments run, and how to know who is still working. */
export interface RunningOptions {
  /** `.dvc/tmp/mlpt` of the repository. */
  readonly stateFolder: string
  readonly processId: number
  readonly isAlive: (processId: number) => boolean
  /** Milliseconds since 1970. */
  readonly clock: () => number
}

/** What is needed to clear a folder, too. */
export interface FolderOptions extends RunningOptions {
  readonly gitRoot: string
}

/** What a folder for work trees is opened with. */
export interface OpenFolderOptions extends FolderOptions {
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Clears what killed processes left behind, then opens a folder for this one.
 *
 * @throws {ToolkitError} `GIT_FAILED`
 */
export async function openExperimentsFolder(
  options: OpenFolderOptions,
): Promise<ExperimentsFolder> {
  await clearStaleWorktrees(options)
  const { gitRoot, stateFolder, processId, clock } = options
  // In a hook the environment names the index of the commit that is being made.
  const env = withoutGitPlaces(options.env)
  const folder = `${nameProcessPlace()}-${processId}`
  mkdirSync(join(stateFolder, 'exps', folder), { recursive: true })
  const path = join(exactFolder(stateFolder), folder)
  const pulse = setInterval(() => {
    if (existsSync(path)) utimesSync(path, clock() / 1000, clock() / 1000)
  }, pulseMs).unref()
  return {
    path,
    checkOut: (name, commit, tree) => {
      const worktree = join(path, name)
      const args = ['worktree', 'add', '--quiet', '--detach', '--no-checkout', worktree, commit]
      runGit(gitRoot, args, { env })
      runGit(worktree, ['read-tree', '--reset', '-u', tree], { env })
      return worktree
    },
    remove: (worktree) => removeWorktree(gitRoot, worktree),
    [Symbol.asyncDispose]: async () => {
      clearInterval(pulse)
      await removeFolder(gitRoot, path)
    },
  }
}

/** Removes the work trees of processes that are gone. @throws {ToolkitError} `GIT_FAILED` */
export async function clearStaleWorktrees(options: FolderOptions): Promise<void> {
  for (const { path, isRunning } of listFolders(options)) {
    if (!isRunning) await removeFolder(options.gitRoot, path)
  }
}

/** Folders in which experiments are running; what these have in the cache no commit names yet. */
export function listRunning(options: RunningOptions): string[] {
  return listFolders(options).flatMap(({ path, isRunning }) => (isRunning ? [path] : []))
}

function listFolders({ stateFolder, processId, isAlive, clock }: RunningOptions): {
  readonly path: string
  readonly isRunning: boolean
}[] {
  if (!existsSync(join(stateFolder, 'exps'))) return []
  const parent = exactFolder(stateFolder)
  const here = nameProcessPlace()
  return readdirSync(parent).flatMap((name) => {
    const [, place = here, owner] = folderName.exec(name) ?? []
    if (owner === undefined) return []
    const path = join(parent, name)
    if (place === here) {
      // A folder with our own id is of an earlier process that had it.
      const isRunning = Number(owner) !== processId && isAlive(Number(owner))
      return [{ path, isRunning }]
    }
    // Of another machine or container nobody here knows more.
    const beatMs = statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? 0
    return [{ path, isRunning: clock() - beatMs < graceMs }]
  })
}

/** The place is missing in the names of version 0.1.0. */
const folderName = /^(?:([0-9a-f]{8})-)?(\d+)$/
const pulseMs = 60_000
const graceMs = 3_600_000

/** As git names it: without links on the way. */
function exactFolder(stateFolder: string): string {
  return realpathSync(join(stateFolder, 'exps'))
}

async function removeFolder(gitRoot: string, folder: string): Promise<void> {
  // Without -z, which git has from 2.36 on: no path of ours has a line break, unless the user's root has.
  const listed = runGit(gitRoot, ['worktree', 'list', '--porcelain']).toString('utf8')
  const worktrees = listed
    .split('\n')
    .flatMap((line) => (line.startsWith('worktree ') ? [line.slice('worktree '.length)] : []))
  for (const path of worktrees) {
    if (path.startsWith(folder + sep)) await removeWorktree(gitRoot, path)
  }
  await rm(folder, { recursive: true, force: true })
}

async function removeWorktree(gitRoot: string, worktree: string): Promise<void> {
  // First the files, so that git finds nothing that it would have to look through.
  await rm(worktree, { recursive: true, force: true })
  runGit(gitRoot, ['worktree', 'remove', '--force', '--force', worktree], { accepts: [128] })
}
