import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import type { Remote } from '../../pipeline/remote/remote.ts'
import type { SentData } from '../../pipeline/remote/send-data-store.ts'
import type { Repository } from '../../pipeline/repository/repository.ts'
import type { AddedData } from '../../pipeline/versioning/add-data.ts'
import { addDataFlags, tellGit, withData, type DataFlags } from '../contexts/data-context.ts'
import {
  countFiles,
  createProgress,
  failOnProblems,
  formatSize,
  parseCount,
} from '../contexts/transfer-context.ts'

interface AddFlags extends DataFlags {
  readonly glob?: boolean
  readonly out?: string
  readonly force?: boolean
  readonly commit: boolean
  readonly toRemote?: boolean
  readonly remote?: string
  readonly remoteJobs?: number
  readonly relink: boolean
}

/** Adds `mlpt add`: takes files and folders into the cache and tracks them by `*.dvc` files. */
export function addAddCommand(program: Command): void {
  const command = program
    .command('add')
    .description('track data: keep it in the cache, and what it is in a *.dvc file for git')
    .argument('<paths...>', 'files and folders, also such that are tracked and have changed')
    .option('--glob', 'take the paths for patterns')
    .option('-o, --out <path>', 'copy the one path there first')
    .option('-f, --force', 'replace what is at --out, or a *.dvc file in the way')
    .option('--no-commit', 'leave the copy in the cache to mlpt commit')
    .option('--to-remote', 'send the one path to the remote, and keep no copy here')
    .option('-r, --remote <name>', 'with --to-remote: which; by default the one of the settings')
    .option('--remote-jobs <number>', 'with --to-remote: how many transfers at a time', parseCount)
    .option('--no-relink', 'do not replace what is added by links to the cache')
  addDataFlags(command).action(add)
}

async function add(paths: string[], flags: AddFlags): Promise<void> {
  checkFlags(flags)
  const { addData } = await import('../../pipeline/versioning/add-data.ts')
  const isKnown = flags.glob !== true && flags.out === undefined && flags.toRemote !== true
  const needs = { wait: flags.wait, paths: isKnown ? paths : undefined }
  await withData(needs, async ({ repository, cache }) => {
    await using remote = flags.toRemote === true ? await openTarget(repository, flags) : undefined
    const { added, written } = await addData(repository, cache, {
      paths,
      arePatterns: flags.glob === true,
      output: flags.out,
      isForced: flags.force === true,
      skipsCache: !flags.commit,
      skipsLinks: !flags.relink,
      send:
        remote &&
        ((source, content) => send({ source, content, label: paths.join() }, remote, repository)),
    })
    process.stdout.write(flags.json === true ? formatJson(added) : formatAdded(added))
    await tellGit(repository, written)
  })
}

/** @throws {ToolkitError} `CLI_USAGE` */
function checkFlags({ toRemote, remote, remoteJobs, glob, commit }: AddFlags): void {
  const isAboutRemote = remote !== undefined || remoteJobs !== undefined
  if (toRemote !== true && isAboutRemote) {
    throw new ToolkitError(
      'CLI_USAGE',
      '--remote and --remote-jobs are of no use without --to-remote',
      { hint: 'add --to-remote, or send it later with: mlpt push --remote <name>' },
    )
  }
  if (toRemote !== true || (glob !== true && commit)) return
  throw new ToolkitError('CLI_USAGE', '--to-remote excludes --glob and --no-commit', {
    hint: 'name the one path that is sent',
  })
}

async function openTarget({ config }: Repository, flags: AddFlags): Promise<Remote> {
  const { openRemote } = await import('../../pipeline/remote/open-remote.ts')
  return openRemote(config, flags.remote, { jobs: flags.remoteJobs, clock: Date.now })
}

async function send(data: SentData, remote: Remote, cache: Repository): Promise<void> {
  const { sendData } = await import('../../pipeline/remote/send-data-store.ts')
  using report = createProgress('sent')
  await failOnProblems([await sendData(data, remote, { cache, report })])
}

function formatAdded(added: readonly AddedData[]): string {
  return added.map((data) => `${data.dataFile}: ${data.path}${describe(data)}\n`).join('')
}

function describe({ sizeBytes, fileCount }: AddedData): string {
  const parts = [
    ...(fileCount === undefined ? [] : [countFiles(fileCount)]),
    ...(sizeBytes === undefined ? [] : [formatSize(sizeBytes)]),
  ]
  return parts.length === 0 ? '' : ` (${parts.join(', ')})`
}
