import type { Command } from 'commander'
import { withTracking } from '../contexts/project-context.ts'

/** `mlpt promote`: registers the better model and moves the alias it earned, by force with `--override`. */
export function addPromoteCommand(program: Command): void {
  program
    .command('promote')
    .description('register the better model; move the alias champion, or say why not')
    .option(
      '--override <reason>',
      'promote the best model whatever the gates say; kept with your name',
    )
    .action(({ override }: { readonly override?: string }) =>
      withTracking(async (context) => {
        const { promote } = await import('../../project/promote/promote.ts')
        await promote(context, override)
      }),
    )
}
