/** Experiments as git keeps them: list, find, store, remove, rename. */

import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { runGit } from '../repository/git-process.ts'
import { compareCodePoints } from '../../core/code-point-order.ts'
import {
  appliedRef,
  experimentNamespace,
  parseRef,
  refOf,
  type Experiment,
} from './experiment-ref.ts'
import { parseInput } from './commit-message.ts'
import { checkExperimentName } from './experiment-name.ts'

/**
 * All stored experiments, by baseline and name; made by us or by DVC.
 *
 * @throws {ToolkitError} `GIT_FAILED`
 */
export function listExperiments(gitRoot: string): Experiment[] {
  const format = '--format=%(objectname) %(refname)'
  return toExperiments(runGit(gitRoot, ['for-each-ref', format, experimentNamespace]))
}

/**
 * The experiments that another repository keeps, by baseline and name.
 *
 * @param remote - the name of one of git's remotes, or an address
 * @throws {ToolkitError} `GIT_FAILED` when there is none, or it cannot be asked
 */
export function listRemoteExperiments(gitRoot: string, remote: string): Experiment[] {
  try {
    return toExperiments(runGit(gitRoot, ['ls-remote', '--', remote, `${experimentNamespace}/*`]))
  } catch (error) {
    // What git says of an address is the best that can be said.
    if (/[/:]/.test(remote) || !(error instanceof ToolkitError)) throw error
    const names = runGit(gitRoot, ['remote']).toString('utf8').split('\n').filter(Boolean)
    if (names.includes(remote)) throw error
    throw new ToolkitError('GIT_FAILED', `there is no remote '${remote}' of git`, {
      hint: nameHint(remote, names, 'remotes of git'),
      details: { remote, names },
      cause: error,
    })
  }
}

/** @param lines - each a commit, white space, a reference */
function toExperiments(lines: Buffer): Experiment[] {
  const found = lines
    .toString('utf8')
    .split('\n')
    .flatMap((line) => {
      const [commit = '', ref = ''] = line.split(/[ \t]/)
      const parsed = parseRef(ref)
      return parsed === undefined ? [] : [{ ...parsed, commit }]
    })
  return found.toSorted(
    (a, b) => compareCodePoints(a.baseline, b.baseline) || compareCodePoints(a.name, b.name),
  )
}

/**
 * The commit that HEAD is on, the baseline of what runs now.
 *
 * @throws {ToolkitError} `GIT_FAILED` before the first commit
 */
export function readHead(gitRoot: string): string {
  const args = ['rev-parse', '--verify', '--quiet', 'HEAD^{commit}']
  const head = runGit(gitRoot, args, { accepts: [1] })
  const commit = head.toString('utf8').trim()
  if (commit !== '') return commit
  throw new ToolkitError(
    'GIT_FAILED',
    `'${gitRoot}' has no commit yet, so experiments have no baseline`,
    {
      hint: 'make the first one: git add . && git commit',
      details: { gitRoot },
    },
  )
}

/**
 * The experiments that names mean, in the order of the names. A name that several baselines have
 * means the one on HEAD; a whole reference (`refs/exps/…`) means itself.
 *
 * @throws {ToolkitError} `EXPERIMENT_UNKNOWN` naming all that do not exist or are ambiguous
 */
export function findExperiments(gitRoot: string, names: readonly string[]): Experiment[] {
  const all = listExperiments(gitRoot)
  const head = readHead(gitRoot)
  const matches = names.map((name) => matchesOf(name, all, head))
  const unknown = names.filter((_, i) => matches[i]!.length === 0)
  if (unknown.length > 0) throw unknownError(unknown, all)
  const unclear = matches.find((found) => found.length > 1)
  if (unclear !== undefined) throw ambiguousError(unclear)
  return [...new Set(matches.flat())]
}

function matchesOf(name: string, all: readonly Experiment[], head: string): readonly Experiment[] {
  const named = all.filter((experiment) => experiment.name === name || refOf(experiment) === name)
  const onHead = named.filter(({ baseline }) => baseline === head)
  return onHead.length > 0 ? onHead : named
}

