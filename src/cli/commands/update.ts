import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import { addDataFlags, tellGit, withData, type DataFlags } from '../contexts/data-context.ts'

interface UpdateFlags extends DataFlags {
  readonly recursive?: boolean
  readonly force?: boolean
  readonly download: boolean
}

/** Adds `mlpt update`: takes over what has changed where imports came from. */
export function addUpdateCommand(program: Command): void {
  const command = program
    .command('update')
    .description('get imported data again where its source has changed')
    .argument('<targets...>', '*.dvc files, or their data')
    .option('-R, --recursive', 'take a folder for all imports below it')
    .option('-f, --force', 'replace data that was edited')
    .option('--no-download', 'only record that the source changed')
  addDataFlags(command).action(update)
}

async function update(targets: string[], flags: UpdateFlags): Promise<void> {
  const { updateImports } = await import('../../pipeline/versioning/update-imports.ts')
  await withData(flags, async ({ repository, cache }) => {
    const { written, ...result } = await updateImports(
      {
        targets,
        isRecursive: flags.recursive === true,
        skipsDownload: !flags.download,
        isForced: flags.force === true,
      },
      { repository, cache, download: {} },
    )
    if (flags.json === true) process.stdout.write(formatJson(result))
    else process.stdout.write(formatResult(result))
    await tellGit(repository, written)
  })
}

function formatResult(result: {
  readonly updated: readonly string[]
  readonly unchanged: readonly string[]
}): string {
  return [
    ...result.updated.map((name) => `updated ${name}\n`),
    ...result.unchanged.map((name) => `${name} is up to date\n`),
  ].join('')
}
