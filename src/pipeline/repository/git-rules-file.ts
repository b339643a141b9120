/** What `.gitignore` files say, read in this process: starting git for each output costs more than most stages. */

import { dirname, join, relative, resolve, sep } from 'node:path'
import ignore, { type Ignore } from 'ignore'
import { readBytesNow, statIfPresent } from './text-file.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** What one file of rules says, and from where. */
export interface GitRules {
  readonly folder: string
  readonly rules: Ignore
}

/** The rules of one folder's `.gitignore`; `undefined` without one. */
export function readGitRules(folder: string, name = '.gitignore'): GitRules | undefined {
  return parseGitRules(folder, readRules(join(folder, name)))
}

/** Git takes any bytes; a rule in another encoding than UTF-8 fits no name that we know. */
function readRules(path: string): string | undefined {
  return readBytesNow(path)?.toString('utf8')
}

function parseGitRules(folder: string, text: string | undefined): GitRules | undefined {
  return text === undefined ? undefined : { folder, rules: ignore({ ignorecase: false }).add(text) }
}

/** Rules that are parsed again only when their text has changed. */
export interface KnownGitRules {
  read(folder: string, name?: string): GitRules | undefined
  /** Takes a folder's file as known that has just got a line which no other path is concerned by. */
  note(folder: string): void
}

/** To be kept for one run: a thousand outputs in a folder would parse the same file a thousand times. */
export function createKnownGitRules(): KnownGitRules {
  const known = new Map<
    string,
    { text: string | undefined; readonly rules: GitRules | undefined }
  >()
  return {
    read: (folder, name = '.gitignore') => {
      const path = join(folder, name)
      const text = readRules(path)
      const found = known.get(path)
      if (found !== undefined && found.text === text) return found.rules
      const rules = parseGitRules(folder, text)
      known.set(path, { text, rules })
      return rules
    },
    note: (folder) => {
      const path = join(folder, '.gitignore')
      const found = known.get(path)
      if (found !== undefined) found.text = readRules(path)
    },
  }
}

/** The rules that hold in a folder: git's own exclude file, then each `.gitignore` from git's root down to it. */
export function rulesFor(
  folder: string,
  gitRoot: string,
  known: Pick<KnownGitRules, 'read'> = { read: readGitRules },
): GitRules[] {
  const names = relative(gitRoot, folder)
    .split(sep)
    .filter((name) => name !== '')
  const folders = [gitRoot, ...names.map((_, i) => join(gitRoot, ...names.slice(0, i + 1)))]
  const exclude =
    known.read(gitRoot, join('.git', 'info', 'exclude')) ?? readExcludeElsewhere(gitRoot, known)
  return [
    ...(exclude === undefined ? [] : [exclude]),
    ...folders.flatMap((f) => known.read(f) ?? []),
  ]
}

/** In a work tree of git, or a submodule, `.git` is a file that tells where the repository is. */
function readExcludeElsewhere(
  gitRoot: string,
  known: Pick<KnownGitRules, 'read'>,
): GitRules | undefined {
  const place = join(gitRoot, '.git')
  if (statIfPresent(place)?.isFile() !== true) return undefined
  const [, folder] = /^gitdir: (.+?)\s*$/.exec(readRules(place) ?? '') ?? []
  if (folder === undefined) return undefined
  const own = resolve(gitRoot, folder)
  const common = resolve(own, readRules(join(own, 'commondir'))?.trim() ?? '.')
  return known.read(gitRoot, join(relative(gitRoot, common), 'info', 'exclude'))
}

/** Whether rules exclude a path in their folders; the parents of the path are not looked at. */
export function isExcluded(
  location: string,
  isFolder: boolean,
  rules: readonly GitRules[],
): boolean {
  // The nearest file that says anything decides, as in git.
  for (const { folder, rules: own } of rules.toReversed()) {
    const path = relativePosix(folder, location)
    const { ignored, unignored } = own.test(isFolder ? `${path}/` : path)
    if (ignored || unignored) return ignored
  }
  return false
}

/** Whether git ignores a path: it or a folder above it is excluded. */
export function isIgnoredByGit(
  location: string,
  isFolder: boolean,
  { gitRoot, known }: { readonly gitRoot: string; readonly known?: KnownGitRules | undefined },
): boolean {
  const names = relative(gitRoot, location).split(sep)
  if (names[0] === '..') return false
  return names.some((_, i) => {
    const path = join(gitRoot, ...names.slice(0, i + 1))
    const isLast = i === names.length - 1
    return isExcluded(path, isLast ? isFolder : true, rulesFor(dirname(path), gitRoot, known))
  })
}
