/** A place to run experiments in, from one state of the user's files: each in a work tree of its own. */

import { join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { runGit } from '../repository/git-process.ts'
import { openRepository, prepareRepository } from '../repository/repository-file.ts'
import type { Repository } from '../repository/repository.ts'
import { readPipeline } from '../repository/snapshot.ts'
import { existsNow } from '../repository/text-file.ts'
import { openWorktree } from '../repository/worktree-file.ts'
import { openStageLog, runCommand } from '../run/stage-process.ts'
import { openWatchdog, type Watchdog } from '../run/watchdog-process.ts'
import type { Stage } from '../stages/stage.ts'
import { defaultSettings } from '../stages/stage-settings.ts'
import type { Assignment } from './combine-overrides.ts'
import { saveChangedData } from './experiment-data-file.ts'
import { refOf } from './experiment-ref.ts'
import { furnishWorktree, linksFor } from './furnish-process.ts'
import { underGit, type GitRepository } from './git-repository.ts'
import { ownFiles } from './own-files.ts'
import {
  pathInGit,
  pathInWorktree,
  type PlannedExperiment,
  type PlanStart,
} from './plan-process.ts'
import { readHead, readInput, readRef, takenError, writeExperiment } from './refs-process.ts'
import { saveExperiment } from './save-process.ts'
import {
  diffTrees,
  listSubmodules,
  openTreeBuilder,
  withoutGitPlaces,
  type TreeBuilder,
} from './tree-process.ts'
import { openExperimentsFolder, type ExperimentsFolder } from './worktree-process.ts'

/** How experiments run, and what they need from the world. */
export interface SessionOptions {
  readonly repository: Repository
  /** Stages to bring up to date; none means all of the folder. */
  readonly targets: readonly string[]
  /** Flags of `mlpt run` that say which stages and how. */
  readonly runFlags?: readonly string[]
  /** Runs every stage whatever its state. */
  readonly force: boolean
  /** The commit's message; DVC's own by default. */
  readonly message: string | undefined
  /** How many stages of each run at once. */
  readonly stageJobs: number
  /** Program and arguments that start `mlpt`. */
  readonly program: readonly string[]
  /** The store of tracked runs. */
  readonly storeFolder: string
  readonly env: Readonly<Record<string, string | undefined>>
  readonly processId: number
  readonly isAlive: (processId: number) => boolean
  readonly signal: AbortSignal
  /** Milliseconds since 1970. */
  readonly clock: () => number
  readonly report: (event: ExperimentEvent) => void
}

/** What happens while experiments run. */
export type ExperimentEvent =
  | { readonly kind: 'planned'; readonly experiments: readonly PlannedExperiment[] }
  | { readonly kind: 'started'; readonly experiment: PlannedExperiment }
  | { readonly kind: 'output'; readonly experiment: PlannedExperiment; readonly text: string }
  | { readonly kind: 'finished'; readonly result: ExperimentResult }

/** How an experiment ended. */
export interface ExperimentResult {
  readonly name: string
  readonly assignments: readonly Assignment[]
  /** `unchanged` is an experiment that exists already with the same results. */
  readonly outcome: 'stored' | 'unchanged' | 'failed' | 'interrupted'
  /** The commit that holds it, when there is one. */
  readonly commit: string | undefined
  /** Why it failed. */
  readonly reason: string | undefined
  /** Absolute path of everything its stages printed; `undefined` when it never started. */
  readonly log: string | undefined
}

/** The user's files as they were when it was opened, and experiments that start from them. */
export interface ExperimentSession extends AsyncDisposable {
  readonly repository: GitRepository
  readonly builder: TreeBuilder
  readonly start: PlanStart
  /**
   * Runs one, beside others, and stores it when it succeeds; a failure is told, not thrown. Its stages have `more` in
   * their environment, which says nothing of what they make.
   */
  readonly run: (
    experiment: PlannedExperiment,
    more?: Readonly<Record<string, string>>,
  ) => Promise<ExperimentResult>
}

/**
 * Takes down the user's files, changed and new ones too, for experiments to start from. The user's own
 * work tree, index and branch stay as they are.
 *
 * @throws {ToolkitError} `CLI_USAGE`, `PIPELINE_INVALID`, `FILE_MISSING`, `GIT_FAILED`
 */
export async function openExperimentSession(options: SessionOptions): Promise<ExperimentSession> {
  const repository = underGit(options.repository)
  // First of all: without a commit there is nothing to run, and nothing to clear.
  const baseline = readHead(repository.gitRoot)
  await prepareRepository(repository)
  await using resources = new AsyncDisposableStack()
  const folder = resources.use(await openExperimentsFolder({ ...options, ...repository }))
  const { stages } = readPipeline(openWorktree(repository))
  const builder = resources.use(
    openTreeBuilder(repository.gitRoot, join(folder.path, 'index'), options.env),
  )
  const tree = await takeTree(options, { repository, stages, builder })
  const { storeFolder } = options
  const submodules = listSubmodules(builder.run)
  const links = linksFor(repository, { stages, storeFolder, submodules })
  const watchdog = resources.use(openWatchdog())
  const run = { options, repository, folder, links, watchdog }
  const held = resources.move()
  return {
    repository,
    builder,
    start: { baseline, tree, ...options },
    run: async (experiment, more = {}) =>
      runOne(experiment, { ...run, options: { ...options, env: { ...options.env, ...more } } }),
    [Symbol.asyncDispose]: async () => held.disposeAsync(),
  }
}

async function takeTree(
  options: SessionOptions,
  world: {
    readonly repository: GitRepository
    /** Of the user's work tree. */
    readonly stages: readonly Stage[]
    readonly builder: TreeBuilder
  },
): Promise<string> {
  const { repository, stages, builder } = world
  const { gitRoot } = repository
  const data = await saveChangedData(repository, stages, options)
  const excluded = pathInGit(gitRoot, options.storeFolder)
  const own = ownFiles(stages, repository).filter(existsNow)
  const included = own.flatMap((location) => pathInGit(gitRoot, location) ?? [])
  const files = builder.addWorkTree(excluded === undefined ? [] : [excluded], included)
  return data.size === 0 ? files : builder.changeTree(files, data)
}

interface Run {
  readonly options: SessionOptions
  readonly repository: GitRepository
  readonly folder: ExperimentsFolder
  readonly links: readonly string[]
  readonly watchdog: Watchdog
}

async function runOne(experiment: PlannedExperiment, run: Run): Promise<ExperimentResult> {
  const { options, repository, folder } = run
  const { name, assignments } = experiment
  const base = { name, assignments, commit: undefined, reason: undefined, log: undefined }
  if (options.signal.aborted) return { ...base, outcome: 'interrupted' }
  options.report({ kind: 'started', experiment })
  const log = join(repository.stateFolder, 'exps', 'logs', `${name}.log`)
  let worktree: string | undefined
  try {
    worktree = folder.checkOut(name, experiment.baseline, experiment.tree)
    await furnishWorktree(worktree, repository, { ...options, links: run.links })
    const reason = await runPipelineIn(worktree, { experiment, run, log })
    if (options.signal.aborted) return { ...base, log, outcome: 'interrupted' }
    if (reason !== undefined) return { ...base, log, outcome: 'failed', reason }
    return { ...base, log, ...store(worktree, experiment, run) }
  } catch (error) {
    if (!(error instanceof ToolkitError)) throw error
    return { ...base, log, outcome: 'failed', reason: error.message }
  } finally {
    if (worktree !== undefined) await folder.remove(worktree)
  }
}

/** @returns why it failed; `undefined` when it did not */
async function runPipelineIn(
  worktree: string,
  { experiment, run, log }: { experiment: PlannedExperiment; run: Run; log: string },
): Promise<string | undefined> {
  const { options, repository, watchdog } = run
  const { targets, runFlags = [], force, env, signal, program } = options
  const flags = ['--jobs', String(options.stageJobs), ...(force ? ['--force'] : []), ...runFlags]
  const args = [...program, 'run', ...flags, ...(targets.length > 0 ? ['--', ...targets] : [])]
  using file = openStageLog(log, (error) => {
    options.report({ kind: 'output', experiment, text: `the log is cut: ${String(error)}\n` })
  })
  const { exitCode, signalName, lastLines } = await runCommand(args.at(-1)!, {
    shell: args.slice(0, -1),
    workingFolder: pathInWorktree(repository.gitRoot, worktree, repository.directory),
    limits: defaultSettings.limits,
    environment: {
      ...withoutGitPlaces(env),
      DVC_EXP_BASELINE_REV: experiment.baseline,
      DVC_EXP_NAME: experiment.name,
      MLPT_EXPERIMENT_NAME: experiment.name,
      MLPT_STORE: options.storeFolder,
    },
    signal,
    watchdog,
    onOutput: (_stream, { bytes, text }) => {
      file.write(bytes)
      options.report({ kind: 'output', experiment, text })
    },
  })
  if (exitCode === 0) return undefined
  const ending = exitCode === undefined ? `was ended by ${signalName}` : `exited with ${exitCode}`
  const said = lastLines.findLast((line) => line.startsWith('error '))
  return said ?? `mlpt run ${ending}`
}

function store(
  worktree: string,
  experiment: PlannedExperiment,
  { options, repository, links }: Run,
): Pick<ExperimentResult, 'outcome' | 'commit'> {
  const { gitRoot } = repository
  const { baseline, input, name } = experiment
  const env = withoutGitPlaces(options.env)
  const own = openRepository(pathInWorktree(gitRoot, worktree, repository.root), { env })
  const snapshot = openWorktree(own)
  const { commit, tree } = saveExperiment({
    worktree,
    baseline,
    start: experiment.tree,
    snapshot,
    pipeline: readPipeline(snapshot),
    excluded: [
      ...links,
      `${pathInGit(gitRoot, join(repository.root, '.dvc')) ?? '.dvc'}/config.local`,
    ],
    message: options.message,
    input,
    env,
  })
  const keep = (): Pick<ExperimentResult, 'outcome' | 'commit'> => {
    const previous = findPrevious(gitRoot, experiment)
    if (
      previous !== undefined &&
      options.message === undefined &&
      holdsAll(gitRoot, { previous, tree, input: experiment.tree })
    ) {
      return { outcome: 'unchanged', commit: previous }
    }
    writeExperiment(gitRoot, { name, baseline, commit }, previous)
    return { outcome: 'stored', commit }
  }
  try {
    return keep()
  } catch (error) {
    // Another command may have been quicker by less than it takes to look.
    if (readRef(gitRoot, refOf(experiment)) === experiment.previous) throw error
    return keep()
  }
}

/** Who has the name by now: another command may have been quicker with the very same experiment. */
function findPrevious(gitRoot: string, experiment: PlannedExperiment): string | undefined {
  const { previous, name, input } = experiment
  const current = readRef(gitRoot, refOf(experiment))
  if (current === undefined || current === previous) return current
  if (readInput(gitRoot, current) === input) return current
  throw takenError(name)
}

/**
 * Whether the stored experiment has all that a new run gave. It may have more: files that a stage
 * wrote beside its outputs when it last ran, and that are not there when it is restored from the cache.
 */
function holdsAll(
  gitRoot: string,
  { previous, tree, input }: { previous: string; tree: string; input: string },
): boolean {
  const run = (args: readonly string[]): Buffer => runGit(gitRoot, args)
  const made = diffTrees(run, input, previous)
  return [...diffTrees(run, previous, tree)].every(
    ([path, { after }]) => after === undefined && made.get(path)?.before === undefined,
  )
}