function unknownError(names: readonly string[], all: readonly Experiment[]): ToolkitError {
  const known = [...new Set(all.map(({ name }) => name))]
  const list = names.map((name) => `'${name}'`).join(', ')
  const [first = ''] = names
  return new ToolkitError('EXPERIMENT_UNKNOWN', `there is no experiment ${list}`, {
    hint: known.length === 0 ? 'make one: mlpt exp run' : nameHint(first, known, 'experiments'),
    details: { names, known },
  })
}

function ambiguousError(found: readonly Experiment[]): ToolkitError {
  const refs = found.map(refOf)
  const name = found[0]?.name ?? ''
  return new ToolkitError('EXPERIMENT_UNKNOWN', `'${name}' names ${refs.length} experiments`, {
    hint: `write one of: ${refs.join(', ')}`,
    details: { name, refs },
  })
}

/** Writes a reference; `previous` is what it has to hold before, `undefined` that it must not exist. */
export function writeExperiment(
  gitRoot: string,
  experiment: Experiment,
  previous: string | undefined,
): void {
  changeRefs(gitRoot, [
    `update ${refOf(experiment)} ${experiment.commit} ${previous ?? noObject(experiment)}`,
  ])
}

function noObject({ commit }: Experiment): string {
  return '0'.repeat(commit.length)
}

/** Removes experiments, all or none. Their commits stay until git collects its garbage. */
export function removeExperiments(gitRoot: string, experiments: readonly Experiment[]): void {
  if (experiments.length === 0) return
  const applied = readRef(gitRoot, appliedRef)
  const isApplied = experiments.some(({ commit }) => commit === applied)
  changeRefs(gitRoot, [
    ...experiments.map((experiment) => `delete ${refOf(experiment)} ${experiment.commit}`),
    ...(isApplied ? [`delete ${appliedRef}`] : []),
  ])
}

/**
 * Gives an experiment another name on the same baseline.
 *
 * @throws {ToolkitError} `EXPERIMENT_UNKNOWN`; `CLI_USAGE` for a name that git does not allow, or that
 * another experiment has, unless `force` replaces that one
 */
export function renameExperiment(
  gitRoot: string,
  name: string,
  { to, force }: { readonly to: string; readonly force: boolean },
): Experiment {
  checkExperimentName(to)
  const experiment = findExperiments(gitRoot, [name])[0]!
  const renamed = { ...experiment, name: to }
  if (experiment.name === to) return experiment
  const previous = readRef(gitRoot, refOf(renamed))
  if (previous !== undefined && !force) throw takenError(to)
  changeRefs(gitRoot, [
    `update ${refOf(renamed)} ${renamed.commit} ${previous ?? noObject(renamed)}`,
    `delete ${refOf(experiment)} ${experiment.commit}`,
  ])
  return renamed
}

/** An experiment's name that is already taken. */
export function takenError(name: string): ToolkitError {
  return new ToolkitError(
    'CLI_USAGE',
    `there already is an experiment '${name}' on this baseline`,
    {
      hint: 'choose another name, remove it (mlpt exp remove), or replace it with --force',
      details: { name },
    },
  )
}

/** What a reference points at; `undefined` when it does not exist. */
export function readRef(gitRoot: string, ref: string): string | undefined {
  const answer = runGit(gitRoot, ['rev-parse', '--verify', '--quiet', ref], { accepts: [1] })
  return answer.toString('utf8').trim() || undefined
}

/** Hash of what an experiment started from; `undefined` for what others made. */
export function readInput(gitRoot: string, commit: string): string | undefined {
  return parseInput(runGit(gitRoot, ['show', '-s', '--format=%B', commit]).toString('utf8'))
}

/** All changes or none. @param changes - as `git update-ref --stdin` reads them */
function changeRefs(gitRoot: string, changes: readonly string[]): void {
  runGit(gitRoot, ['update-ref', '--stdin'], { input: `${changes.join('\n')}\n` })
}
