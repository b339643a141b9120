/** Brings the files of an experiment into the user's work tree, without losing what is only there. */

import { lstatSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { openRevision, type RevisionSnapshot } from '../repository/revision-process.ts'
import { isAbsent, readError } from '../repository/text-file.ts'
import { applyStashRef, appliedRef, type Experiment } from './experiment-ref.ts'
import type { GitRepository } from './git-repository.ts'
import { findExperiments, listExperiments, readHead, readRef } from './refs-process.ts'
import { identityOf } from './save-process.ts'
import {
  addForced,
  diffTrees,
  openTreeBuilder,
  withoutGitPlaces,
  type TreeBuilder,
  type TreeEntry,
} from './tree-process.ts'

/** What to apply, and where. */
export interface ApplyOptions {
  readonly gitRoot: string
  /** `.dvc/tmp/mlpt` */
  readonly stateFolder: string
  /** Paths from git's root that are not the project's. */
  readonly excluded: readonly string[]
  /** What the experiment's stages make without the cache, from git's root: overwritten where git ignores it. */
  readonly made: readonly string[]
  readonly name: string
  /** Overwrites changes that nothing else has; they stay as a stash. */
  readonly force: boolean
  readonly env: Readonly<Record<string, string | undefined>>
}

/** What was applied. */
export interface Applied {
  readonly experiment: Experiment
  /** Paths from git's root that changed, in order. */
  readonly changed: readonly string[]
  /** The stash that keeps the changes that were overwritten. */
  readonly stash: string | undefined
}

/**
 * Makes the work tree's files those of an experiment; HEAD, the branch and the index stay, so that the
 * experiment shows as changes that can be committed. Files that only the work tree has are kept. Outputs
 * in the cache are not touched: check them out afterwards.
 *
 * @throws {ToolkitError} `EXPERIMENT_UNKNOWN`; `DATA_UNSAVED` when a change would be lost that neither
 * a commit nor an experiment has, unless `force`; `GIT_FAILED`
 */
export function applyExperiment(options: ApplyOptions): Applied {
  const { gitRoot, stateFolder, name, force, env } = options
  const experiment = findExperiments(gitRoot, [name])[0]!
  const head = readHead(gitRoot)
  using builder = openTreeBuilder(gitRoot, join(stateFolder, 'apply-index'), env)
  const before = takeWorkTree(builder, options, experiment)
  const own = diffTrees(builder.run, head, before)
  const wanted = diffTrees(builder.run, before, experiment.commit)
  const onlyHere = [...own].filter(
    ([path, { before: committed }]) =>
      committed === undefined && wanted.get(path)?.after === undefined,
  )
  const touched = touchedChanges(own, wanted)
  const lost = changesToLose(touched, builder, experiment)
  if (lost.length > 0 && !force) throw unsavedError(name, lost)
  const kept = new Map<string, TreeEntry | undefined>(
    onlyHere.flatMap(([path, { after }]) => (after === undefined ? [] : [[path, after] as const])),
  )
  using other = openTreeBuilder(gitRoot, join(stateFolder, 'apply-tree-index'), env)
  const changes = other.changeTree(
    before,
    new Map([...kept.keys()].map((path) => [path, undefined])),
  )
  const stash = lost.length > 0 ? keepStash(builder, { head, tree: changes, env, name }) : undefined
  const target = other.changeTree(`${experiment.commit}^{tree}`, kept)
  // Two trees and an index that knows the files: git changes what differs, and refuses what it does not expect.
  builder.run(['read-tree', '-m', '-u', before, target])
  builder.run(['update-ref', appliedRef, experiment.commit])
  const changed = [...wanted.keys()].filter((path) => !kept.has(path)).toSorted()
  return { experiment, changed, stash }
}

/** The work tree's files, and of those that git ignores what stands where the experiment has a file. */
function takeWorkTree(
  builder: TreeBuilder,
  { excluded, made }: Pick<ApplyOptions, 'excluded' | 'made'>,
  { commit }: Experiment,
): string {
  const { gitRoot, run } = builder
  const files = builder.addWorkTree(excluded)
  const isMade = (path: string): boolean => made.some((one) => `${path}/`.startsWith(`${one}/`))
  const brought = [...diffTrees(run, files, commit)].filter(
    ([path, change]) => change.before === undefined && !isMade(path),
  )
  const hidden = new Set(brought.flatMap(([path]) => findInTheWay(gitRoot, path) ?? []))
  if (hidden.size === 0) return files
  addForced(run, [...hidden])
  return run(['write-tree']).toString('utf8').trim()
}

/** What is at a path, or where it needs a folder, that is none; from git's root. */
function findInTheWay(gitRoot: string, path: string): string | undefined {
  if (typeOf(join(gitRoot, path)) !== undefined) return path
  for (let folder = dirname(path); folder !== '.'; folder = dirname(folder)) {
    const type = typeOf(join(gitRoot, folder))
    if (type !== undefined) return type === 'folder' ? undefined : folder
  }
  return undefined
}

function typeOf(location: string): 'folder' | 'file' | undefined {
  try {
    return lstatSync(location).isDirectory() ? 'folder' : 'file'
  } catch (error) {
    if (isAbsent(error)) return undefined
    throw readError(location, error)
  }
}

/** The files of an experiment as they are stored. @throws {ToolkitError} `EXPERIMENT_UNKNOWN`, `GIT_FAILED` */
export function openExperiment(repository: GitRepository, name: string): RevisionSnapshot {
  const [experiment] = findExperiments(repository.gitRoot, [name])
  return openRevision(repository, experiment!.commit)
}

type Differences = ReturnType<typeof diffTrees>

interface TouchedChange {
  readonly path: string
  readonly object: string
}

/** Changed or new paths that the experiment has otherwise or not at all. */
function touchedChanges(own: Differences, wanted: Differences): TouchedChange[] {
  return [...own].flatMap(([path, { before, after }]) => {
    const change = wanted.get(path)
    if (change === undefined || after === undefined) return []
    const isOnlyHere = before === undefined && change.after === undefined
    return isOnlyHere ? [] : [{ path, object: after.object }]
  })
}

/** Those that no experiment of the same baseline has as they are. */
function changesToLose(
  touched: readonly TouchedChange[],
  { gitRoot, run }: TreeBuilder,
  experiment: Experiment,
): string[] {
  if (touched.length === 0) return []
  const saved = [readRef(gitRoot, appliedRef), ...commitsBeside(gitRoot, experiment)]
  const commits = saved.filter((commit) => commit !== undefined)
  // One question a line: a name with a line end in it counts as not saved.
  const asked = touched.filter(({ path }) => !path.includes('\n'))
  const questions = asked.flatMap(({ path }) => commits.map((commit) => `${commit}:${path}`))
  const input = questions.map((question) => `${question}\n`).join('')
  const answers = run(['cat-file', '--batch-check=%(objectname)'], { input })
  const lines = answers.toString('utf8').split('\n')
  const known = new Map(questions.map((question, i) => [question, lines[i]]))
  return touched
    .filter(
      ({ path, object }) => !commits.some((commit) => known.get(`${commit}:${path}`) === object),
    )
    .map(({ path }) => path)
    .toSorted()
}

function commitsBeside(gitRoot: string, { baseline }: Experiment): string[] {
  return listExperiments(gitRoot)
    .filter((other) => other.baseline === baseline)
    .map(({ commit }) => commit)
}

function unsavedError(name: string, paths: readonly string[]): ToolkitError {
  const list = paths.map((path) => `\n  ${path}`).join('')
  return new ToolkitError(
    'DATA_UNSAVED',
    `applying '${name}' would overwrite changes that are not committed:${list}`,
    {
      hint: 'commit them, or apply with --force: they are then kept as a stash',
      details: { name, paths },
    },
  )
}

/** In the form of `git stash`, where DVC keeps it too: `git stash apply refs/exps/apply/stash` brings it back. */
function keepStash(
  builder: TreeBuilder,
  {
    head,
    tree,
    env,
    name,
  }: {
    readonly head: string
    readonly tree: string
    readonly env: Readonly<Record<string, string | undefined>>
    readonly name: string
  },
): string {
  const identity = identityOf(builder.gitRoot, withoutGitPlaces(env))
  const commit = (args: readonly string[]): string =>
    builder
      .run(['commit-tree', ...args], { env: identity })
      .toString('utf8')
      .trim()
  const index = commit([`${head}^{tree}`, '-p', head, '-m', `index before applying ${name}`])
  const stash = commit([tree, '-p', head, '-p', index, '-m', `work tree before applying ${name}`])
  builder.run(
    ['update-ref', '--create-reflog', '-m', `before applying ${name}`, applyStashRef, stash],
    { env: identity },
  )
  return stash
}
