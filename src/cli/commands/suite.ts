import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import { fitText } from '../terminal-text.ts'

/** `mlpt suite`: suites of expectations compared and brought to their present form. */
export function addSuiteCommand(program: Command): void {
  const suite = program.command('suite').description('compare and upgrade suites of expectations')
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
    .action(runUpgrade)
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

async function runUpgrade(file: string, flags: { readonly output?: string }): Promise<void> {
  const { readSuite } = await import('../../data/validation-file.ts')
  const { formatSuite } = await import('../../data/expectations/write-suite.ts')
  const { writeFileAtomically } = await import('../../core/atomic-file.ts')
  const suite = await readSuite(file)
  const problems = suite.problems ?? []
  if (problems.length > 0) {
    throw new ToolkitError('SUITE_INVALID', problems.map(({ message }) => message).join('\n'), {
      hint: problems.flatMap(({ hint }) => hint ?? []).join('; ') || undefined,
    })
  }
  const text = formatSuite(suite)
  if (flags.output === undefined) process.stdout.write(text)
  else await writeFileAtomically(flags.output, text)
}
