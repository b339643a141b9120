/** The part of a run that acts. Loaded when there is something to do: most runs find nothing. */

import { dirname, join } from 'node:path'
import { removeStaleTemporaries } from '../../core/atomic-file.ts'
import { ToolkitError } from '../../core/errors.ts'
import { openCache } from '../cache/open-cache-store.ts'
import { openLockFiles, type LockFiles } from '../repository/dvc-lock-file.ts'
import { takeLock, type RepositoryLock } from '../repository/lock-store.ts'
import { openParameterFiles } from '../repository/parameter-file.ts'
import type { Repository } from '../repository/repository.ts'
import { lockLocation } from '../repository/snapshot.ts'
import { createTurns } from '../repository/turns.ts'
import type { Upstream } from '../stages/graph.ts'
import type { Stage } from '../stages/stage.ts'
import { isAutostaged, stageForGit } from '../versioning/autostage-process.ts'
import { rememberPlaced, type PlacedData } from '../versioning/placed-store.ts'
import { beginAdditions } from './additions-file.ts'
import { openAsides, recoverAside } from './aside-store.ts'
import { watchRecords } from './changed-records-file.ts'
import { chooseDecision } from './choose-decision.ts'
import { createIgnore } from './ignore-in-order.ts'
import { createAddressReader } from './read-address.ts'
import type { RunOptions } from './run-options.ts'
import { runSchedule } from './run-schedule.ts'
import type { StageRun } from './stage-run.ts'
import { summarise, type RunSummary } from './summary.ts'
import { openWatchdog } from './watchdog-process.ts'

/** The stages of a run. */
export interface OrderedStages {
  /** Those to bring up to date, each after all it reads from. */
  readonly stages: readonly Stage[]
  readonly upstream: Upstream
}

/** @throws {ToolkitError} `PIPELINE_LOCKED`, `INTERRUPTED` */
export async function takeRunLock(
  repository: Repository,
  { waitMs = 0, clock, signal, report }: RunOptions,
  onWait: () => void,
): Promise<RepositoryLock> {
  try {
    return await takeLock(repository, {
      waitMs,
      clock,
      signal,
      onWait: (owner) => {
        onWait()
        report?.({ kind: 'waiting', processId: owner?.processId, since: owner?.since })
      },
    })
  } catch (error) {
    if (signal?.aborted !== true) throw error
    throw new ToolkitError('INTERRUPTED', 'interrupted while waiting for another run', {
      cause: error,
    })
  }
}

/** Runs the stages with the lock held. */
export async function runStages(
  repository: Repository,
  lock: RepositoryLock,
  { stages, upstream }: OrderedStages,
  options: RunOptions,
): Promise<RunSummary> {
  const { report = () => undefined, signal, env, clock, jobs = 1 } = options
  const records = stages.flatMap((stage) => recordsOf(stage, repository.root))
  const outputs = stages.flatMap((stage) => stage.outputs.map(({ location }) => location))
  const pipelineFiles = stages.map((stage) => join(repository.root, stage.file))
  removeStaleTemporaries([...outputs, ...records, ...pipelineFiles])
  const changedRecords = isAutostaged(repository) ? watchRecords(records) : undefined
  using cache = openCache(repository, { signal, clock })
  using watchdog = openWatchdog()
  using asides = openAsides(repository)
  const lockFiles = openLockFiles(repository, stages)
  const additions = await beginAdditions(repository.stateFolder, stages, lockFiles)
  lockFiles.addedBefore(additions.recorded)
  const isAsking =
    options.confirm !== undefined && (options.interactive === true || isInteractive(repository))
  const run: StageRun = {
    repository,
    lock,
    asides,
    lockFiles,
    parameterFiles: openParameterFiles(repository),
    readAddress: createAddressReader({ config: repository.config, signal }),
    cache,
    watchdog,
    // Copied: every look at this process's own asks the system.
    environment: { ...env },
    signal: signal ?? new AbortController().signal,
    report,
    clock,
    decide: chooseDecision(options, { upstream, recordOf: (stage) => lockFiles.recordOf(stage) }),
    keepsOutputs: options.noCommit !== true,
    usesRunCache: options.noRunCache !== true,
    refetch: options.refetch,
    confirm: isAsking ? options.confirm : undefined,
    inTurn: createTurns(),
    ignore: createIgnore(repository, stages, additions.recorded),
  }
  const results = await runSchedule(run, {
    stages,
    upstream,
    jobs: isAsking ? 1 : jobs,
    asked: options,
  })
  await additions.end()
  await rememberPlaced(repository, placedBy(stages, lockFiles))
  if (changedRecords !== undefined) stageForGit(repository, changedRecords())
  return summarise(results)
}

function isInteractive({ config }: Repository): boolean {
  return config.sections.get('core')?.get('interactive')?.toLowerCase() === 'true'
}

/** The outputs that lie there now, so that a checkout of a commit without the stage can take them away. */
function placedBy(stages: readonly Stage[], lockFiles: LockFiles): PlacedData[] {
  return stages
    .filter(({ data }) => data === undefined)
    .flatMap((stage) =>
      stage.outputs
        .filter(({ isCached }) => isCached)
        .map(({ path, location }) => ({
          location,
          md5: lockFiles.recordOf(stage)?.outputs.get(path)?.md5,
        })),
    )
}

/** What the engine itself writes for a stage, for git to keep. */
function recordsOf(stage: Stage, root: string): string[] {
  const ignores = stage.outputs.map(({ location }) => join(dirname(location), '.gitignore'))
  const own = stage.data === undefined ? lockLocation(root, stage) : join(root, stage.file)
  return [...ignores, own]
}

/** Puts back what a killed run had moved aside; returns its stages. */
export async function recoverKilled(
  repository: Repository,
  { report }: RunOptions,
): Promise<string[]> {
  const recovered = await recoverAside(repository)
  for (const stage of recovered) report?.({ kind: 'recovered', stage })
  return recovered
}
