import type { Command } from 'commander'
import { pluralize } from '../../core/format-number.ts'
import type { StartedProject } from '../../project/start/start-project-file.ts'
import { listUnused, listUsed, type ProposedProject } from '../../project/start/propose-project.ts'
import { addSourceFlags, toReadOptions, type ReadFlags } from '../flags/read-flags.ts'
import { addJsonFlag, printResult, type JsonFlag } from '../output/print-result.ts'
import { fitText } from '../output/terminal-text.ts'

/** `mlpt new FILE`: the files of a project for a table. */
export function addNewCommand(program: Command): void {
  const command = program
    .command('new')
    .description('write project.ts, params.yaml, dvc.yaml and a suite for a table of your own')
    .argument('<file>', 'table file')
    .requiredOption('--target <column>', 'column to predict')
    .option('--key <column>', 'column that names the rows; by default the first that can')
    .option('--positive <value>', 'of a target of two texts or codes the one to look for')
    .option('--name <name>', 'name of project and model; by default that of the file')
  addJsonFlag(addSourceFlags(command)).action(runNew)
}

interface NewFlags extends ReadFlags, JsonFlag {
  readonly target: string
  readonly key?: string
  readonly positive?: string
  readonly name?: string
}

async function runNew(file: string, flags: NewFlags): Promise<void> {
  const { startProject } = await import('../../project/start/start-project-file.ts')
  const { target, key, positive, name } = flags
  const started = await startProject({
    directory: process.cwd(),
    file,
    target,
    key,
    positive,
    name,
    read: toReadOptions(flags),
  })
  for (const warning of started.warnings) tell(warning)
  tell(`wrote ${started.files.join(', ')}`)
  for (const line of describeProject(started.project)) tell(`  ${line}`)
  const forms = Object.entries(started.forms).map(([form, mark]) => `${form} '${mark}'`)
  if (forms.length > 0)
    tell(`  read with ${forms.join(', ')}: 'read' in project.ts can say otherwise`)
  tell('next: read project.ts, then npx mlpt run, npx mlpt serve')
  printResult(flags, toDocument(started), '')
}

function toDocument({ project, files, forms, warnings }: StartedProject): object {
  const { rows, key, isNumbered, time, target, output } = project
  return {
    files,
    rows,
    key,
    isNumbered,
    time: time ?? null,
    target,
    output,
    used: listUsed(project).map(({ name }) => name),
    unused: listUnused(project).map(({ name, reason }) => ({ name, reason })),
    forms,
    warnings,
  }
}

function tell(line: string): void {
  process.stderr.write(`${fitText(line, Infinity)}\n`)
}

function describeProject(project: ProposedProject): string[] {
  const { rows, key, target, output, isNumbered, time } = project
  const used = listUsed(project).length
  const named = isNumbered
    ? `which no column names: they are counted as '${key}', and new ones come behind`
    : `named by '${key}'`
  return [
    `${rows} ${pluralize(rows, 'row')}, ${named}; '${target}', ${describeOutput(output)}, is learnt from ${used} ${pluralize(used, 'column')}`,
    ...(time === undefined ? [] : [`models are judged by the newest rows, by '${time}'`]),
    ...listUnused(project).map(({ name, reason }) => `not used: '${name}', because ${reason}`),
  ]
}

function describeOutput(output: ProposedProject['output']): string {
  switch (output.kind) {
    case 'probability':
      return output.classes === undefined ? 'true or false' : `'${output.classes[1]}' or not`
    case 'value':
      return 'a number'
    case 'classes':
      return `one of ${output.classes.length} classes`
  }
}
