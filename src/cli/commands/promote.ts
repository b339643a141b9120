import type { Command } from 'commander'
import { withTracking } from '../project-context.ts'

/** `mlpt promote`: registers the better model and moves the alias it earned. */
export function addPromoteCommand(program: Command): void {
  program
    .command('promote')
    .description('register the better model; move the alias champion, or say why not')
    .action(() =>
      withTracking(async (context) => {
        const { promote } = await import('../../project/promote.ts')
        await promote(context)
      }),
    )
}
