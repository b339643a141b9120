/** Runs a pipeline again whenever what it reads changes, and at the times of a schedule. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { RunTrigger } from '../../core/pipeline-history.ts'
import type { Repository } from '../repository/repository.ts'
import { readPipeline } from '../repository/snapshot.ts'
import { openWorktree } from '../repository/worktree-file.ts'
import { selectRun, type RunSelection } from '../run/select-run.ts'
import type { Stage } from '../stages/stage.ts'
import { startCron } from './cron-schedule.ts'
import { watchFolders } from './folder-watch-file.ts'
import { changedPaths, readSignatures, type Signatures } from './signatures-file.ts'
import { isWritten, watchedInputs, type WatchedInputs } from './watched-inputs.ts'

/** How to watch. */
export interface WatchOptions {
  readonly repository: Repository
  readonly selection: RunSelection
  /** Cron lines at which it runs besides. */
  readonly cron: readonly string[]
  /** How long it has to be quiet after a change. */
  readonly debounceMs: number
  /** How often to look even if nothing was heard: not every file system tells of changes. */
  readonly pollMs: number
  /** Ends after the first run that a change or the schedule began; none is made at the start. */
  readonly once: boolean
  readonly signal: AbortSignal
  /** Runs the pipeline and returns when that is over, well or not. */
  readonly run: (trigger: RunTrigger) => Promise<void>
  readonly report: (event: WatchEvent) => void
}

/** What happens while watching. Paths are absolute. */
export type WatchEvent =
  | { readonly kind: 'waiting'; readonly locations: readonly string[] }
  | { readonly kind: 'changed'; readonly paths: readonly string[] }
  | { readonly kind: 'scheduled'; readonly line: string }
  /** The run changes its own inputs: it would begin again for ever. */
  | { readonly kind: 'restless'; readonly paths: readonly string[] }
  /** The pipeline's files cannot be used; the next change of one is waited for. */
  | { readonly kind: 'broken'; readonly error: unknown }
  /** The system watches no more folders; changes there are found by looking. */
  | { readonly kind: 'refused'; readonly folder: string; readonly code: string }

/**
 * Brings the pipeline up to date, then waits for changes of what stages read and no stage writes,
 * of parameters and of the pipeline's own files; each brings one run, as does the schedule. What
 * changes while a run goes on brings one more, but a path that changes in so many runs one after
 * another that nobody can have edited it each time is changed by the run itself, and no reason to
 * begin again. Ends when the signal is aborted.
 *
 * @throws {ToolkitError} at the start: `PIPELINE_INVALID`, `PIPELINE_CYCLE`,
 * `PIPELINE_STAGE_UNKNOWN`, `CLI_USAGE` for a cron line that is none
 */
export async function watchPipeline(options: WatchOptions): Promise<void> {
  const { signal, once, cron } = options
  const wake = createWake(options)
  let watched = readWatched(options)
  using resources = new DisposableStack()
  resources.use(startCron(cron, (line) => wake.schedule(line)))
  let seen = look(watched, options)
  if (!once)
    ({ watched, seen } = await runUntilQuiet({ kind: 'changed', paths: [] }, watched, options))
  while (!signal.aborted) {
    const cause = await waitForCause(watched, seen, wake, options)
    if (cause === undefined) return
    options.report(cause)
    ;({ watched, seen } = await runUntilQuiet(cause, watched, options))
    if (once) return
  }
}

/** What to look at, and which files said so. */
interface Watched extends WatchedInputs {
  readonly dataFiles: readonly DataFile[]
}

/** A `*.dvc` file, which a run writes when the data it tracks has changed. */
interface DataFile {
  readonly location: string
  readonly outputs: readonly string[]
}

/** Every text that parsing asks for is one more input: `dvc.yaml`, `vars`, `params.yaml`, there or not. */
function readWatched({ repository, selection }: WatchOptions): Watched {
  const snapshot = openWorktree(repository)
  const asked = new Set<string>()
  const readText = (location: string): string | undefined => {
    asked.add(location)
    return snapshot.readText(location)
  }
  const pipeline = readPipeline({ ...snapshot, readText })
  const stages = selectRun(pipeline, selection, repository)
  const { locations, excluded } = watchedInputs(stages, pipeline.stages)
  const all = [...new Set([...locations, ...asked])].sort()
  return { locations: all, excluded, dataFiles: dataFilesOf(pipeline.stages, repository.root) }
}

function dataFilesOf(stages: readonly Stage[], root: string): DataFile[] {
  return stages
    .filter(({ command }) => command === undefined)
    .map(({ file, outputs }) => ({
      location: `${root}/${file}`,
      outputs: outputs.map(({ location }) => location),
    }))
}

function look(watched: WatchedInputs, { repository }: WatchOptions): Signatures {
  return readSignatures(watched, repository.ignore)
}

interface Looked {
  readonly watched: Watched
  readonly seen: Signatures
}

type Cause = Extract<WatchEvent, { kind: 'changed' | 'scheduled' }>

