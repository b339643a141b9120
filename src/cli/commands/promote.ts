import type { Command } from 'commander'
import { withTracking } from '../contexts/project-context.ts'
import { addJsonFlag, printResult, type JsonFlag } from '../output/print-result.ts'

interface PromoteFlags extends JsonFlag {
  readonly override?: string
}

/** `mlpt promote`: registers the better model and moves the alias it earned, by force with `--override`. */
export function addPromoteCommand(program: Command): void {
  const command = program
    .command('promote')
    .description('register the better model; move the alias champion, or say why not')
    .option(
      '--override <reason>',
      'promote the best model whatever the gates say; kept with your name',
    )
  addJsonFlag(command).action(async (flags: PromoteFlags) => {
    const { promote } = await import('../../project/promote/promote.ts')
    await withTracking((context) =>
      promote(context, flags.override, (verdict) => printResult(flags, verdict, '')),
    )
  })
}
