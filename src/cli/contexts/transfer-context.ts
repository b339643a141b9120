/** What push, fetch, pull and gc share: their flags, the lock, the remotes, and how they report. */

import { writeControl } from '../output/guard-terminal.ts'
import { InvalidArgumentError, type Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import type { TrackedRead } from '../../pipeline/remote/read-tracked.ts'
import type { Remote } from '../../pipeline/remote/remote.ts'
import type { TrackedObject } from '../../pipeline/remote/tracked-objects.ts'
import type { Repository } from '../../pipeline/repository/repository.ts'
import type { TransferProgress, TransferResult } from '../../pipeline/remote/transfer.ts'
import type { PathType } from '../../pipeline/stages/typed-paths.ts'
import { openCurrentRepository } from './open-repository.ts'
import { reserveWork } from './reserve-work.ts'
import { limitYoungGeneration } from '../young-generation.ts'
import { pluralize } from '../../core/format-number.ts'

/** Flags of every transfer, as commander gives them. */
export interface TransferFlags {
  readonly remote?: string
  readonly jobs?: number
  readonly allBranches?: boolean
  readonly allTags?: boolean
  readonly allCommits?: boolean
  readonly withDeps?: boolean
  readonly recursive?: boolean
  /** In bytes. */
  readonly maxSize?: number
  readonly type?: readonly PathType[]
  readonly runCache?: boolean
  readonly wait: number
  readonly json?: boolean
}

/** Adds the flags of {@link TransferFlags} to a command. */
export function addTransferFlags(command: Command): Command {
  return command
    .argument(
      '[targets...]',
      'stages, *.dvc files, outputs or paths in them; by default everything',
    )
    .option('-r, --remote <name>', 'which remote; by default the one of the settings')
    .option('-j, --jobs <number>', 'how many transfers at a time', parseCount)
    .option('-a, --all-branches', 'also what all branches need')
    .option('-T, --all-tags', 'also what all tags need')
    .option('-A, --all-commits', 'also what all commits need')
    .option('-d, --with-deps', 'also what the named stages read')
    .option('-R, --recursive', 'take a folder for everything below it')
    .option('--run-cache', 'also the run cache: which results commands had')
    .option('--no-run-cache', 'without the run cache')
    .option('--wait <seconds>', 'how long to wait for another command', parseSeconds, 0)
    .option('--json', 'print one JSON document')
}

/** Reads a number of jobs. @throws {InvalidArgumentError} */
export function parseCount(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a whole number from 1 up')
}

/** Reads seconds. @throws {InvalidArgumentError} */
export function parseSeconds(text: string): number {
  const seconds = Number(text)
  if (text.trim() !== '' && Number.isFinite(seconds) && seconds >= 0) return seconds
  throw new InvalidArgumentError('expected a number of seconds')
}

/** What a transfer works with while it holds the repository. */
export interface TransferContext {
  readonly repository: Repository
  /** Where objects lie here. */
  readonly cache: Repository
  readonly signal: AbortSignal
}

/** What a command takes for itself. */
export interface TransferNeeds extends Pick<TransferFlags, 'wait'> {
  /** Whether it changes the work tree too, not only cache and remote. */
  readonly changesWork?: boolean
}

/**
 * Takes the repository's lock for the time of some work. The first Ctrl-C ends the work in order.
 *
 * @throws {ToolkitError} `PIPELINE_LOCKED`, `INTERRUPTED`
 */
export async function withTransfer<T>(
  { wait, changesWork = false }: TransferNeeds,
  work: (context: TransferContext) => Promise<T>,
): Promise<T> {
  limitYoungGeneration()
  const repository = await openCurrentRepository()
  const { takeLock } = await import('../../pipeline/repository/lock-store.ts')
  const controller = new AbortController()
  const { signal } = controller
  const interrupt = (): void => controller.abort()
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt)
  try {
    await using lock = await takeLock(repository, {
      waitMs: wait * 1000,
      clock: Date.now,
      signal,
      onWait: () => process.stderr.write('waiting for another command\n'),
    })
    using uses = new DisposableStack()
    if (changesWork) uses.use(await reserveWork(lock, repository, undefined))
    return await lock.hold(() => work({ repository, cache: repository, signal }))
  } catch (error) {
    if (!signal.aborted) throw error
    throw new ToolkitError('INTERRUPTED', 'interrupted: what is transferred stays', {
      hint: 'run the same again: it goes on where it ended',
      cause: error,
    })
  } finally {
    process.off('SIGINT', interrupt).off('SIGTERM', interrupt)
  }
}

