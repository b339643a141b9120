/** Reads experiments and the commits they were made on: what they measured, with which parameters. */

import { ToolkitError } from '../../core/errors.ts'
import { openContent, workspaceName, type Content } from '../compare/content-file.ts'
import type { FileResults } from '../compare/file-values.ts'
import { readMetrics } from '../compare/read-metrics.ts'
import { readParams } from '../compare/read-params.ts'
import { runGit } from '../repository/git-process.ts'
import { openHistory, type History } from '../repository/revision-process.ts'
import type { RecordedPath } from '../stages/record.ts'
import { isAddress } from '../stages/stage-path.ts'
import type { Output } from '../stages/stage.ts'
import type { Experiment } from './experiment-ref.ts'
import { listExperiments, readHead } from './refs-process.ts'
import type { GitRepository } from './git-repository.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** Which baselines to look at. */
export interface BaselineSelection {
  /** Revisions to start from; HEAD when nothing else is asked for. */
  readonly revisions?: readonly string[]
  /** How many commits, by first parents, from each revision; a negative number means all. */
  readonly count?: number
  readonly branches?: boolean
  readonly tags?: boolean
  /** Every commit. */
  readonly commits?: boolean
}

/** What one revision holds. */
export interface ExperimentState {
  /** The commit, or 'workspace'. */
  readonly revision: string
  /** A branch, a tag or the experiment's name. */
  readonly name: string | undefined
  /** Seconds since 1970 of the commit. */
  readonly time: number | undefined
  readonly data: ExperimentData | undefined
  /** Why there are no data. */
  readonly error: ToolkitError | undefined
}

/** Values by path from the repository's root. */
export interface ExperimentData {
  readonly params: FileResults
  readonly metrics: FileResults
  readonly dependencies: ReadonlyMap<string, RecordedPath | undefined>
  readonly outputs: ReadonlyMap<string, StateOutput>
}

/** An output that is neither metric nor plot. */
export interface StateOutput {
  readonly recorded: RecordedPath | undefined
  readonly isCached: boolean
  /** Whether it belongs to a `*.dvc` file. */
  readonly isSource: boolean
}

/** A commit, and the experiments that were made on it, the newest first. */
export interface BaselineState extends ExperimentState {
  readonly experiments: readonly ExperimentState[]
}

/**
 * Reads baselines with their experiments; the work tree comes first, unless it is left out. A revision that
 * cannot be read has its error instead of data.
 *
 * @throws {ToolkitError} `REVISION_UNKNOWN`, `GIT_FAILED`
 */
export function collectExperiments(
  repository: GitRepository,
  selection: BaselineSelection,
  { hidesWorkspace = false }: { readonly hidesWorkspace?: boolean } = {},
): BaselineState[] {
  const history = openHistory(repository)
  if (!history.hasCommits()) return []
  // Paths are told from the root, wherever one stands.
  const reader: Reader = { repository: { ...repository, directory: repository.root }, history }
  const baselines = selectBaselines(repository.gitRoot, selection, history)
  const all = listExperiments(repository.gitRoot)
  const wanted = new Set(baselines)
  const own = all.filter(({ baseline }) => wanted.has(baseline))
  const times = readTimes(repository.gitRoot, [...baselines, ...own.map(({ commit }) => commit)])
  const names = nameCommits(repository.gitRoot, history)
  const readNamed = (revision: string, name: string | undefined): ExperimentState =>
    readState(reader, { revision, name, time: times.get(revision) })
  const states = baselines.map((commit): BaselineState => {
    const made = own.filter(({ baseline }) => baseline === commit)
    const experiments = sortByTime(made, times).map((one) => readNamed(one.commit, one.name))
    return Object.assign(readNamed(commit, names.get(commit)), { experiments })
  })
  if (hidesWorkspace) return states
  const workspace = { revision: workspaceName, name: undefined, time: undefined }
  return [{ ...readState(reader, workspace), experiments: [] }, ...states]
}

/**
 * The commits that a selection means, each once.
 *
 * @throws {ToolkitError} `REVISION_UNKNOWN`, `GIT_FAILED`
 */
export function selectBaselines(
  gitRoot: string,
  selection: BaselineSelection,
  history: History,
): string[] {
  const { revisions = [], count = 1, branches, tags, commits } = selection
  const listed =
    commits === true || branches === true || tags === true ? history.list(selection) : []
  const isNone = revisions.length === 0 && listed.length === 0
  const starts = isNone ? [readHead(gitRoot)] : history.resolve(revisions)
  const walked = starts.flatMap((commit) =>
    runGit(gitRoot, ['rev-list', '--first-parent', `--max-count=${count}`, commit])
      .toString('utf8')
      .split('\n'),
  )
  const found = [...walked, ...listed.map(({ commit }) => commit)]
  return [...new Set(found)].filter((commit) => commit !== '')
}

/** The name that people know a commit by: the branch that is checked out, a tag, a branch. */
export function nameCommits(gitRoot: string, history: History): ReadonlyMap<string, string> {
  const names = new Map<string, string>()
  // Later ones win.
  for (const selection of [{ branches: true }, { tags: true }]) {
    for (const { commit, names: own } of history.list(selection)) {
      if (own[0] !== undefined) names.set(commit, own[0])
    }
  }
  const branch = history.currentBranch()
  if (branch !== undefined && history.hasCommits()) names.set(readHead(gitRoot), branch)
  return names
}

function readTimes(gitRoot: string, commits: readonly string[]): ReadonlyMap<string, number> {
  if (commits.length === 0) return new Map()
  const args = ['log', '--no-walk=unsorted', '--stdin', '--format=%H %ct']
  const lines = runGit(gitRoot, args, { input: `${commits.join('\n')}\n` })
    .toString('utf8')
    .split('\n')
  return new Map(
    lines
      .filter((line) => line !== '')
      .map((line) => {
        const [commit = '', time] = line.split(' ')
        return [commit, Number(time)] as const
      }),
  )
}

function sortByTime(
  experiments: readonly Experiment[],
  times: ReadonlyMap<string, number>,
): Experiment[] {
  const timeOf = ({ commit }: Experiment): number => times.get(commit) ?? 0
  return experiments.toSorted(
    (a, b) => timeOf(b) - timeOf(a) || (a.commit < b.commit ? 1 : a.commit > b.commit ? -1 : 0),
  )
}

interface Reader {
  readonly repository: GitRepository
  readonly history: History
}

function readState(
  { repository, history }: Reader,
  head: Pick<ExperimentState, 'revision' | 'name' | 'time'>,
): ExperimentState {
  try {
    const content = openContent(repository, head.revision, () => history)
    return { ...head, data: readData(content), error: undefined }
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    return { ...head, data: undefined, error }
  }
}

function readData(content: Content): ExperimentData {
  const { pipeline, records, snapshot } = content
  const show = (location: string): string =>
    isAddress(location) ? location : relativePosix(snapshot.root, location)
  const dependencies = new Map<string, RecordedPath | undefined>()
  const outputs = new Map<string, StateOutput>()
  for (const stage of pipeline.stages) {
    const record = records.get(stage)
    for (const { path, location } of stage.dependencies) {
      dependencies.set(show(location), record?.dependencies.get(path))
    }
    for (const output of stage.outputs.filter(isPlain)) {
      const { path, location, isCached } = output
      const recorded = record?.outputs.get(path)
      outputs.set(show(location), { recorded, isCached, isSource: stage.data !== undefined })
    }
  }
  return { params: readParams(content), metrics: readMetrics(content), dependencies, outputs }
}

function isPlain({ kind }: Output): boolean {
  return kind === 'out'
}
