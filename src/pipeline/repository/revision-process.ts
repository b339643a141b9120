/** The files that git holds of a repository: any revision as a snapshot, without touching the work tree. */

import { basename, dirname, join, relative, resolve } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { parsingSettingsOf } from '../stages/format-flags.ts'
import { decodeText } from '../yaml/decode-text.ts'
import { runGit } from './git-process.ts'
import type { Repository } from './repository.ts'
import { selectPipelineFiles } from './revision-files.ts'
import type { Snapshot } from './snapshot.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** A revision with its files; folders are not kept, only what lies in them. */
export interface RevisionSnapshot extends Snapshot {
  /** Hexadecimal name of the commit. */
  readonly commit: string
  /** The content at an absolute path; `undefined` when git has no file there. */
  readonly readBytes: (location: string) => Uint8Array | undefined
  /** Reads the files at absolute paths in one go: one by one each would start git. */
  readonly prefetch: (locations: readonly string[]) => void
  /** Absolute paths of the files at or below a path, in git's order. */
  readonly listFiles: (location: string) => readonly string[]
}

/** A commit with all the names by which it was found. */
export interface Revision {
  readonly commit: string
  /** Branches, then tags, each in order; for a commit without a name, the commit itself. */
  readonly names: readonly string[]
}

/** Which revisions to list. */
export interface RevisionSelection {
  readonly branches?: boolean
  readonly tags?: boolean
  /** Every commit that HEAD, a branch, a remote's branch or a tag leads to, the newest first. */
  readonly commits?: boolean
  /** These, by whatever name git knows them. */
  readonly revisions?: readonly string[]
  /** How many commits of each branch and of each of `revisions`, along first parents; 1 by default, -1 for all. */
  readonly count?: number
  /** Of all commits those not made before this moment, in milliseconds since 1970. */
  readonly sinceMs?: number | undefined
  /** Every stored experiment. */
  readonly experiments?: boolean
}

/** A repository's past; what has been read once is kept for the life of the object. */
export interface History {
  /** @throws {ToolkitError} `REVISION_UNKNOWN` naming all that do not exist, `GIT_FAILED` */
  readonly resolve: (revisions: readonly string[]) => readonly string[]
  /** @throws {ToolkitError} `REVISION_UNKNOWN`, `GIT_FAILED` */
  readonly open: (revision: string) => RevisionSnapshot
  /** @throws {ToolkitError} `REVISION_UNKNOWN`, `GIT_FAILED` */
  readonly list: (selection: RevisionSelection) => readonly Revision[]
  /** The branch that is checked out; `undefined` for a detached HEAD. @throws {ToolkitError} `GIT_FAILED` */
  readonly currentBranch: () => string | undefined
  /** Whether there is any commit. @throws {ToolkitError} `GIT_FAILED` */
  readonly hasCommits: () => boolean
}

/**
 * One git revision of a repository: a branch, a tag, a commit, `HEAD~1`, the name of an experiment.
 * Whoever opens several takes {@link openHistory}, which reads shared files once.
 *
 * @throws {ToolkitError} `REVISION_UNKNOWN`, `GIT_FAILED`
 */
export function openRevision(repository: Repository, revision: string): RevisionSnapshot {
  return openHistory(repository).open(revision)
}

/**
 * Opens the git history of a repository. Starts git only when asked for something.
 *
 * @throws {ToolkitError} `GIT_FAILED` when the repository is not under git
 */
export function openHistory(repository: Repository): History {
  const { gitRoot, root } = repository
  if (gitRoot === undefined) {
    throw new ToolkitError('GIT_FAILED', `'${root}' is not under git, so it has no revisions`, {
      hint: 'make it a git repository: git init',
      details: { root },
    })
  }
  const git: Git = { gitRoot, objects: new Map(), commits: new Set() }
  const snapshots = new Map<string, RevisionSnapshot>()
  return {
    resolve: (revisions) => resolveRevisions(git, revisions),
    list: (selection) => listIn(git, selection),
    hasCommits: () => findHead(git) !== undefined,
    currentBranch: () => {
      const args = ['symbolic-ref', '--quiet', '--short', 'HEAD']
      const name = runGit(gitRoot, args, { accepts: [1] })
        .toString('utf8')
        .trim()
      return name === '' ? undefined : name
    },
    open: (revision) => {
      const [commit = ''] = git.commits.has(revision)
        ? [revision]
        : resolveRevisions(git, [revision])
      const known = snapshots.get(commit) ?? openCommit(git, repository, commit)
      snapshots.set(commit, known)
      return { ...known, revision }
    },
  }
}