/** The objects that targets and flags name; revisions that cannot be read are told and left out. */
export async function readWanted(
  { repository }: TransferContext,
  targets: readonly string[],
  flags: TransferFlags,
): Promise<Omit<TrackedRead, 'unread'>> {
  const { readTrackedObjects } = await import('../../pipeline/remote/read-tracked.ts')
  const { unread, ...read } = readTrackedObjects(repository, {
    targets,
    branches: flags.allBranches === true,
    tags: flags.allTags === true,
    commits: flags.allCommits === true,
    withDependencies: flags.withDeps === true,
    isRecursive: flags.recursive === true,
    types: flags.type ?? [],
    belowBytes: flags.maxSize,
  })
  warnOfUnread(unread)
  return read
}

/** Says on stderr which revisions were left out. */
export function warnOfUnread(unread: TrackedRead['unread']): void {
  for (const { revision, error } of unread) {
    process.stderr.write(`warning: ${revision} is left out: ${error.message}\n`)
  }
}

/** What one remote was asked for, and what came of it. */
export interface RemoteOutcome extends TransferResult {
  readonly remote: string
}

/** Transfers objects with each of the remotes that keep them, one remote after the other. */
export async function forEachRemote(
  { repository }: TransferContext,
  objects: Iterable<TrackedObject>,
  {
    flags,
    work,
  }: {
    readonly flags: TransferFlags
    readonly work: (objects: readonly TrackedObject[], remote: Remote) => Promise<TransferResult>
  },
): Promise<RemoteOutcome[]> {
  const { groupByRemote } = await import('../../pipeline/remote/tracked-objects.ts')
  const { openRemote } = await import('../../pipeline/remote/open-remote.ts')
  const outcomes: RemoteOutcome[] = []
  for (const [name, group] of groupByRemote(objects, flags.remote)) {
    await using remote = await openRemote(repository.config, name, {
      jobs: flags.jobs,
      clock: Date.now,
    })
    outcomes.push({ remote: remote.name, ...(await work(group, remote)) })
  }
  return outcomes
}

/** Opens the remote that keeps the run cache: the named one, else the default one. */
export async function openRunRemote(
  { repository }: TransferContext,
  flags: TransferFlags,
): Promise<Remote> {
  const { openRemote } = await import('../../pipeline/remote/open-remote.ts')
  return openRemote(repository.config, flags.remote, { jobs: flags.jobs, clock: Date.now })
}

/** Shows progress as one line that changes, where a person looks. */
export function createProgress(verb: string): ((progress: TransferProgress) => void) & Disposable {
  const { isTTY } = process.stderr
  let shownAt = 0
  const report = ({ done, total, sizeBytes }: TransferProgress): void => {
    const now = Date.now()
    if (!isTTY || (now - shownAt < 100 && done < total)) return
    shownAt = now
    const text = `${verb} ${done} of ${total}, ${formatSize(sizeBytes)}`
    writeControl(process.stderr, '\r\u001B[K', text)
  }
  return Object.assign(report, {
    [Symbol.dispose]: () => {
      if (isTTY && shownAt > 0) writeControl(process.stderr, '\r\u001B[K')
    },
  })
}

/** A size as a person reads it: `3.1 MB`. */
export function formatSize(sizeBytes: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = Math.min(units.length - 1, Math.floor(Math.log10(Math.max(1, sizeBytes)) / 3))
  const digits = power === 0 ? 0 : 1
  return `${(sizeBytes / 1000 ** power).toFixed(digits)} ${units[power]}`
}

/** `1 file`, `2 files`. */
export function countFiles(count: number): string {
  return `${count} ${pluralize(count, 'file')}`
}

/** Throws one error for all that failed, when anything did. */
export async function failOnProblems(
  outcomes: readonly Pick<RemoteOutcome, 'problems'>[],
): Promise<void> {
  const { summarizeProblems } = await import('../../pipeline/remote/transfer.ts')
  const error = summarizeProblems(outcomes.flatMap(({ problems }) => problems))
  if (error !== undefined) throw error
}

/** The JSON of outcomes. */
export function toOutcomeDocument(outcomes: readonly RemoteOutcome[]): unknown {
  return outcomes.map(({ remote, transferred, problems }) => ({
    remote,
    transferred: transferred.map(({ label, md5, sizeBytes }) => ({
      path: label,
      md5,
      size: sizeBytes,
    })),
    failed: problems.map(({ code, message, details }) => ({
      path: details['label'],
      code,
      message,
    })),
  }))
}
