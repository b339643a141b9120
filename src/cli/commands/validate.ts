import type { Command } from 'commander'
import { openStepContext } from '../project-context.ts'

/** `mlpt validate`: holds the raw data against the project's expectation suite. */
export function addValidateCommand(program: Command): void {
  program
    .command('validate')
    .description('hold the data against the expectation suite; exit 3 when a critical one fails')
    .action(async () => {
      const context = await openStepContext()
      const { validate } = await import('../../project/validate.ts')
      await validate(context)
    })
}