interface Git {
  readonly gitRoot: string
  /** Content of what has been read, by the name of the object. */
  readonly objects: Map<string, Buffer>
  /** Those that git has listed: it need not be asked what they are. */
  readonly commits: Set<string>
}

function resolveRevisions(git: Git, revisions: readonly string[]): string[] {
  // Over standard input no revision can be taken for an option.
  const asked = revisions.map((revision) => (isPlausible(revision) ? revision : ':')) // ':' is nothing.
  const input = asked.map((revision) => `${revision}^{commit}\n`).join('')
  const answer = runGit(git.gitRoot, ['cat-file', '--batch-check=%(objectname)'], { input })
  const lines = answer.toString('utf8').split('\n')
  const commits = revisions.map((revision, i) =>
    /^[0-9a-f]{40,64}$/.test(lines[i] ?? '') ? lines[i] : findByLastName(git, revision),
  )
  const unknown = revisions.filter((_, i) => commits[i] === undefined)
  if (unknown.length > 0) throw unknownError(git, unknown)
  return commits.map((commit) => commit ?? '')
}

function isPlausible(revision: string): boolean {
  return revision !== '' && !revision.startsWith('-') && !/[\0\n]/.test(revision)
}

/** As DVC does: a branch that only one remote has, or an experiment. */
function findByLastName(git: Git, revision: string): string | undefined {
  if (!isPlausible(revision)) return undefined
  const refs = listRefs(git, ['refs/remotes', 'refs/exps'])
  const isNamed = ({ name }: Ref): boolean =>
    name.startsWith('refs/exps/')
      ? experimentName.test(name) && basename(name) === revision
      : name.split('/').slice(3).join('/') === revision
  const commits = new Set(refs.filter(isNamed).map(({ commit }) => commit))
  return commits.size === 1 ? [...commits][0] : undefined
}

function unknownError(git: Git, revisions: readonly string[]): ToolkitError {
  const names = listRefs(git, ['refs/heads', 'refs/tags']).map(({ name }) => shortName(name))
  const list = revisions.map((revision) => `'${revision}'`).join(', ')
  const [first = ''] = revisions
  return new ToolkitError('REVISION_UNKNOWN', `there is no git revision ${list}`, {
    hint: nameHint(first, ['HEAD', ...names], 'branches and tags'),
    details: { revisions },
  })
}

interface Ref {
  readonly name: string
  readonly commit: string
}

/** In the order of names; an annotated tag stands for its commit. Tags of anything else are left out. */
function listRefs(git: Git, prefixes: readonly string[]): Ref[] {
  const format = '--format=%(objectname) %(objecttype) %(*objectname) %(*objecttype) %(refname)'
  const text = runGit(git.gitRoot, ['for-each-ref', format, ...prefixes]).toString('utf8')
  return text.split('\n').flatMap((line) => {
    const [object = '', kind, peeled = '', peeledKind, ...name] = line.split(' ')
    if (kind === 'commit') return [{ name: name.join(' '), commit: object }]
    return peeledKind === 'commit' ? [{ name: name.join(' '), commit: peeled }] : []
  })
}

function shortName(name: string): string {
  return name.split('/').slice(2).join('/')
}

function listIn(git: Git, selection: RevisionSelection): Revision[] {
  const found = new Map<string, string[]>()
  for (const { commit, name } of namedRevisions(git, selection)) {
    git.commits.add(commit)
    addTo(found, commit, name)
  }
  return Array.from(found, ([commit, names]) => ({ commit, names }))
}

