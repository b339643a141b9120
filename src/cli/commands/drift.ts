import { InvalidArgumentError, Option, type Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { formatJson } from '../../core/json.ts'
import type { DriftOptions } from '../../monitoring/drift-options.ts'
import type { HistoryEntry } from '../../monitoring/history/drift-history.ts'
import type { PresetName } from '../../monitoring/drift-report.ts'
import type { DriftWindow } from '../../monitoring/history/drift-series.ts'
import { calendarWindows, type WindowSpec } from '../../monitoring/windows-store.ts'
import { parseNames } from '../flags/parse-names.ts'
import { addReadFlags, toReadOptions, type ReadFlags } from '../flags/read-flags.ts'
import { readProjectForms } from '../contexts/project-forms.ts'
import { parseInstantFlag } from '../flags/parse-instant-flag.ts'

/** `mlpt drift REFERENCE CURRENT…`: which columns of a table have moved since another. */
export function addDriftCommand(program: Command): void {
  const command = program
    .command('drift')
    .description('compare the columns of two tables; exit 3 when one has drifted or is absent')
    .argument('<reference>', 'table file, or stored profile, to compare with')
    .argument('<current...>', 'table files, or stored profiles, to judge')
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
    .option(
      '--window <spec>',
      `COLUMN=SIZE, of ${calendarWindows.join(', ')}, or so many rows: judge each window`,
      parseWindow,
    )
    .option('--history <path>', 'add what was found to this file, a line each')
    .option('--at <instant>', 'when this is, for the history; ISO 8601', readInstant)
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
  readonly window?: WindowSpec
  readonly history?: string
  readonly at?: string
  readonly html?: string
  readonly json?: boolean
}

async function runDrift(
  reference: string,
  currents: readonly string[],
  flags: DriftFlags,
): Promise<void> {
  const [current] = currents
  if (current === undefined) return
  if (flags.window === undefined && currents.length === 1) return runOne(reference, current, flags)
  await runSeries(reference, currents, flags)
}

async function runOne(reference: string, current: string, flags: DriftFlags): Promise<void> {
  const { compareFiles } = await import('../../monitoring/drift-file.ts')
  const { renderDrift } = await import('../../monitoring/drift-text.ts')
  const { segment } = flags
  const report = await compareFiles({
    ...toDriftOptions(flags),
    ...(segment !== undefined && { segment }),
    reference,
    current,
    reading: { ...toReadOptions(flags), whenInDoubt: readProjectForms },
  })
  process.stdout.write(flags.json === true ? formatJson(report) : `${renderDrift(report)}\n`)
  await writeReports([{ label: current, report }], { reference, flags, ofFiles: true })
  if (!report.isDrifted) return
  const segments = report.segments.filter((one) => one.drifted.length > 0)
  const where = [...report.drifted, ...segments.map(({ value }) => `segment '${value}'`)]
  throw new ToolkitError('DATA_DRIFTED', `'${current}' has drifted: ${where.join(', ')}`, {
    hint: 'look at the columns above; train again if the change is real',
    details: { drifted: report.drifted },
  })
}

async function runSeries(
  reference: string,
  currents: readonly string[],
  flags: DriftFlags,
): Promise<void> {
  const { window, segment } = flags
  if (segment !== undefined || (window !== undefined && currents.length > 1)) {
    throw new ToolkitError(
      'CLI_USAGE',
      segment === undefined
        ? '--window is for one current table'
        : '--segment is for one comparison',
      { hint: 'run the command once for each' },
    )
  }
  const { compareSeries } = await import('../../monitoring/history/drift-series-file.ts')
  const { renderSeries } = await import('../../monitoring/drift-text.ts')
  const series = await compareSeries({
    ...toDriftOptions(flags),
    reference,
    reading: { ...toReadOptions(flags), whenInDoubt: readProjectForms },
    ...(window === undefined ? { currents } : { current: currents[0]!, window }),
  })
  process.stdout.write(flags.json === true ? formatJson(series) : `${renderSeries(series)}\n`)
  await writeReports(series.windows, { reference, flags, ofFiles: window === undefined })
  if (!series.isDrifted) return
  throw new ToolkitError('DATA_DRIFTED', `drifted: ${series.drifted.join(', ')}`, {
    hint: 'look at the windows above; train again if the change is real',
    details: { drifted: series.drifted },
  })
}

interface Writing {
  readonly reference: string
  readonly flags: DriftFlags
  /** Whether the windows are files, which are told apart by what they hold. */
  readonly ofFiles: boolean
}

/** The history, and the page of the last window with all before it. */
async function writeReports(windows: readonly DriftWindow[], writing: Writing): Promise<void> {
  const { flags, reference } = writing
  if (flags.history === undefined && flags.html === undefined) return
  let entries = await createEntries(windows, writing)
  if (flags.history !== undefined) {
    const { addToHistory } = await import('../../monitoring/history/drift-history-file.ts')
    const added = await addToHistory(flags.history, entries)
    for (const warning of added.warnings) process.stderr.write(`warning: ${warning}\n`)
    entries = added.entries
  }
  const latest = windows.at(-1)
  if (flags.html === undefined || latest === undefined) return
  const { writeFileAtomically } = await import('../../core/atomic-file.ts')
  const { renderDriftPage } = await import('../../monitoring/drift-page.ts')
  const names = { reference, current: latest.label }
  await writeFileAtomically(flags.html, renderDriftPage(latest.report, names, entries))
}

async function createEntries(
  windows: readonly DriftWindow[],
  { reference, flags, ofFiles }: Writing,
): Promise<readonly HistoryEntry[]> {
  const { createEntry } = await import('../../monitoring/history/drift-history.ts')
  const { hashFile } = await import('../../data/hash-file.ts')
  const entries: HistoryEntry[] = []
  for (const { label, report } of windows) {
    const content = ofFiles ? await hashFile(label) : undefined
    entries.push(
      createEntry(report, {
        label,
        reference,
        ...(content !== undefined && { content }),
        ...(flags.at !== undefined && { at: flags.at }),
      }),
    )
  }
  return entries
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

function parseWindow(text: string): WindowSpec {
  if (/^[1-9]\d{0,8}$/.test(text)) return { rows: Number(text) }
  const [, column, name] = /^(.+)=([^=]+)$/s.exec(text) ?? []
  const size = calendarWindows.find((one) => one === name)
  if (column !== undefined && size !== undefined) return { column, size }
  throw new InvalidArgumentError(
    `expected a number of rows, or COLUMN=SIZE with one of ${calendarWindows.join(', ')}`,
  )
}

function readInstant(text: string): string {
  return new Date(parseInstantFlag(text)).toISOString()
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
