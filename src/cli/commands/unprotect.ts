import { resolve } from 'node:path'
import type { Command } from 'commander'
import { addDataFlags, withData, type DataFlags } from '../contexts/data-context.ts'

/** Adds `mlpt unprotect`: makes files that are links to the cache safe to edit. */
export function addUnprotectCommand(program: Command): void {
  const command = program
    .command('unprotect')
    .description('replace links to the cache by copies that can be edited')
    .argument('<paths...>', 'files and folders')
  addDataFlags(command).action(unprotectPaths)
}

async function unprotectPaths(paths: string[], flags: DataFlags): Promise<void> {
  const { unprotect } = await import('../../pipeline/cache/link-store.ts')
  await withData(flags, async ({ repository }) => {
    for (const path of paths) unprotect(resolve(repository.directory, path), repository.ignore)
  })
}