function namedRevisions(git: Git, selection: RevisionSelection): Ref[] {
  const { branches, tags, commits, sinceMs, experiments, revisions = [], count = 1 } = selection
  const asked = resolveRevisions(git, revisions).map((commit, i) => ({
    name: revisions[i] ?? commit,
    commit,
  }))
  const found = withAncestors(git, asked, count)
  // All commits hold those of branches and tags.
  if (commits === true) found.push(...listCommits(git).map(unnamed))
  else {
    if (branches === true) found.push(...withAncestors(git, shortRefs(git, 'refs/heads'), count))
    if (tags === true) found.push(...shortRefs(git, 'refs/tags'))
    if (sinceMs !== undefined) found.push(...listCommits(git, sinceMs).map(unnamed))
  }
  if (experiments === true) found.push(...listExperimentCommits(git))
  return found
}

function unnamed(commit: string): Ref {
  return { name: commit, commit }
}

function shortRefs(git: Git, prefix: string): Ref[] {
  return listRefs(git, [prefix]).map(({ name, commit }) => ({ name: shortName(name), commit }))
}

/** Each with the commits before it, as `name~1`, until there are so many. */
function withAncestors(git: Git, refs: readonly Ref[], count: number): Ref[] {
  if (count === 1) return [...refs]
  return refs.flatMap(({ name, commit }) => {
    const limit = count < 0 ? [] : ['--max-count', String(count)]
    const args = ['rev-list', '--first-parent', ...limit, commit]
    const line = splitLines(runGit(git.gitRoot, args).toString('utf8'))
    return line.map((ancestor, i) => ({ name: i === 0 ? name : `${name}~${i}`, commit: ancestor }))
  })
}

/** All commits of each experiment: one, or a chain of checkpoints. */
function listExperimentCommits(git: Git): Ref[] {
  return listRefs(git, ['refs/exps']).flatMap(({ name, commit }) => {
    const baseline = experimentName.exec(name)?.slice(1, 3).join('')
    if (baseline === undefined) return []
    const args = ['rev-list', commit, `^${baseline}`]
    const chain = splitLines(runGit(git.gitRoot, args).toString('utf8'))
    return chain.map((each) => ({ name: basename(name), commit: each }))
  })
}

/** The baseline's hash in two parts; DVC's own notes beside experiments have none. */
const experimentName = /^refs\/exps\/([0-9a-f]{2})\/([0-9a-f]+)\//

function addTo(found: Map<string, string[]>, commit: string, name: string): void {
  const names = found.get(commit)
  if (names === undefined) found.set(commit, [name])
  else if (!names.includes(name)) names.push(name)
}

function findHead(git: Git): string | undefined {
  const args = ['rev-parse', '--verify', '--quiet', 'HEAD']
  const commit = runGit(git.gitRoot, args, { accepts: [1] })
    .toString('utf8')
    .trim()
  return commit === '' ? undefined : commit
}

/** The newest first. Git itself stops looking at the first commit that is too old, though one behind it may not be. */
function listCommits(git: Git, sinceMs = -Infinity): string[] {
  const args = ['rev-list', '--timestamp', '--date-order', '--branches', '--tags', '--remotes']
  const head = findHead(git)
  const text = runGit(git.gitRoot, head === undefined ? args : [...args, head]).toString('utf8')
  return splitLines(text).flatMap((line) => {
    const [seconds, commit = ''] = line.split(' ')
    return Number(seconds) * 1000 >= sinceMs ? [commit] : []
  })
}

function splitLines(text: string): string[] {
  return text.split('\n').filter((line) => line !== '')
}

/** A file in a tree. */
interface Blob {
  readonly object: string
  readonly isLink: boolean
}

