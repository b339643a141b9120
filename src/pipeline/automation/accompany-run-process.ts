/** What goes along with a run: its history, its hooks, and warnings about code that stages do not declare. */

import { formatError } from '../../core/errors.ts'
import type { RunTrigger } from '../../core/pipeline-history.ts'
import { findUndeclared } from '../code/find-undeclared.ts'
import { createImportReader } from '../code/import-closure-file.ts'
import { runGit } from '../repository/git-process.ts'
import type { Repository } from '../repository/repository.ts'
import { readPipeline } from '../repository/snapshot.ts'
import { openWorktree } from '../repository/worktree-file.ts'
import { logPathOf } from '../run/attempt-commands.ts'
import type { PipelineEvent } from '../run/events.ts'
import type { StageHooks } from '../stages/stage-settings.ts'
import type { Stage } from '../stages/stage.ts'
import { openHistory } from './history-store.ts'
import { callHook } from './hook-process.ts'
import { recordRun } from './record-run.ts'
import { createRunHooks } from './run-hooks.ts'
import { relativePosix } from '../stages/posix-path.ts'

/** How to go along with a run. */
export interface AccompanyOptions {
  readonly repository: Repository
  readonly targets: readonly string[]
  readonly trigger: RunTrigger
  /** Hooks of the whole run; those of stages stand in `dvc.yaml`. */
  readonly hooks: StageHooks
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly processId: number
  readonly clock: () => number
  /** Told in one line what went wrong beside the run, which goes on. */
  readonly warn: (message: string) => void
}

/** Goes along with one run. */
export interface RunCompany {
  readonly report: (event: PipelineEvent) => void
  /**
   * Ends the record and waits for what is under way. Never throws.
   *
   * @param failure - what the run threw, `undefined` when it went well
   */
  end(failure: unknown): Promise<void>
}

/** Begins to go along with a run; a dry run has no company. */
export function accompanyRun(options: AccompanyOptions): RunCompany {
  const { repository, targets, trigger, clock, warn } = options
  const stageOf = createStageFinder(repository)
  const recorder = recordRun({
    open: () => openHistory(repository.stateFolder),
    start: {
      trigger,
      startTime: clock(),
      targets,
      folder: fromRoot(repository.directory, repository) || '.',
      gitCommit: readCommit(repository),
      processId: options.processId,
    },
    clock,
    logPathOf: (address) => {
      const stage = stageOf(address)
      return stage && fromRoot(logPathOf(stage, repository.stateFolder), repository)
    },
    warn: (error) => warn(formatError(error)),
  })
  const hooks = createRunHooks({
    run: options.hooks,
    hooksOf: (stage) => stageOf(stage)?.settings.hooks,
    runId: recorder.runId,
    trigger,
    call: async (hook, event) => {
      const { environment } = options
      await callHook(hook, event, { workingFolder: repository.root, environment, warn })
    },
  })
  const imports = watchImports(stageOf, options)
  return {
    report: (event) => {
      recorder.report(event)
      hooks.report(event)
      imports.report(event)
    },
    end: async (failure) => {
      recorder.end(failure)
      recorder[Symbol.dispose]()
      await hooks.finish(failure)
      await imports.settle()
    },
  }
}

/** The stages by address, read when the first one is asked for: most runs have nothing to do. */
function createStageFinder(repository: Repository): (address: string) => Stage | undefined {
  let stages: ReadonlyMap<string, Stage> | undefined
  return (address) => {
    stages ??= readStages(repository)
    return stages.get(address)
  }
}

function readStages(repository: Repository): ReadonlyMap<string, Stage> {
  try {
    const { stages } = readPipeline(openWorktree(repository))
    return new Map(stages.map((stage) => [stage.address, stage]))
  } catch {
    // Somebody broke dvc.yaml while it runs: the next run says so.
    return new Map()
  }
}

/** Warns, as a stage begins, of code that it loads and does not declare. */
function watchImports(
  stageOf: (address: string) => Stage | undefined,
  { repository, warn }: AccompanyOptions,
): { readonly report: (event: PipelineEvent) => void; readonly settle: () => Promise<void> } {
  const reader = createImportReader(repository.root)
  const looks: Promise<void>[] = []
  const look = async (stage: Stage): Promise<void> => {
    try {
      const paths = (await findUndeclared(stage, reader)).map(({ path }) => path)
      if (paths.length > 0) warn(undeclaredWarning(stage.address, paths))
    } catch (error) {
      warn(`the imports of ${stage.address} cannot be looked at: ${formatError(error)}`)
    }
  }
  return {
    report: (event) => {
      const stage = event.kind === 'stage-started' ? stageOf(event.stage) : undefined
      if (stage !== undefined) looks.push(look(stage))
    },
    settle: async () => void (await Promise.all(looks)),
  }
}

function undeclaredWarning(stage: string, paths: readonly string[]): string {
  const names = paths.slice(0, 3).join(', ')
  const more = paths.length > 3 ? ` and ${paths.length - 3} more` : ''
  return `${stage} imports ${names}${more} without declaring it: a change there would not run it (mlpt deps --fix)`
}

function readCommit({ gitRoot }: Repository): string | undefined {
  if (gitRoot === undefined) return undefined
  try {
    const args = ['rev-parse', '--verify', '--quiet', 'HEAD']
    return (
      runGit(gitRoot, args, { accepts: [1] })
        .toString('utf8')
        .trim() || undefined
    )
  } catch {
    // No git on this machine: a run without a commit is still a run.
    return undefined
  }
}

function fromRoot(path: string, { root }: Repository): string {
  return relativePosix(root, path)
}
