import type { Command } from 'commander'
import { formatJson } from '../../core/json.ts'
import type { StageImports } from '../../pipeline/code/undeclared-file.ts'
import { addDataFlags, withData, type DataFlags } from '../contexts/data-context.ts'
import { openCurrentRepository } from '../contexts/open-repository.ts'

interface DepsFlags extends DataFlags {
  readonly fix?: boolean
}

/** Adds `mlpt deps`: names the code that stages load without declaring it; exits with 3 when there is any. */
export function addDepsCommand(program: Command): void {
  const command = program
    .command('deps')
    .description(
      'name the TypeScript and JavaScript files that stages import but do not list in deps; exits with 3 when there are any',
    )
    .argument('[targets...]', 'stages or groups to look at')
    .option('--fix', 'add them to deps in dvc.yaml')
  addDataFlags(command).action(showDeps)
}

async function showDeps(targets: string[], flags: DepsFlags): Promise<void> {
  const { declareImports, readUndeclared } = await import('../../pipeline/code/undeclared-file.ts')
  if (flags.fix !== true) {
    const stages = await readUndeclared(await openCurrentRepository(), targets)
    process.stdout.write(flags.json === true ? formatJson({ stages }) : formatUndeclared(stages))
    if (stages.length > 0) process.exitCode = 3
    return
  }
  const { changed, left } = await withData(flags, ({ repository }) =>
    declareImports(repository, targets),
  )
  if (flags.json === true) process.stdout.write(formatJson({ changed, left }))
  else {
    for (const { file, entry, paths } of changed) {
      process.stdout.write(`${file}: added to deps of '${entry}': ${paths.join(', ')}\n`)
    }
    if (left.length > 0) process.stdout.write(formatLeft(left))
    if (changed.length + left.length === 0) process.stdout.write(nothing)
  }
  if (left.length > 0) process.exitCode = 3
}

const nothing = 'every imported file is declared\n'

function formatUndeclared(stages: readonly StageImports[]): string {
  if (stages.length === 0) return nothing
  return `${formatStages(stages)}add them to deps with: mlpt deps --fix\n`
}

function formatLeft(stages: readonly StageImports[]): string {
  return `left alone, because only some members of the group import them:\n${formatStages(stages)}`
}

function formatStages(stages: readonly StageImports[]): string {
  return stages
    .map(({ stage, undeclared }) => {
      const lines = undeclared.map(
        ({ path, importedBy }) =>
          `  ${path}${importedBy === undefined ? ' (the script itself)' : ` (imported by ${importedBy})`}\n`,
      )
      return `${stage} does not declare:\n${lines.join('')}`
    })
    .join('')
}
