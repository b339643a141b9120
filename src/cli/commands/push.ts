import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import {
  addTransferFlags,
  countFiles,
  createProgress,
  failOnProblems,
  forEachRemote,
  openRunRemote,
  readWanted,
  toOutcomeDocument,
  withTransfer,
  type TransferContext,
  type TransferFlags,
} from '../contexts/transfer-context.ts'

/** Adds `mlpt push`: sends what outputs need to a remote. */
export function addPushCommand(program: Command): void {
  const command = program.command('push').description('send what outputs hold to a remote')
  addTransferFlags(command).option('--glob', 'take the targets for patterns of paths').action(push)
}

interface PushFlags extends TransferFlags {
  readonly glob?: boolean
}

async function push(named: string[], flags: PushFlags): Promise<void> {
  const targets = flags.glob === true ? await matchTargets(named) : named
  const { pushObjects } = await import('../../pipeline/remote/push-objects.ts')
  const { runs, outcomes } = await withTransfer(flags, async (context) => {
    const { cache, signal } = context
    const read = await readWanted(context, targets, flags)
    const pushedRuns = flags.runCache === true ? await pushRunCache(context, flags) : []
    const wanted = read.objects.filter(({ isPushed }) => isPushed)
    using report = createProgress('pushed')
    const pushed = await forEachRemote(context, wanted, {
      flags,
      work: async (objects, remote) => pushObjects(objects, remote, { cache, signal, report }),
    })
    return { runs: pushedRuns, outcomes: pushed }
  })
  if (flags.json === true) {
    process.stdout.write(formatJson({ remotes: toOutcomeDocument(outcomes), runs }))
  }
  await failOnProblems(outcomes)
  if (flags.json === true) return
  const count = outcomes.reduce((sum, { transferred }) => sum + transferred.length, runs.length)
  process.stdout.write(count === 0 ? 'everything is up to date\n' : `${countFiles(count)} pushed\n`)
}

/** The paths of the work tree; without patterns everything is meant. */
async function matchTargets(patterns: readonly string[]): Promise<string[]> {
  if (patterns.length === 0) return []
  const { findPaths } = await import('../../pipeline/versioning/find-paths-file.ts')
  return findPaths(process.cwd(), patterns)
}

async function pushRunCache(context: TransferContext, flags: TransferFlags): Promise<string[]> {
  const { pushRuns } = await import('../../pipeline/remote/transfer-runs.ts')
  await using remote = await openRunRemote(context, flags)
  return await pushRuns(remote, context)
}
