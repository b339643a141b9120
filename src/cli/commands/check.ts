import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import { parseNames } from '../flags/parse-names.ts'
import { addReadFlags, type ReadFlags } from '../flags/read-flags.ts'
import { fitText } from '../output/terminal-text.ts'

/** `mlpt check FILE`: whether a table is fit to learn from. */
export function addCheckCommand(program: Command): void {
  const command = program
    .command('check')
    .description('look for what spoils a model: leakage, duplicates, overlap; exit 3 on an error')
    .argument('<file>', 'table file to learn from')
    .requiredOption('--target <column>', 'the column to predict')
    .option('--key <columns>', 'what names a row; several separated by commas', parseNames, [])
    .option('--test <file>', 'table file that will judge the model')
    .option('--json', 'print the report as one JSON document')
  addReadFlags(command).action(runCheck)
}

interface CheckFlags extends ReadFlags {
  readonly target: string
  readonly key: readonly string[]
  readonly test?: string
  readonly json?: boolean
}

async function runCheck(file: string, flags: CheckFlags): Promise<void> {
  const { openDatabase } = await import('../../data/duckdb-store.ts')
  const { openNamedTable } = await import('../contexts/open-table.ts')
  const { checkTrainingData } = await import('../../data/checks/check-training-data.ts')
  const { renderFindings } = await import('../../data/checks/findings-text.ts')
  const { hasError } = await import('../../data/checks/training-check.ts')
  using database = await openDatabase()
  await using opened = await openNamedTable(database, file, flags)
  await using test =
    flags.test === undefined ? undefined : await openNamedTable(database, flags.test, flags)
  const report = await checkTrainingData({
    database,
    table: opened.table,
    roles: { target: flags.target, keys: flags.key },
    ...(test !== undefined && { test: test.table }),
  })
  const text = renderFindings(report).map((line) => fitText(line, Infinity))
  process.stdout.write(flags.json === true ? formatJson(report) : `${text.join('\n')}\n`)
  if (!hasError(report)) return
  throw new ToolkitError('DATA_CHECK_FAILED', `'${file}' is not fit to learn from`, {
    hint: 'look at the findings above',
  })
}
