import { InvalidArgumentError, type Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'

/** `mlpt drift REFERENCE CURRENT`: which columns of a table have moved since another. */
export function addDriftCommand(program: Command): void {
  program
    .command('drift')
    .description('compare the columns of two tables; exit 3 when one has drifted or is absent')
    .argument('<reference>', 'Parquet or CSV file to compare with')
    .argument('<current>', 'Parquet or CSV file to judge')
    .option(
      '--threshold <number>',
      'population stability index that counts as drift',
      parseThreshold,
      0.2,
    )
    .option('--columns <names>', 'only these, separated by commas; by default all', parseNames)
    .option('--json', 'print the report as one JSON document')
    .action(runDrift)
}

interface DriftOptions {
  readonly threshold: number
  readonly columns?: readonly string[]
  readonly json?: boolean
}

async function runDrift(reference: string, current: string, options: DriftOptions): Promise<void> {
  const { compareFiles } = await import('../../monitoring/drift-file.ts')
  const { renderDrift } = await import('../../monitoring/drift-text.ts')
  const { threshold, columns, json } = options
  const report = await compareFiles({
    reference,
    current,
    threshold,
    ...(columns !== undefined && { columns }),
  })
  const text = json === true ? JSON.stringify(report, undefined, 2) : renderDrift(report)
  process.stdout.write(`${text}\n`)
  if (report.drifted.length === 0) return
  throw new ToolkitError('DATA_DRIFTED', `'${current}' has drifted: ${report.drifted.join(', ')}`, {
    hint: 'look at the columns above; train again if the change is real',
    details: { drifted: report.drifted },
  })
}

function parseThreshold(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('expected a number above 0')
}

function parseNames(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim())
}
