import { parse } from 'node:path'
import { InvalidArgumentError, Option, type Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import { nameHint } from '../../core/nearest.ts'
import type { Suite } from '../../data/expectations/suite.ts'
import { strictnesses, type Strictness } from '../../data/inference/strictness.ts'
import { suiteParts, type SuitePart } from '../../data/inference/suite-parts.ts'
import { parseNames } from '../flags/parse-names.ts'
import { addReadFlags, type ReadFlags } from '../flags/read-flags.ts'
import { fitText } from '../output/terminal-text.ts'

/** `mlpt suite`: suites of expectations proposed, compared and brought to their present form. */
export function addSuiteCommand(program: Command): void {
  const suite = program
    .command('suite')
    .description('propose, compare and upgrade suites of expectations')
  suite
    .command('diff')
    .description('what changed between two suites')
    .argument('<before>', 'suite')
    .argument('<after>', 'suite')
    .option('--json', 'print the differences as one JSON document')
    .option('--exit-code', 'exit 3 when they differ')
    .action(runDiff)
  suite
    .command('upgrade')
    .description('rewrite a suite of Great Expectations before 1.0 in the form of 1.x')
    .argument('<file>', 'suite')
    .option('--output <path>', 'where to write it; by default to stdout')
    .option('--json', 'print the suite, also where it is written to a file')
    .action(runUpgrade)
  const infer = suite
    .command('infer')
    .description('propose a suite for tables like this one, with the reason for each expectation')
    .argument('<file>', 'table file')
    .option('--name <name>', "the suite's name; by default the file's")
    .option('--output <path>', 'where to write it; by default to stdout')
    .addOption(
      new Option('--strictness <degree>', 'how far from this table others may be')
        .choices(strictnesses)
        .default('normal'),
    )
    .option('--without <parts>', `parts to leave out: ${suiteParts.join(', ')}`, parseParts)
    .option('--columns <names>', 'the only columns to speak of, with commas between', parseNames)
  addReadFlags(infer)
    .option('--json', 'print the suite, also where it is written to a file')
    .action(runInfer)
}

interface OutputFlags {
  readonly output?: string
  readonly json?: boolean
}

interface InferFlags extends ReadFlags, OutputFlags {
  readonly name?: string
  readonly strictness: Strictness
  readonly without?: readonly SuitePart[]
  readonly columns?: readonly string[]
}

function parseParts(text: string): readonly SuitePart[] {
  return parseNames(text).map((name) => {
    const part = suiteParts.find((known) => known === name)
    if (part !== undefined) return part
    throw new InvalidArgumentError(`there is no '${name}'; ${nameHint(name, suiteParts, 'parts')}`)
  })
}

async function runInfer(file: string, flags: InferFlags): Promise<void> {
  const { openDatabase } = await import('../../data/duckdb-store.ts')
  const { openNamedTable } = await import('../contexts/open-table.ts')
  const { profileTable } = await import('../../data/profile/profile-table.ts')
  const { inferSuite } = await import('../../data/inference/infer-suite.ts')
  using database = await openDatabase()
  await using opened = await openNamedTable(database, file, flags)
  const { name = parse(file).name, strictness, without, columns } = flags
  const suite = inferSuite(await profileTable(database, opened.table), {
    name,
    strictness,
    ...(without !== undefined && { without }),
    ...(columns !== undefined && { columns }),
  })
  await writeSuite(suite, flags)
}

async function runDiff(
  before: string,
  after: string,
  flags: { readonly json?: boolean; readonly exitCode?: boolean },
): Promise<void> {
  const { readSuite } = await import('../../data/validation-file.ts')
  const { diffSuites, renderSuiteDiff } = await import('../../data/expectations/diff-suites.ts')
  const diff = diffSuites(await readSuite(before), await readSuite(after))
  const lines = renderSuiteDiff(diff)
  const text = lines.length === 0 ? ['the suites say the same'] : lines
  const printed = text.map((line) => `${fitText(line, Infinity)}\n`).join('')
  process.stdout.write(flags.json === true ? formatJson(diff) : printed)
  if (lines.length === 0 || flags.exitCode !== true) return
  throw new ToolkitError('DATA_CHECK_FAILED', `'${before}' and '${after}' differ`, {
    hint: 'look at the differences above',
  })
}

async function runUpgrade(file: string, flags: OutputFlags): Promise<void> {
  const { readSuite } = await import('../../data/validation-file.ts')
  const suite = await readSuite(file)
  const problems = suite.problems ?? []
  if (problems.length > 0) {
    throw new ToolkitError('SUITE_INVALID', problems.map(({ message }) => message).join('\n'), {
      hint: problems.flatMap(({ hint }) => hint ?? []).join('; ') || undefined,
    })
  }
  await writeSuite(suite, flags)
}

async function writeSuite(suite: Suite, { output, json }: OutputFlags): Promise<void> {
  const { formatSuite } = await import('../../data/expectations/write-suite.ts')
  const { writeFileAtomically } = await import('../../core/atomic-file.ts')
  const text = formatSuite(suite)
  if (output !== undefined) await writeFileAtomically(output, text)
  if (output === undefined || json === true) process.stdout.write(text)
}
