import { resolve } from 'node:path'
import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
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
  const { existsNow } = await import('../../pipeline/repository/text-file.ts')
  await withData(flags, async ({ repository: { directory, ignore } }) => {
    const missing = paths.filter((path) => !existsNow(resolve(directory, path)))
    if (missing.length > 0) throw missingError(missing)
    for (const path of paths) unprotect(resolve(directory, path), ignore)
  })
  if (flags.json === true) process.stdout.write(formatJson({ paths }))
}

function missingError(paths: readonly string[]): ToolkitError {
  const verb = paths.length === 1 ? 'does' : 'do'
  return new ToolkitError('FILE_MISSING', `'${paths.join("', '")}' ${verb} not exist`, {
    hint: 'get it from the cache with: mlpt checkout',
    details: { paths },
  })
}
