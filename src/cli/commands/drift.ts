import { InvalidArgumentError, Option, type Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import type { DriftOptions } from '../../monitoring/drift-options.ts'
import type { PresetName } from '../../monitoring/drift-report.ts'
import { parseNames } from '../parse-names.ts'
import { addReadFlags, toReadOptions, type ReadFlags } from '../read-flags.ts'

/** `mlpt drift REFERENCE CURRENT`: which columns of a table have moved since another. */
export function addDriftCommand(program: Command): void {
  const command = program
    .command('drift')
    .description('compare the columns of two tables; exit 3 when one has drifted or is absent')
    .argument('<reference>', 'table file, or stored profile, to compare with')
    .argument('<current>', 'table file, or stored profile, to judge')
    .addOption(
      new Option('--preset <name>', 'whose choice of tests and thresholds')
        .choices(['mlpt', 'evidently'])
        .default('mlpt'),
    )
    .option('--method <name>', "statistic for all columns, such as 'psi'; by default the preset's")
    .option('--num-method <name>', 'statistic for numerical columns')
    .option('--cat-method <name>', 'statistic for categorical columns')
    .option('--column-method <column=name>', 'statistic for one column; may be repeated', addMethod)
    .option('--threshold <number>', 'distance, or p-value, that counts as drift', parseThreshold)
    .option('--columns <names>', 'only these, separated by commas; by default all', parseNames)
    .option('--target <name>', 'the column a model learns')
    .option('--prediction <name>', "the column with a model's answers")
    .option('--segment <column>', 'compare the rows of each value of this column, too')
    .option(
      '--drift-share <number>',
      'share of drifted columns from which the table has drifted; by default one column suffices, with evidently 0.5',
      parseShare,
    )
    .option('--html <path>', 'write the report with pictures as one HTML file')
    .option('--json', 'print the report as one JSON document')
  addReadFlags(command).action(runDrift)
}

interface DriftFlags extends ReadFlags {
  readonly preset: PresetName
  readonly method?: string
  readonly numMethod?: string
  readonly catMethod?: string
  readonly columnMethod?: Readonly<Record<string, string>>
  readonly threshold?: number
  readonly columns?: readonly string[]
  readonly target?: string
  readonly prediction?: string
  readonly segment?: string
  readonly driftShare?: number
  readonly html?: string
  readonly json?: boolean
}

async function runDrift(reference: string, current: string, flags: DriftFlags): Promise<void> {
  const { compareFiles } = await import('../../monitoring/drift-file.ts')
  const { renderDrift } = await import('../../monitoring/drift-text.ts')
  const { segment } = flags
  const report = await compareFiles({
    ...toDriftOptions(flags),
    ...(segment !== undefined && { segment }),
    reference,
    current,
    reading: toReadOptions(flags),
  })
  process.stdout.write(flags.json === true ? formatJson(report) : `${renderDrift(report)}\n`)
  if (flags.html !== undefined) {
    const { writeFileAtomically } = await import('../../core/atomic-file.ts')
    const { renderDriftPage } = await import('../../monitoring/drift-page.ts')
    await writeFileAtomically(flags.html, renderDriftPage(report, { reference, current }))
  }
  if (!report.isDrifted) return
  const segments = report.segments.filter((one) => one.drifted.length > 0)
  const where = [...report.drifted, ...segments.map(({ value }) => `segment '${value}'`)]
  throw new ToolkitError('DATA_DRIFTED', `'${current}' has drifted: ${where.join(', ')}`, {
    hint: 'look at the columns above; train again if the change is real',
    details: { drifted: report.drifted },
  })
}

function toDriftOptions(flags: DriftFlags): DriftOptions {
  const { preset, method, threshold, columns, target, prediction, driftShare } = flags
  const { numMethod, catMethod, columnMethod } = flags
  return {
    preset,
    ...(method !== undefined && { method }),
    ...(numMethod !== undefined && { numericalMethod: numMethod }),
    ...(catMethod !== undefined && { categoricalMethod: catMethod }),
    ...(columnMethod !== undefined && { columnMethods: columnMethod }),
    ...(threshold !== undefined && { threshold }),
    ...(columns !== undefined && { columns }),
    ...(target !== undefined && { target }),
    ...(prediction !== undefined && { prediction }),
    ...(driftShare !== undefined && { driftShare }),
  }
}

function addMethod(
  text: string,
  before: Readonly<Record<string, string>> = {},
): Readonly<Record<string, string>> {
  const [, column, method] = /^(.+)=([^=]+)$/s.exec(text) ?? []
  if (column === undefined || method === undefined) {
    throw new InvalidArgumentError('expected COLUMN=METHOD')
  }
  return Object.fromEntries([...Object.entries(before), [column, method]])
}

function parseThreshold(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && Number.isFinite(value) && value > 0) return value
  throw new InvalidArgumentError('expected a number above 0')
}

function parseShare(text: string): number {
  const value = Number(text)
  if (text.trim() !== '' && value >= 0 && value <= 1) return value
  throw new InvalidArgumentError('expected a number from 0 to 1')
}
