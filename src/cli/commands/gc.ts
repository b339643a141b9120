import { createInterface } from 'node:readline/promises'
import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import type { Collected } from '../../pipeline/remote/collect-garbage.ts'
import type { Remote } from '../../pipeline/remote/remote.ts'
import type { TrackedObject } from '../../pipeline/remote/tracked-objects.ts'
import {
  formatSize,
  parseCount,
  parseSeconds,
  withTransfer,
  type TransferContext,
  type TransferFlags,
} from '../transfer-context.ts'

interface CollectFlags extends TransferFlags {
  readonly workspace?: boolean
  readonly cloud?: boolean
  readonly force?: boolean
  readonly dry?: boolean
  readonly skipFailed?: boolean
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
    .option('-c, --cloud', 'also in the remote')
    .option('-r, --remote <name>', 'which remote; by default the one of the settings')
    .option('-j, --jobs <number>', 'how many requests at a time', parseCount)
    .option('-f, --force', 'do not ask')
    .option('-n, --dry', 'only say what would be removed')
    .option('--skip-failed', 'go on although a revision cannot be read: what it needs may go')
    .option('--wait <seconds>', 'how long to wait for another command', parseSeconds, 0)
    .option('--json', 'print one JSON document')
    .action(collect)
}

async function collect(flags: CollectFlags): Promise<void> {
  checkFlags(flags)
  const collected = await withTransfer(flags, async (context) => {
    const objects = await readUsed(context, flags)
    await confirm(flags)
    return collectIn(context, objects, flags)
  })
  const isDry = flags.dry === true
  process.stdout.write(
    flags.json === true
      ? formatJson(collected.map(toDocument))
      : collected.map((one) => formatCollected(one, isDry)).join(''),
  )
}

/** @throws {ToolkitError} `CLI_USAGE` */
function checkFlags(flags: CollectFlags): void {
  const kept = [flags.workspace, flags.allBranches, flags.allTags, flags.allCommits]
  if (!kept.includes(true)) {
    throw new ToolkitError('CLI_USAGE', 'nothing is said of what to keep', {
      hint: 'add --workspace, --all-branches, --all-tags or --all-commits',
    })
  }
  if (flags.remote !== undefined && flags.cloud !== true) {
    throw new ToolkitError('CLI_USAGE', '--remote is of no use without --cloud', {
      hint: 'add --cloud to collect in the remote as well',
    })
  }
}

/** A revision that cannot be read may need anything, so that nothing may go. */
async function readUsed(
  { repository }: TransferContext,
  flags: CollectFlags,
): Promise<readonly TrackedObject[]> {
  const { readTrackedObjects } = await import('../../pipeline/remote/read-tracked.ts')
  const { objects, unread } = readTrackedObjects(repository, {
    targets: [],
    branches: flags.allBranches === true,
    tags: flags.allTags === true,
    commits: flags.allCommits === true,
    withDependencies: false,
    isRecursive: false,
  })
  const [first] = unread
  if (first === undefined || flags.skipFailed === true) return objects
  throw new ToolkitError(
    first.error.code,
    `cannot tell what ${first.revision} needs, so nothing is removed: ${first.error.message}`,
    { hint: 'say --skip-failed to go on without it', details: { unread }, cause: first.error },
  )
}

/** @throws {ToolkitError} `CLI_USAGE` without --force where nobody can be asked; `INTERRUPTED` for a no */
async function confirm(flags: CollectFlags): Promise<void> {
  if (flags.force === true || flags.dry === true) return
  if (!process.stdin.isTTY) {
    throw new ToolkitError('CLI_USAGE', 'gc removes objects for good, and there is nobody to ask', {
      hint: 'look with --dry, then run it with --force',
    })
  }
  using terminal = createInterface({ input: process.stdin, output: process.stderr })
  const answer = await terminal.question(`${describe(flags)}: remove everything else? [y/N] `)
  if (/^y(?:es)?$/i.test(answer.trim())) return
  throw new ToolkitError('INTERRUPTED', 'nothing was removed')
}

function describe(flags: CollectFlags): string {
  const kept = [
    'the work tree',
    flags.allBranches === true && 'all branches',
    flags.allTags === true && 'all tags',
    flags.allCommits === true && 'all commits',
  ]
  const where = flags.cloud === true ? 'cache and remote keep' : 'the cache keeps'
  return `${where} what is needed by ${kept.filter((one) => one !== false).join(', ')}`
}

async function collectIn(
  { repository, cache, signal }: TransferContext,
  objects: readonly TrackedObject[],
  flags: CollectFlags,
): Promise<Collected[]> {
  const { collectGarbage } = await import('../../pipeline/remote/collect-garbage.ts')
  const { openRemote } = await import('../../pipeline/remote/open-remote.ts')
  await using opened = new AsyncDisposableStack()
  const remotes: Remote[] = []
  if (flags.cloud === true) {
    remotes.push(
      opened.use(
        await openRemote(repository.config, flags.remote, { jobs: flags.jobs, clock: Date.now }),
      ),
    )
  }
  const isDry = flags.dry === true
  return await collectGarbage(objects, { cache, remotes, isDry, signal })
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
