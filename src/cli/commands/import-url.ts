import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import { addDataFlags, tellGit, withData, type DataFlags } from '../contexts/data-context.ts'

interface ImportFlags extends DataFlags {
  readonly force?: boolean
  readonly desc?: string
  readonly download: boolean
  readonly exec: boolean
}

/** Adds `mlpt import-url`: takes data from elsewhere, and remembers where it came from. */
export function addImportUrlCommand(program: Command): void {
  const command = program
    .command('import-url')
    .description('track data from a web server, or from elsewhere on this machine')
    .argument('<source>', 'an http or https address, or a path')
    .argument('[out]', "where it goes; by default the source's name, here")
    .option('-f, --force', 'replace what is there')
    .option('--desc <text>', 'a description, for the *.dvc file')
    .option('--no-exec', 'only write down where it is, without looking there')
    .option('--no-download', 'only write down where it is; mlpt update gets it')
  addDataFlags(command).action(importUrl)
}

async function importUrl(
  source: string,
  output: string | undefined,
  flags: ImportFlags,
): Promise<void> {
  const { importData } = await import('../../pipeline/versioning/import-data.ts')
  await withData(flags, async ({ repository, cache }) => {
    const { written, ...imported } = await importData(
      {
        source,
        output,
        description: flags.desc,
        skipsDownload: !flags.download,
        skipsSource: !flags.exec,
        isForced: flags.force === true,
      },
      { repository, cache, download: {} },
    )
    if (flags.json === true) process.stdout.write(formatJson(imported))
    else process.stdout.write(`${imported.dataFile}: ${imported.path}\n`)
    await tellGit(repository, written)
  })
}
