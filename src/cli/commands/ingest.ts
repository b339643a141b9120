import type { Command } from 'commander'
import { openStepContext } from '../contexts/project-context.ts'
import { addJsonFlag, printResult, type JsonFlag } from '../output/print-result.ts'

interface IngestFlags extends JsonFlag {
  readonly mirror?: string
}

/** `mlpt ingest`: fetches the data set and writes it typed as Parquet. */
export function addIngestCommand(program: Command): void {
  const command = program
    .command('ingest')
    .description('fetch the data set, check its hash, write it typed as Parquet')
    .option('--mirror <folder>', 'folder with the data (MLPT_DATA_MIRROR)')
  addJsonFlag(command).action(async (flags: IngestFlags) => {
    const context = await openStepContext()
    const { ingest } = await import('../../project/ingest.ts')
    const mirror = flags.mirror ?? process.env['MLPT_DATA_MIRROR']
    printResult(flags, await ingest(context, mirror), '')
  })
}
