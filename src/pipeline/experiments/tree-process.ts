/** Trees of git, made without touching the index that the user works with. */

import { copyFileSync, existsSync, lstatSync, rmSync, statSync, utimesSync } from 'node:fs'
import { isAbsolute, join } from 'node:path'
import { runGit, type GitInput } from '../repository/git-process.ts'

/** A git repository, and an index of our own to make trees in. */
export interface TreeBuilder extends Disposable {
  readonly gitRoot: string
  /**
   * Everything that git tracks or would track in the work tree as it is now, as a tree.
   * The index then holds the same, with fresh times.
   *
   * @param excluded - paths from git's root that do not take part
   * @param included - paths that do, even where git ignores them
   */
  readonly addWorkTree: (excluded: readonly string[], included?: readonly string[]) => string
  /** A tree with some files replaced or added (text), or taken away (`undefined`). */
  readonly changeTree: (tree: string, files: ReadonlyMap<string, TreeEntry | undefined>) => string
  /** Runs git with this index. */
  readonly run: (args: readonly string[], input?: GitInput) => Buffer
}

/** A file of a tree: new text, or what git has already. */
export type TreeEntry =
  | { readonly text: string }
  | { readonly mode: string; readonly object: string }

/**
 * Opens a builder whose index lies at a path of its own, which it removes in the end.
 *
 * @throws {ToolkitError} `GIT_FAILED`, as do its functions
 */
export function openTreeBuilder(
  gitRoot: string,
  indexFile: string,
  env: Readonly<Record<string, string | undefined>>,
): TreeBuilder {
  const clear = (): void => {
    rmSync(indexFile, { force: true })
    rmSync(`${indexFile}.lock`, { force: true })
  }
  clear() // A git that was killed leaves its lock.
  const ownEnv = { ...withoutGitPlaces(env), GIT_INDEX_FILE: indexFile }
  const run = (args: readonly string[], input: GitInput = {}): Buffer =>
    runGit(gitRoot, args, { ...input, env: { ...ownEnv, ...input.env } })
  const text = (args: readonly string[], input?: GitInput): string =>
    run(args, input).toString('utf8').trim()
  return {
    gitRoot,
    run,
    addWorkTree: (excluded, included = []) => {
      const index = runGit(gitRoot, ['rev-parse', '--git-path', 'index']).toString('utf8').trim()
      const userIndex = isAbsolute(index) ? index : join(gitRoot, index)
      // A copy knows which files are unchanged, so that git need not read them all.
      if (existsSync(userIndex)) copyIndex(userIndex, indexFile)
      clearMarks(gitRoot, run)
      // Git refuses to be told to leave out what it ignores anyway.
      const named = excluded.filter((path) => !isIgnored(run, path))
      const exclusions = named.map((path) => `:(top,exclude,literal)${path}`)
      run(['add', '--all', '--', ':/', ...exclusions])
      addForced(run, included)
      return text(['write-tree'])
    },
    changeTree: (tree, files) => {
      run(['read-tree', tree])
      const modes = modesIn(run, [...files.keys()])
      const noObject = '0'.repeat(text(['write-tree']).length)
      const lines = Array.from(files, ([path, entry]) => {
        if (entry === undefined) return `0 ${noObject}\t${path}\0`
        if ('object' in entry) return `${entry.mode} ${entry.object}\t${path}\0`
        // By its path, so that git keeps it as it keeps the file: line ends, filters.
        const object = text(['hash-object', '-w', '--path', path, '--stdin'], { input: entry.text })
        return `${modes.get(path) ?? '100644'} ${object}\t${path}\0`
      })
      run(['update-index', '-z', '--index-info'], { input: lines.join('') })
      return text(['write-tree'])
    },
    [Symbol.dispose]: clear,
  }
}

/**
 * With the time of the original: a file that changed in the second in which the index was written is
 * known to git only by that second, and a copy from a later one would pass its old content for the present.
 */
function copyIndex(from: string, to: string): void {
  const seconds = Math.floor(statSync(from).mtimeMs / 1000)
  copyFileSync(from, to)
  utimesSync(to, seconds, seconds)
}

