import type { Command } from 'commander'
import { showChanges, type DiffFlags } from './metrics.ts'

/** Adds `mlpt params diff`. */
export function addParamsCommand(program: Command): void {
  const params = program.command('params').description('compare parameters')
  params
    .command('diff')
    .description('compare the parameters of two revisions')
    .argument('[old]', 'git revision, or workspace', 'HEAD')
    .argument('[new]', 'git revision, or workspace', 'workspace')
    .option('--targets <files...>', 'only these parameter files')
    .option('--all', 'also what is equal')
    .option('--deps', 'only what stages depend on')
    .option('--json', 'print one JSON document')
    .option('--md', 'print a Markdown table')
    .option('--no-path', 'leave out the file names')
    .action(diffParams)
}

async function diffParams(
  oldName: string,
  newName: string,
  flags: DiffFlags & { readonly deps?: boolean },
): Promise<void> {
  const { readParams } = await import('../../pipeline/compare/index.ts')
  await showChanges([oldName, newName], flags, {
    title: 'Param',
    hasDifference: false,
    precision: undefined,
    read: (content) =>
      readParams(content, { targets: flags.targets ?? [], isTrackedOnly: flags.deps === true }),
  })
}