/** Somebody may well edit the same file during a run and during the next one: what they saved last must not be left. */
const restlessRuns = 3

/** Runs, and runs again for what changed meanwhile. */
async function runUntilQuiet(first: Cause, start: Watched, options: WatchOptions): Promise<Looked> {
  let watched = start
  /** In how many runs in a row a path has changed, for those of the last one. */
  let streaks: ReadonlyMap<string, number> = new Map()
  for (let cause = first; ;) {
    const before = look(watched, options)
    await options.run(cause.kind === 'scheduled' ? 'cron' : 'watch')
    const changed = changedPaths(before, look(watched, options))
    const meanwhile = withoutRecords(changed, cause, watched)
    streaks = new Map(meanwhile.map((path) => [path, (streaks.get(path) ?? 0) + 1]))
    const foreign = meanwhile.filter((path) => (streaks.get(path) ?? 0) < restlessRuns)
    watched = readAgain(watched, options)
    const seen = look(watched, options)
    if (meanwhile.length === 0 || options.signal.aborted || options.once) return { watched, seen }
    if (foreign.length === 0) {
      options.report({ kind: 'restless', paths: meanwhile })
      return { watched, seen }
    }
    cause = { kind: 'changed', paths: foreign }
    options.report(cause)
  }
}

/** A run that data has begun records it in the data's `*.dvc` file. */
function withoutRecords(
  paths: readonly string[],
  cause: Cause,
  { dataFiles }: Watched,
): readonly string[] {
  const changedData = cause.kind === 'changed' ? cause.paths : []
  const recorded = dataFiles.filter(({ outputs }) =>
    changedData.some((path) => isWritten(path, outputs)),
  )
  const records = new Set(recorded.map(({ location }) => location))
  return paths.filter((path) => !records.has(path))
}

/** Keeps to what it knew while the pipeline's files are broken. */
function readAgain(watched: Watched, options: WatchOptions): Watched {
  try {
    return readWatched(options)
  } catch (error) {
    options.report({ kind: 'broken', error })
    return watched
  }
}

/** Waits until something changed or is due; `undefined` when the waiting was ended. */
async function waitForCause(
  watched: Watched,
  seen: Signatures,
  wake: Wake,
  options: WatchOptions,
): Promise<Cause | undefined> {
  options.report({ kind: 'waiting', locations: watched.locations })
  using resources = new DisposableStack()
  const onRefusal = (folder: string, code: string): void =>
    options.report({ kind: 'refused', folder, code })
  resources.use(watchFolders(watched.locations, { onChange: wake.change, onRefusal }))
  while (!options.signal.aborted) {
    const line = wake.takeScheduled()
    if (line !== undefined) return { kind: 'scheduled', line }
    let paths = changedPaths(seen, look(watched, options))
    // Whoever writes several files, or one in several steps, is let finish.
    if (paths.length > 0 && (await wake.settle()))
      paths = changedPaths(seen, look(watched, options))
    if (paths.length > 0 && !options.signal.aborted) return { kind: 'changed', paths }
    if (await wake.next()) await wake.settle()
  }
  return undefined
}

/** Collects what may be a reason to look. */
interface Wake {
  readonly change: () => void
  readonly schedule: (line: string) => void
  readonly takeScheduled: () => string | undefined
  /** Waits for the next reason, or until it is time to look anyway; true when something may have changed. */
  readonly next: () => Promise<boolean>
  /** Waits until nothing has changed for a while, though not for ever; false when the waiting was ended. */
  readonly settle: () => Promise<boolean>
}

/** Something that never stops changing is looked at after so many pauses. */
const maxPauses = 20

function createWake({ debounceMs, pollMs, signal }: WatchOptions): Wake {
  const lines: string[] = []
  let changes = 0
  /** How many changes have been looked at. */
  let looked = 0
  let woken = Promise.withResolvers<void>()
  return {
    change: () => {
      changes++
      woken.resolve()
    },
    schedule: (line) => {
      lines.push(line)
      woken.resolve()
    },
    takeScheduled: () => lines.splice(0).at(0),
    next: async () => {
      await pause(pollMs, signal, woken.promise)
      woken = Promise.withResolvers<void>()
      const hasChanged = changes !== looked
      looked = changes
      return hasChanged
    },
    settle: async () => {
      let heard = -1
      for (let i = 0; i < maxPauses && heard !== changes && !signal.aborted; i++) {
        heard = changes
        await pause(debounceMs, signal)
      }
      looked = changes
      return !signal.aborted
    },
  }
}

/** Sleeps, but not beyond an end that is asked for. */
async function pause(ms: number, signal: AbortSignal, woken?: Promise<void>): Promise<void> {
  const timer = new AbortController()
  const ended = AbortSignal.any([signal, timer.signal])
  const slept = sleep(ms, undefined, { signal: ended }).catch(() => undefined)
  await Promise.race([slept, ...(woken === undefined ? [] : [woken])])
  timer.abort()
}