/** Of files that are there: `skip-worktree` and `assume-unchanged` keep a change from commits, not from stages. */
function clearMarks(gitRoot: string, run: TreeBuilder['run']): void {
  const listed = run(['ls-files', '-v', '-z']).toString('utf8').split('\0')
  const marked = listed
    .flatMap((line) => (/^[a-zS] /.test(line) ? [line.slice(2)] : []))
    .filter((path) => lstatSync(join(gitRoot, path), { throwIfNoEntry: false }) !== undefined)
  if (marked.length === 0) return
  const input = marked.map((path) => `${path}\0`).join('')
  for (const flag of ['--no-skip-worktree', '--no-assume-unchanged']) {
    run(['update-index', flag, '-z', '--stdin'], { input })
  }
}

function isIgnored(run: TreeBuilder['run'], path: string): boolean {
  const found = run(['check-ignore', '--no-index', '-z', '--stdin'], {
    input: `${path}\0`,
    accepts: [1],
  })
  return found.length > 0
}

/** Adds files although git may ignore them, but for those in submodules, which keep theirs. @param paths - from git's root */
export function addForced(run: TreeBuilder['run'], paths: readonly string[]): void {
  if (paths.length === 0) return
  const submodules = listSubmodules(run)
  const input = paths
    .filter((path) => !submodules.some((submodule) => path.startsWith(`${submodule}/`)))
    .map((path) => `:(top,literal)${path}\0`)
    .join('')
  if (input === '') return
  run(['add', '--force', '--pathspec-from-file=-', '--pathspec-file-nul'], { input })
}

/** Other git repositories that the index names, from git's root: submodules, or clones that were put there. */
export function listSubmodules(run: TreeBuilder['run']): string[] {
  const listed = run(['ls-files', '-z', '--stage']).toString('utf8').split('\0')
  return listed
    .filter((line) => line.startsWith('160000 '))
    .map((line) => line.slice(line.indexOf('\t') + 1))
}

function modesIn(run: TreeBuilder['run'], paths: readonly string[]): Map<string, string> {
  const listed = run([
    'ls-files',
    '-z',
    '--stage',
    '--',
    ...paths.map((path) => `:(top,literal)${path}`),
  ])
  const entries = listed.toString('utf8').split('\0')
  return new Map(
    entries.flatMap((entry) => {
      const [, mode, path] = /^(\d+) [^\t]*\t(.*)$/s.exec(entry) ?? []
      return mode === undefined || path === undefined ? [] : [[path, mode] as const]
    }),
  )
}

/** An environment in which git finds its own way: that of a hook names the hook's repository. */
export function withoutGitPlaces(
  env: Readonly<Record<string, string | undefined>>,
): Record<string, string | undefined> {
  const kept = { ...env }
  for (const name of gitPlaces) delete kept[name]
  return kept
}

const gitPlaces = [
  'GIT_ALTERNATE_OBJECT_DIRECTORIES',
  'GIT_COMMON_DIR',
  'GIT_DIR',
  'GIT_INDEX_FILE',
  'GIT_NAMESPACE',
  'GIT_OBJECT_DIRECTORY',
  'GIT_PREFIX',
  'GIT_QUARANTINE_PATH',
  'GIT_WORK_TREE',
]

/** Files that differ between two trees, with what the second one has; `undefined` where it has none. */
export function diffTrees(
  run: TreeBuilder['run'],
  from: string,
  to: string,
): ReadonlyMap<string, TreeDifference> {
  const text = run(['diff-tree', '-r', '-z', '--no-renames', from, to]).toString('utf8')
  const parts = text.split('\0')
  const found = new Map<string, TreeDifference>()
  for (let i = 0; i + 1 < parts.length; i += 2) {
    const [oldMode = '', mode = '', oldObject = '', object = ''] = parts[i]!.slice(1).split(' ')
    found.set(parts[i + 1]!, {
      before: /^0+$/.test(oldMode) ? undefined : { mode: oldMode, object: oldObject },
      after: /^0+$/.test(mode) ? undefined : { mode, object },
    })
  }
  return found
}

/** What two trees have at one path. */
export interface TreeDifference {
  readonly before: { readonly mode: string; readonly object: string } | undefined
  readonly after: { readonly mode: string; readonly object: string } | undefined
}