function openCommit(git: Git, repository: Repository, commit: string): RevisionSnapshot {
  const { root, directory } = repository
  const tree = listTree(git, commit)
  const toPath = (location: string): string => relativePosix(git.gitRoot, location)
  const readBytes = (location: string): Buffer | undefined => {
    const blob = followLinks(git, tree, toPath(location))
    return blob && readObjects(git, [blob.object])[0]
  }
  const readText = (location: string): string | undefined => {
    const bytes = readBytes(location)
    return bytes && decodeText(bytes, relative(directory, location))
  }
  const prefix = root === git.gitRoot ? '' : `${toPath(root)}/`
  const below = [...tree.keys()].filter((path) => path.startsWith(prefix))
  const paths = below.map((path) => path.slice(prefix.length))
  readObjects(
    git,
    below.filter(isSmallFile).map((path) => tree.get(path)!.object),
  )
  return {
    revision: commit,
    commit,
    root,
    directory,
    // Settings are not of a revision: `config.local` and those of the user are in none.
    parsing: parsingSettingsOf(repository.config.sections.get('parsing')),
    pipelineFiles: selectPipelineFiles(paths, (path) =>
      readBytes(join(root, path))?.toString('utf8'),
    ),
    readText,
    readBytes,
    prefetch: (locations) => {
      const blobs = locations.flatMap((location) => tree.get(toPath(location)) ?? [])
      readObjects(
        git,
        blobs.map(({ object }) => object),
      )
    },
    listFiles: (location) => {
      const path = toPath(location)
      if (tree.has(path)) return [location]
      const isWanted = (name: string): boolean =>
        path === '' || name === path || name.startsWith(`${path}/`)
      return [...tree.keys()].filter(isWanted).map((name) => join(git.gitRoot, name))
    },
  }
}

/** What nearly every command wants to see: read in one go. */
function isSmallFile(path: string): boolean {
  const name = basename(path)
  const names = ['dvc.yaml', 'dvc.lock', 'params.yaml', '.dvcignore']
  return names.includes(name) || name.endsWith('.dvc')
}

function listTree(git: Git, commit: string): ReadonlyMap<string, Blob> {
  const text = runGit(git.gitRoot, ['ls-tree', '-r', '-z', '--full-tree', commit]).toString('utf8')
  const tree = new Map<string, Blob>()
  for (const entry of text.split('\0')) {
    const [, mode, object = '', path = ''] = /^(\d+) blob ([0-9a-f]+)\t(.*)$/s.exec(entry) ?? []
    if (mode !== undefined) tree.set(path, { object, isLink: mode === '120000' })
  }
  return tree
}

const longestChain = 10

function followLinks(git: Git, tree: ReadonlyMap<string, Blob>, path: string): Blob | undefined {
  let current = path
  for (let i = 0; i < longestChain; i++) {
    const blob = tree.get(current)
    if (blob?.isLink !== true) return blob
    const target = readObjects(git, [blob.object])[0]?.toString('utf8') ?? ''
    const location = resolve(git.gitRoot, dirname(current), target)
    current = relativePosix(git.gitRoot, location)
  }
  return undefined
}

/** Content by object, with one git process for all that have not been read before. */
function readObjects(git: Git, objects: readonly string[]): Buffer[] {
  const wanted = [...new Set(objects)].filter((object) => !git.objects.has(object))
  if (wanted.length > 0) {
    const input = wanted.map((object) => `${object}\n`).join('')
    const answer = runGit(git.gitRoot, ['cat-file', '--batch'], { input })
    let offset = 0
    for (const object of wanted) {
      const end = answer.indexOf('\n', offset)
      const header = answer.subarray(offset, end).toString('utf8')
      const size = Number(/ blob (\d+)$/.exec(header)?.[1])
      if (Number.isNaN(size)) throw missingObjectError(git, object)
      git.objects.set(object, answer.subarray(end + 1, end + 1 + size))
      offset = end + 1 + size + 1
    }
  }
  return objects.map((object) => git.objects.get(object)!)
}

function missingObjectError(git: Git, object: string): ToolkitError {
  return new ToolkitError('GIT_FAILED', `git has no object '${object}' in '${git.gitRoot}'`, {
    hint: 'fetch what is missing, or look at it with: git fsck',
    details: { object },
  })
}
