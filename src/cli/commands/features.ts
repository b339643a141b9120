import type { Command } from 'commander'
import { openStepContext } from '../project-context.ts'

/** `mlpt features`: writes the feature table. */
export function addFeaturesCommand(program: Command): void {
  program
    .command('features')
    .description('write the feature table with each row’s fold')
    .action(async () => {
      const context = await openStepContext()
      const { features } = await import('../../project/features.ts')
      await features(context)
    })
}
