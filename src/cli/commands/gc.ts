import { setTimeout as sleep } from 'node:timers/promises'
import { InvalidArgumentError, type Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import type { Collected } from '../../pipeline/remote/collect-garbage.ts'
import type { ReadTrackedOptions } from '../../pipeline/remote/read-tracked.ts'
import type { Remote } from '../../pipeline/remote/remote.ts'
import type { TrackedObject } from '../../pipeline/remote/tracked-objects.ts'
import type { Repository } from '../../pipeline/repository/repository.ts'
import { askPerson } from '../output/ask-person.ts'
import { withProjects } from '../contexts/other-projects.ts'
import {
  formatSize,
  parseCount,
  parseSeconds,
  withTransfer,
  type TransferContext,
  type TransferFlags,
} from '../contexts/transfer-context.ts'

interface CollectFlags extends TransferFlags {
  readonly workspace?: boolean
  readonly rev?: string
  readonly num?: number
  /** Milliseconds since 1970. */
  readonly date?: number
  readonly allExperiments?: boolean
  /** Folders of other projects. */
  readonly projects?: readonly string[]
  readonly notInRemote?: boolean
  readonly cloud?: boolean
  readonly force?: boolean
  readonly dry?: boolean
  readonly skipFailed?: boolean
  readonly quiet?: boolean
}

/** Adds `mlpt gc`: removes what nobody needs from the cache, and from a remote. */
export function addGcCommand(program: Command): void {
  program
    .command('gc')
    .description('remove objects from the cache, and a remote, that nothing needs any more')
    .option('-w, --workspace', 'keep what the work tree needs')
    .option('-a, --all-branches', 'keep also what all branches need')
    .option('-T, --all-tags', 'keep also what all tags need')
    .option('-A, --all-commits', 'keep also what all commits need')
    .option('--rev <revision>', 'keep also what this revision needs')
    .option(
      '-n, --num <count>',
      'with --rev or --all-branches: this many commits from each back; -1 for all',
      parseCommits,
    )
    .option('--date <yyyy-mm-dd>', 'keep also what commits since that day need', parseDay)
    .option('--all-experiments', 'keep also what all experiments need')
    .option('-p, --projects <paths...>', 'keep also what these projects need of all that')
    .option('--not-in-remote', 'of all that, keep only what the remote does not have')
    .option('-c, --cloud', 'also in the remote')
    .option('-r, --remote <name>', 'which remote; by default the one of the settings')
    .option('-j, --jobs <number>', 'how many requests at a time', parseCount)
    .option('-f, --force', 'do not ask')
    .option('--dry', 'only say what would be removed')
    .option('--skip-failed', 'go on although a revision cannot be read: what it needs may go')
    .option('--wait <seconds>', 'how long to wait for another command', parseSeconds, 0)
    .option('--json', 'print one JSON document')
    .action(collect)
}

async function collect(flags: CollectFlags): Promise<void> {
  checkFlags(flags)
  const collected = await withTransfer(flags, async (context) => {
    const { repository: own, signal } = context
    const { projects: paths = [], wait } = flags
    return withProjects({ paths, own, wait, signal }, async (others) => {
      const objects = await readUsed([own, ...others], flags)
      await confirm(flags)
      if (flags.dry !== true) await waitForExperiments([own, ...others], { wait, signal })
      return collectIn(context, { objects, others }, flags)
    })
  })
  const isDry = flags.dry === true
  process.stdout.write(
    flags.json === true
      ? formatJson(collected.map(toDocument))
      : collected.map((one) => formatCollected(one, isDry)).join(''),
  )
}

function parseCommits(text: string): number {
  if (/^(?:-1|\d{1,9})$/.test(text)) return Number(text)
  throw new InvalidArgumentError('expected a whole number, or -1 for all')
}

/** The moment at which a day begins here, in milliseconds since 1970. */
function parseDay(text: string): number {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []
  const date = new Date(Number(year), Number(month) - 1, Number(day))
  // A day that the month does not have would silently be one of the next.
  if (date.getDate() === Number(day) && date.getMonth() === Number(month) - 1) return date.getTime()
  throw new InvalidArgumentError('expected a day as yyyy-mm-dd')
}

/** @throws {ToolkitError} `CLI_USAGE` */
function checkFlags(flags: CollectFlags): void {
  const { workspace, allBranches, allTags, allCommits, allExperiments, rev, date } = flags
  const kept = [workspace, allBranches, allTags, allCommits, allExperiments]
  if (!kept.includes(true) && rev === undefined && date === undefined) {
    throw new ToolkitError('CLI_USAGE', 'nothing is said of what to keep', {
      hint: 'add --workspace, --rev, --date, --all-branches, --all-tags, --all-commits or --all-experiments',
    })
  }
  if (flags.num !== undefined && rev === undefined && allBranches !== true) {
    throw new ToolkitError('CLI_USAGE', '--num is of no use without --rev or --all-branches', {
      hint: 'say from where to count: --rev HEAD, for example',
    })
  }
  checkRemoteFlags(flags)
}

function checkRemoteFlags({ remote, cloud, notInRemote }: CollectFlags): void {
  if (cloud === true && notInRemote === true) {
    throw new ToolkitError('CLI_USAGE', '--cloud and --not-in-remote exclude each other', {
      hint: 'run one after the other: first --cloud, then --not-in-remote',
    })
  }
  if (remote !== undefined && cloud !== true && notInRemote !== true) {
    throw new ToolkitError(
      'CLI_USAGE',
      '--remote is of no use without --cloud or --not-in-remote',
      { hint: 'add --cloud to collect in the remote as well' },
    )
  }
}

/** A revision that cannot be read may need anything, so that nothing may go. */
async function readUsed(
  repositories: readonly Repository[],
  flags: CollectFlags,
): Promise<readonly TrackedObject[]> {
  const { readTrackedObjects } = await import('../../pipeline/remote/read-tracked.ts')
  const found = repositories.map((repository) => readTrackedObjects(repository, toUses(flags)))
  const unread = found.flatMap((one) => one.unread)
  const [first] = unread
  if (first === undefined || flags.skipFailed === true) return found.flatMap((one) => one.objects)
  throw new ToolkitError(
    first.error.code,
    `cannot tell what ${first.revision} needs, so nothing is removed: ${first.error.message}`,
    { hint: 'say --skip-failed to go on without it', details: { unread }, cause: first.error },
  )
}

function toUses(flags: CollectFlags): ReadTrackedOptions {
  return {
    targets: [],
    branches: flags.allBranches === true,
    tags: flags.allTags === true,
    commits: flags.allCommits === true,
    experiments: flags.allExperiments === true,
    revisions: flags.rev === undefined ? [] : [flags.rev],
    // As DVC: none is one.
    count: flags.num === undefined || flags.num === 0 ? 1 : flags.num,
    sinceMs: flags.date,
    withDependencies: false,
    isRecursive: false,
  }
}

/** @throws {ToolkitError} `CLI_USAGE` without --force where nobody can be asked; `INTERRUPTED` for a no */
async function confirm(flags: CollectFlags): Promise<void> {
  if (flags.force === true || flags.dry === true) return
  if (!process.stdin.isTTY || flags.quiet === true) {
    throw new ToolkitError('CLI_USAGE', 'gc removes objects for good, and there is nobody to ask', {
      hint: 'look with --dry, then run it with --force',
    })
  }
  if (await askPerson(`${describe(flags)}: remove everything else?`)) return
  throw new ToolkitError('INTERRUPTED', 'nothing was removed')
}

/**
 * What experiments have made before they are stored, nothing names yet.
 *
 * @throws {ToolkitError} `PIPELINE_LOCKED` when some are still running after the time to wait
 */
async function waitForExperiments(
  repositories: readonly Repository[],
  { wait, signal }: { readonly wait: number; readonly signal: AbortSignal },
): Promise<void> {
  const { listRunning } = await import('../../pipeline/experiments/index.ts')
  const { isProcessAlive } = await import('../../core/alive-process.ts')
  const processes = { processId: process.pid, isAlive: isProcessAlive, clock: Date.now }
  const stepMs = 200
  for (let leftMs = wait * 1000; ; leftMs -= stepMs) {
    const folders = repositories.flatMap(({ stateFolder }) =>
      listRunning({ stateFolder, ...processes }),
    )
    if (folders.length === 0) return
    if (leftMs <= 0) {
      throw new ToolkitError('PIPELINE_LOCKED', `experiments are running in '${folders[0]}'`, {
        hint: 'let them finish, or wait for them with --wait <seconds>',
        details: { folders },
      })
    }
    await sleep(Math.min(stepMs, leftMs), undefined, { signal })
  }
}

function describe(flags: CollectFlags): string {
  const last = flags.num === undefined || flags.num === 1 ? '' : `the last ${flags.num} commits of `
  const kept = [
    'the work tree',
    flags.rev !== undefined && `${last}${flags.rev}`,
    flags.allBranches === true && `${last}all branches`,
    flags.allTags === true && 'all tags',
    flags.allCommits === true && 'all commits',
    flags.date !== undefined && `commits since ${new Date(flags.date).toDateString()}`,
    flags.allExperiments === true && 'all experiments',
    flags.projects !== undefined && `the same of ${flags.projects.join(', ')}`,
  ]
  const where = flags.cloud === true ? 'cache and remote keep' : 'the cache keeps'
  const what = flags.notInRemote === true ? 'what the remote lacks and' : 'what'
  return `${where} ${what} is needed by ${kept.filter((one) => one !== false).join(', ')}`
}

interface Used {
  readonly objects: readonly TrackedObject[]
  /** The other projects. */
  readonly others: readonly Repository[]
}

async function collectIn(
  { repository, cache, signal }: TransferContext,
  { objects, others }: Used,
  flags: CollectFlags,
): Promise<Collected[]> {
  const { collectGarbage } = await import('../../pipeline/remote/collect-garbage.ts')
  const { openRemote } = await import('../../pipeline/remote/open-remote.ts')
  const { groupByRemote } = await import('../../pipeline/remote/tracked-objects.ts')
  await using opened = new AsyncDisposableStack()
  const open = async (name: string | undefined): Promise<Remote> => {
    const call = { jobs: flags.jobs, clock: Date.now }
    return opened.use(await openRemote(repository.config, name, call))
  }
  const remotes = flags.cloud === true ? [await open(flags.remote)] : []
  const copies = new Map<Remote, readonly TrackedObject[]>()
  if (flags.notInRemote === true) {
    const groups = groupByRemote(objects, flags.remote)
    for (const [name, group] of groups) copies.set(await open(name), group)
  }
  const isDry = flags.dry === true
  return await collectGarbage(objects, { cache, caches: others, remotes, copies, isDry, signal })
}

function formatCollected(
  { name, removed, removedBytes, keptCount }: Collected,
  isDry: boolean,
): string {
  const place = name === 'cache' ? 'the cache' : `remote '${name}'`
  if (removed.length === 0) return `${place}: nothing to remove, ${keptCount} objects kept\n`
  const verb = isDry ? 'would go' : 'removed'
  const list = isDry ? removed.map(({ key }) => `  ${key}\n`).join('') : ''
  return `${place}: ${removed.length} objects ${verb} (${formatSize(removedBytes)}), ${keptCount} kept\n${list}`
}

function toDocument({ name, removed, removedBytes, keptCount }: Collected): unknown {
  return {
    place: name,
    removed: removed.map(({ key }) => key),
    size: removedBytes,
    kept: keptCount,
  }
}
