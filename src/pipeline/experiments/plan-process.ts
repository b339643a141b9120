/** Decides which experiments an `exp run` makes: what each starts from, and its name. */

import { createHash } from 'node:crypto'
import { realpathSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { existsNow, readTextNow } from '../repository/text-file.ts'
import { isWithin } from '../stages/graph.ts'
import { applyAssignments } from './apply-assignments.ts'
import { combineOverrides, type Assignment } from './combine-overrides.ts'
import { candidateNames, checkExperimentName } from './experiment-name.ts'
import type { GitRepository } from './git-repository.ts'
import { refOf } from './experiment-ref.ts'
import { listExperiments, readInput, readRef, takenError } from './refs-process.ts'
import type { Override } from './parse-override.ts'
import type { TreeBuilder } from './tree-process.ts'
import { relativePosix, toPosix } from '../stages/posix-path.ts'

/** An experiment before it runs. */
export interface PlannedExperiment {
  readonly name: string
  /** The commit it is made on. */
  readonly baseline: string
  /** The tree of files it starts from. */
  readonly tree: string
  /** Hash of all it starts from: baseline, files and targets. */
  readonly input: string
  readonly assignments: readonly Assignment[]
  /** The commit that already has this name, to be replaced. */
  readonly previous: string | undefined
}

/** What experiments start from, but for their values. */
export interface PlanStart {
  /** The commit they are made on. */
  readonly baseline: string
  /** The tree of the user's files. */
  readonly tree: string
  readonly targets: readonly string[]
  readonly runFlags?: readonly string[]
}

/** What was asked for. */
export interface PlanOptions extends PlanStart {
  readonly overrides: readonly Override[]
  /** `undefined` makes names from what the experiments are; several experiments get `<name>-1`, `<name>-2`, …. */
  readonly name: string | undefined
  /** Whether an experiment of the given name may be replaced. */
  readonly force: boolean
}

/**
 * One experiment for each combination of values that differs in its files, in the order of the combinations.
 *
 * @throws {ToolkitError} `CLI_USAGE`, `PIPELINE_INVALID`, `FILE_MISSING`, `GIT_FAILED`
 */
export function planExperiments(
  repository: GitRepository,
  builder: TreeBuilder,
  options: PlanOptions,
): PlannedExperiment[] {
  const { baseline, name, overrides } = options
  const starts = new Map<string, readonly Assignment[]>()
  const files = readParameterFiles(repository, overrides)
  for (const assignments of combineOverrides(overrides)) {
    const tree = treeWith(assignments, { files, builder, tree: options.tree })
    if (!starts.has(tree)) starts.set(tree, assignments)
  }
  if (name !== undefined) checkExperimentName(starts.size > 1 ? `${name}-1` : name)
  const taken = holdersOf(builder.gitRoot, baseline)
  return Array.from(starts, ([tree, assignments], i) => {
    const input = hashInput(repository, { ...options, tree })
    const own = name !== undefined && starts.size > 1 ? `${name}-${i + 1}` : name
    const chosen = own ?? chooseName(input, taken)
    const previous = taken.get(chosen)
    if (own !== undefined && previous !== undefined && !options.force) throw takenError(own)
    taken.set(chosen, { commit: previous?.commit, input })
    return { name: chosen, baseline, tree, input, assignments, previous: previous?.commit }
  })
}

/** Parameter files as they were, by how they were typed. */
export type ParameterTexts = ReadonlyMap<string, ParameterFile>

/**
 * One experiment by its name, with these values in these files; it replaces one of that name.
 *
 * @throws {ToolkitError} `CLI_USAGE`, `PIPELINE_INVALID`, `GIT_FAILED`
 */
export function planNamedExperiment(
  repository: GitRepository,
  builder: TreeBuilder,
  options: {
    readonly name: string
    readonly start: PlanStart
    readonly files: ParameterTexts
    readonly assignments: readonly Assignment[]
  },
): PlannedExperiment {
  const { name, start, files, assignments } = options
  checkExperimentName(name)
  const { baseline } = start
  const tree = treeWith(assignments, { files, builder, tree: start.tree })
  const input = hashInput(repository, { ...start, tree })
  const previous = readRef(builder.gitRoot, refOf({ name, baseline }))
  return { name, baseline, tree, input, assignments, previous }
}

function hashInput({ gitRoot, directory }: GitRepository, start: PlanStart): string {
  const { baseline, tree, runFlags = [], targets } = start
  const parts = [baseline, tree, relative(gitRoot, directory), ...runFlags, ...targets]
  return createHash('sha256').update(parts.join('\0')).digest('hex')
}

/** A parameter file by how it was typed. */
interface ParameterFile {
  /** From git's root, with forward slashes. */
  readonly path: string
  readonly text: string
}

/**
 * The files that changes are for, by how they were typed.
 *
 * @throws {ToolkitError} `CLI_USAGE` for one outside the repository, `FILE_MISSING`
 */
export function readParameterFiles(
  { directory, gitRoot }: Pick<GitRepository, 'directory' | 'gitRoot'>,
  overrides: readonly Pick<Override, 'file' | 'kind'>[],
): ParameterTexts {
  const names = [...new Set(overrides.map(({ file }) => file))]
  return new Map(
    names.map((file) => {
      const isNew = overrides.every((override) => override.file !== file || isAdding(override))
      return [file, readParameterFile(resolve(directory, file), file, { gitRoot, isNew })]
    }),
  )
}

function isAdding({ kind }: Pick<Override, 'kind'>): boolean {
  return kind === 'add' || kind === 'force'
}

function readParameterFile(
  location: string,
  file: string,
  { gitRoot, isNew }: { readonly gitRoot: string; readonly isNew: boolean },
): ParameterFile {
  if (!existsNow(location) && !isNew) {
    throw new ToolkitError('FILE_MISSING', `there is no parameter file '${file}'`, {
      hint: 'check the name; a new file is made with +key=value',
      details: { file },
    })
  }
  // Behind a link lies what git holds.
  const actual = existsNow(location) ? realpathSync(location) : location
  const root = realpathSync(gitRoot)
  const isInside = isWithin(actual, root) || isWithin(actual, gitRoot)
  if (!isInside) {
    throw new ToolkitError(
      'CLI_USAGE',
      `the parameter file '${file}' lies outside the repository`,
      {
        hint: `only files below '${gitRoot}' can differ between experiments`,
        details: { file },
      },
    )
  }
  const top = isWithin(actual, root) ? root : gitRoot
  checkNotForeign(actual, { top, file })
  const path = relative(top, actual)
  return { path: toPosix(path), text: readTextNow(actual) ?? '' }
}

/** @throws {ToolkitError} `CLI_USAGE` */
function checkNotForeign(
  actual: string,
  { top, file }: { readonly top: string; readonly file: string },
): void {
  for (let folder = dirname(actual); isWithin(folder, top); folder = dirname(folder)) {
    if (!existsNow(join(folder, '.git'))) continue
    const name = relative(top, folder)
    throw new ToolkitError(
      'CLI_USAGE',
      `the parameter file '${file}' lies in '${name}', a git repository of its own`,
      {
        hint: 'only files of this repository can differ between experiments: move the parameter to one',
        details: { file, repository: name },
      },
    )
  }
}

function treeWith(
  assignments: readonly Assignment[],
  {
    files,
    builder,
    tree,
  }: {
    readonly files: ParameterTexts
    readonly builder: TreeBuilder
    readonly tree: string
  },
): string {
  if (assignments.length === 0) return tree
  const changed = Array.from(files, ([file, { path, text }]) => {
    const own = assignments.filter((assignment) => assignment.file === file)
    return [path, { text: applyAssignments(text, file, own) }] as const
  })
  return builder.changeTree(tree, new Map(changed))
}

/** Who has a name on this baseline. */
interface Holder {
  readonly commit: string | undefined
  readonly input: string | undefined
}

function holdersOf(gitRoot: string, baseline: string): Map<string, Holder> {
  const own = listExperiments(gitRoot).filter((experiment) => experiment.baseline === baseline)
  return new Map(
    own.map(({ name, commit }) => [name, { commit, input: readInput(gitRoot, commit) }] as const),
  )
}

/** The first that nobody has, or that the very same experiment has. */
function chooseName(input: string, taken: ReadonlyMap<string, Holder>): string {
  for (const name of candidateNames(input)) {
    const holder = taken.get(name)
    if (holder === undefined || holder.input === input) return name
  }
  throw new Error('names never end')
}

/** Where the store of tracked runs lies, from git's root, when it could be taken for a file of the project. */
export function pathInGit(gitRoot: string, location: string): string | undefined {
  return isWithin(location, gitRoot) ? relativePosix(gitRoot, location) : undefined
}

/** The absolute path in a work tree of what lies at a path of the user's. */
export function pathInWorktree(gitRoot: string, worktree: string, location: string): string {
  return join(worktree, relative(gitRoot, location))
}
