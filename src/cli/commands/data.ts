import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import type { Remote } from '../../pipeline/remote/remote.ts'
import type { Repository } from '../../pipeline/repository/repository.ts'
import { openCurrentRepository } from '../contexts/open-repository.ts'
import { limitYoungGeneration } from '../young-generation.ts'

/** Adds `mlpt data status`: what of the tracked data changed since the last commit. */
export function addDataCommand(program: Command): void {
  const data = program.command('data').description('look at tracked data')
  data
    .command('status')
    .description('compare tracked data of the last commit, of the records and of the work tree')
    .argument('[targets...]', 'only these outputs, or paths in them')
    .option('--granular', 'also the files in folders')
    .option('--unchanged', 'also what is equal')
    .option('--untracked-files [which]', "also files that nobody tracks: 'all' or 'no'")
    .option('--not-in-remote', 'also what the remote does not have')
    .option(
      '-r, --remote <name>',
      'with --not-in-remote: which one; by default that of the settings',
    )
    .option('--no-remote-refresh', 'is taken for the sake of dvc: the remote is asked all the same')
    .option('--json', 'print one JSON document')
    .action(showDataStatus)
}

interface DataStatusFlags {
  readonly granular?: boolean
  readonly unchanged?: boolean
  readonly untrackedFiles?: string | true
  readonly notInRemote?: boolean
  readonly remote?: string
  readonly json?: boolean
}

async function showDataStatus(targets: string[], flags: DataStatusFlags): Promise<void> {
  const compare = await import('../../pipeline/compare/index.ts')
  limitYoungGeneration()
  const repository = await openCurrentRepository()
  const status = await compare.readDataStatus(repository, {
    targets,
    isGranular: flags.granular === true,
    withUntracked: wantsUntracked(flags.untrackedFiles),
    openRemote:
      flags.notInRemote === true
        ? async (name) => openNamedRemote(repository, name ?? flags.remote)
        : undefined,
  })
  const format = { withUnchanged: flags.unchanged === true }
  process.stdout.write(
    flags.json === true
      ? formatJson(compare.toDataStatusDocument(status, format))
      : compare.formatDataStatus(status, format),
  )
}

async function openNamedRemote(
  { config }: Repository,
  name: string | undefined,
): Promise<Remote | undefined> {
  const { openRemote } = await import('../../pipeline/remote/open-remote.ts')
  const hasDefault = config.sections.get('core')?.has('remote') === true
  if (name === undefined && !hasDefault) return undefined
  return openRemote(config, name, { clock: Date.now })
}

function wantsUntracked(which: string | true | undefined): boolean {
  if (which === undefined || which === 'no') return false
  if (which === true || which === 'all') return true
  throw new ToolkitError('CLI_USAGE', `'--untracked-files ${which}' is unknown`, {
    hint: "say 'all' or 'no'",
  })
}
