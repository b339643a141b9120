import type { Command } from 'commander'
import { openStepContext } from '../contexts/project-context.ts'

/** `mlpt ingest`: fetches the data set and writes it typed as Parquet. */
export function addIngestCommand(program: Command): void {
  program
    .command('ingest')
    .description('fetch the data set, check its hash, write it typed as Parquet')
    .option('--mirror <folder>', 'folder with the data (MLPT_DATA_MIRROR)')
    .action(async (options: { mirror?: string }) => {
      const context = await openStepContext()
      const { ingest } = await import('../../project/ingest.ts')
      await ingest(context, options.mirror ?? process.env['MLPT_DATA_MIRROR'])
    })
}
