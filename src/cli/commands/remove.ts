import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import { addDataFlags, withData, type DataFlags } from '../contexts/data-context.ts'

interface RemoveFlags extends DataFlags {
  readonly outs?: boolean
}

/** Adds `mlpt remove`: stops tracking data, or takes a stage out of its dvc.yaml. */
export function addRemoveCommand(program: Command): void {
  const command = program
    .command('remove')
    .description('stop tracking data, or take stages out of dvc.yaml; the cache is left alone')
    .argument('<targets...>', '*.dvc files or stages')
    .option('--outs', 'delete the outputs as well')
  addDataFlags(command).action(remove)
}

async function remove(targets: string[], flags: RemoveFlags): Promise<void> {
  const { removeTracked } = await import('../../pipeline/versioning/remove-tracked.ts')
  const { removed } = await withData(flags, ({ repository }) =>
    removeTracked(repository, { targets, withOutputs: flags.outs === true }),
  )
  if (flags.json === true) process.stdout.write(formatJson({ removed }))
  else process.stdout.write(removed.map((name) => `removed ${name}\n`).join(''))
}
