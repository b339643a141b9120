import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import { openCurrentRepository } from '../open-repository.ts'

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
    .option('--not-in-remote', 'is not supported: see status --cloud')
    .option('--json', 'print one JSON document')
    .action(showDataStatus)
}

interface DataStatusFlags {
  readonly granular?: boolean
  readonly unchanged?: boolean
  readonly untrackedFiles?: string | true
  readonly notInRemote?: boolean
  readonly json?: boolean
}

async function showDataStatus(targets: string[], flags: DataStatusFlags): Promise<void> {
  if (flags.notInRemote === true) {
    throw new ToolkitError('CLI_USAGE', `'--not-in-remote' is not supported by data status`, {
      hint: 'compare with a remote by: mlpt status --cloud',
    })
  }
  const compare = await import('../../pipeline/compare/index.ts')
  const status = await compare.readDataStatus(await openCurrentRepository(), {
    targets,
    isGranular: flags.granular === true,
    withUntracked: wantsUntracked(flags.untrackedFiles),
  })
  const format = { withUnchanged: flags.unchanged === true }
  process.stdout.write(
    flags.json === true
      ? formatJson(compare.toDataStatusDocument(status, format))
      : compare.formatDataStatus(status, format),
  )
}

function wantsUntracked(which: string | true | undefined): boolean {
  if (which === undefined || which === 'no') return false
  if (which === true || which === 'all') return true
  throw new ToolkitError('CLI_USAGE', `'--untracked-files ${which}' is unknown`, {
    hint: "say 'all' or 'no'",
  })
}
