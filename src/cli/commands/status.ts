import type { Command } from 'commander'
import type { CloudDifference } from '../../pipeline/remote/compare-objects.ts'
import { describeAction } from '../output/action-words.ts'
import { parseCount, type TransferFlags } from '../contexts/transfer-context.ts'
import type { PipelineStatus, Reason } from '../../pipeline/index.ts'
import { limitYoungGenerationSoon } from '../young-generation.ts'

/** Adds `mlpt status`: says which stages are out of date; exits with 3 when any is. */
export function addStatusCommand(program: Command): void {
  program
    .command('status')
    .description('say which stages are out of date, and why; exits with 3 when any is')
    .argument('[targets...]', 'stages or groups to look at, with all they need')
    .option('-c, --cloud', 'compare the cache with a remote instead')
    .option('-r, --remote <name>', 'the remote (default: core.remote)')
    .option('-j, --jobs <number>', 'how many objects to look at at the same time', parseCount)
    .option('-a, --all-branches', 'with --cloud: of all branches')
    .option('-T, --all-tags', 'with --cloud: of all tags')
    .option('-A, --all-commits', 'with --cloud: of all commits')
    .option('-d, --with-deps', 'with --cloud: also of what the targets read from')
    .option('-R, --recursive', 'take a folder for everything below it')
    .option('--no-updates', 'is always so: the sources of imports are not asked')
    .option('--json', "print one JSON document, the same as dvc's")
    .action(showStatus)
}

interface StatusFlags extends Omit<TransferFlags, 'wait'> {
  readonly cloud?: boolean
}

async function showStatus(targets: string[], flags: StatusFlags): Promise<void> {
  if (flags.cloud === true) {
    await showCloudStatus(targets, flags)
    return
  }
  limitYoungGenerationSoon()
  const { readStatus } = await import('../../pipeline/run/read-status.ts')
  const { describeReason } = await import('../../pipeline/run/plan.ts')
  const status = await readStatus({
    directory: process.cwd(),
    targets,
    recursive: flags.recursive === true,
    env: process.env,
    clock: Date.now,
  })
  process.stdout.write(
    flags.json === true ? `${JSON.stringify(status.dvc)}\n` : formatStatus(status, describeReason),
  )
  if (status.hiddenBy !== undefined) {
    process.stderr.write(`warning: 'dvc.yaml' is hidden by ${status.hiddenBy}\n`)
  }
  if (!status.isClean) process.exitCode = 3
}

/** Which objects are in the cache only (new), on the remote only (deleted), or in neither (missing). */
async function showCloudStatus(targets: string[], flags: StatusFlags): Promise<void> {
  const { compareWithRemote } = await import('../../pipeline/remote/compare-objects.ts')
  const { forEachRemote, readWanted, withTransfer } =
    await import('../contexts/transfer-context.ts')
  const all = { ...flags, wait: 0 }
  const found = await withTransfer(all, async (context) => {
    const { objects: wanted } = await readWanted(context, targets, all)
    const differences: CloudDifference[] = []
    await forEachRemote(context, wanted, {
      flags: all,
      work: async (objects, remote) => {
        const { cache, signal } = context
        differences.push(...(await compareWithRemote(objects, remote, { cache, signal })))
        return { transferred: [], problems: [] }
      },
    })
    return differences
  })
  process.stdout.write(flags.json === true ? formatCloudJson(found) : formatCloud(found))
  if (found.length > 0) process.exitCode = 3
}

function formatCloudJson(found: readonly CloudDifference[]): string {
  const states = Object.fromEntries(found.map(({ label, state }) => [label, state]))
  return `${JSON.stringify(states)}\n`
}

function formatCloud(found: readonly CloudDifference[]): string {
  if (found.length === 0) return 'cache and remote are in sync\n'
  return found.map(({ label, state }) => `${`${state}:`.padEnd(9)}${label}\n`).join('')
}

function formatStatus(status: PipelineStatus, describe: (reason: Reason) => string): string {
  if (status.isClean) return 'everything is up to date\n'
  const stale = status.stages.filter(({ action }) => action !== 'skip')
  const width = Math.max(...stale.map(({ name }) => name.length))
  const lines = stale.map(
    ({ name, action, reasons }) =>
      `${name.padEnd(width)}  ${describeAction({ name, action, reasons })}: ${reasons.map(describe).join(', ')}`,
  )
  return `${lines.join('\n')}\n`
}
