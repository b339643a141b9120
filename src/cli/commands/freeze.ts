import { relative } from 'node:path'
import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import { addDataFlags, tellGit, withData, type DataFlags } from '../contexts/data-context.ts'

/** Adds `mlpt freeze` and `mlpt unfreeze`: stages that do not run, whatever changes. */
export function addFreezeCommands(program: Command): void {
  for (const isFrozen of [true, false]) {
    const command = program
      .command(isFrozen ? 'freeze' : 'unfreeze')
      .description(isFrozen ? 'keep stages from running, whatever changes' : 'let stages run again')
      .argument('<targets...>', 'stages or *.dvc files')
    addDataFlags(command).action((targets: string[], flags: DataFlags) =>
      freeze(targets, flags, isFrozen),
    )
  }
}

async function freeze(targets: string[], flags: DataFlags, isFrozen: boolean): Promise<void> {
  const { freezeStages } = await import('../../pipeline/versioning/freeze-stages.ts')
  await withData(flags, async ({ repository }) => {
    const written = await freezeStages(repository, { targets, isFrozen })
    if (flags.json === true) {
      const files = written.map((path) => relative(repository.directory, path))
      process.stdout.write(formatJson({ files }))
    }
    await tellGit(repository, written)
  })
}
