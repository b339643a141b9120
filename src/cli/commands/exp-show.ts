import { Option, type Command } from 'commander'
import type { ToolkitError } from '../../core/errors.ts'
import {
  openExperimentsRepository,
  toSelection,
  withBaselineFlags,
  type BaselineFlags,
} from '../contexts/experiment-flags.ts'
import { defaultPrecision, parsePrecision } from '../flags/precision-flag.ts'

interface ShowFlags extends BaselineFlags {
  readonly allBranches?: boolean
  readonly allTags?: boolean
  readonly all?: boolean
  readonly hideWorkspace?: boolean
  readonly sortBy?: string
  readonly sortOrder: 'asc' | 'desc'
  readonly precision?: number
  readonly json?: boolean
  readonly csv?: boolean
  readonly md?: boolean
}

/** Adds `mlpt exp show`: commits and their experiments side by side. */
export function addExpShowCommand(exp: Command): void {
  const command = exp
    .command('show')
    .description('compare experiments: metrics, and the parameters in which they differ')
    .option('-a, --all-branches', 'the experiments of all branches')
    .option('-T, --all-tags', 'the experiments of all tags')
    .option('--all', 'also parameters that are the same everywhere')
    .option('--hide-workspace', 'leave out the work tree')
    .option('--sort-by <column>', 'order by a metric or parameter')
    .addOption(
      new Option('--sort-order <order>', 'ascending or descending')
        .choices(['asc', 'desc'])
        .default('asc'),
    )
    .option('--precision <digits>', 'digits after the point', parsePrecision)
    .option('--json', 'print one JSON document')
    .option('--csv', 'print comma-separated values')
    .option('--md', 'print a Markdown table')
    .option('--no-pager', 'there never is one')
  withBaselineFlags(command, 'show').action(show)
}

async function show(flags: ShowFlags): Promise<void> {
  const experiments = await import('../../pipeline/experiments/index.ts')
  const compare = await import('../../pipeline/compare/index.ts')
  const selection = {
    ...toSelection(flags),
    branches: flags.allBranches === true,
    tags: flags.allTags === true,
  }
  const baselines = experiments.collectExperiments(await openExperimentsRepository(), selection, {
    hidesWorkspace: flags.hideWorkspace === true,
  })
  if (flags.json === true) {
    const document = experiments.toExperimentsDocument(baselines)
    process.stdout.write(compare.formatValueJson(document))
    return
  }
  for (const state of baselines.flatMap((one) => [one, ...one.experiments])) warn(state)
  const options = {
    precision: flags.precision ?? (flags.csv === true ? undefined : defaultPrecision),
    showsAll: flags.all === true,
    sortBy: flags.sortBy,
    isDescending: flags.sortOrder === 'desc',
  }
  if (flags.csv === true) {
    process.stdout.write(experiments.formatExperimentsCsv(baselines, options))
    return
  }
  const table = experiments.toExperimentsTable(baselines, options)
  process.stdout.write(
    flags.md === true ? compare.formatMarkdownTable(table) : compare.formatTable(table),
  )
}

function warn({ revision, error }: { revision: string; error: ToolkitError | undefined }): void {
  if (error === undefined) return
  process.stderr.write(`warning: '${revision}' cannot be read: ${error.message}\n`)
}

interface DiffFlags {
  readonly all?: boolean
  readonly paramDeps?: boolean
  readonly path: boolean
  readonly precision?: number
  readonly json?: boolean
  readonly md?: boolean
}

/** Adds `mlpt exp diff`: metrics and parameters of two experiments or commits. */
export function addExpDiffCommand(exp: Command): void {
  exp
    .command('diff')
    .description('compare the metrics and parameters of two experiments')
    .argument('[old]', 'an experiment, a git revision, or workspace', 'HEAD')
    .argument('[new]', 'likewise', 'workspace')
    .option('--all', 'also what is equal')
    .option('--param-deps', 'only parameters that stages depend on')
    .option('--no-path', 'leave out the file names')
    .option('--precision <digits>', 'digits after the point', parsePrecision)
    .option('--json', 'print one JSON document')
    .option('--md', 'print a Markdown table')
    .action(diff)
}

async function diff(oldName: string, newName: string, flags: DiffFlags): Promise<void> {
  const compare = await import('../../pipeline/compare/index.ts')
  const repository = await openExperimentsRepository()
  const compareBy = (read: Parameters<typeof compare.readNamed>[2]) => {
    const results = compare.readNamed(repository, [oldName, newName], read)
    const old = compare.valuesOf(results.get(oldName))
    const current = compare.valuesOf(results.get(newName))
    return compare.compareValues(old, current, { withUnchanged: flags.all === true })
  }
  const isTrackedOnly = flags.paramDeps === true
  const metrics = compareBy((content) => compare.readMetrics(content))
  const params = compareBy((content) => compare.readParams(content, { isTrackedOnly }))
  if (flags.json === true) {
    const document = new Map([
      ['metrics', compare.toChangesDocument(metrics)],
      ['params', compare.toChangesDocument(params)],
    ])
    process.stdout.write(compare.formatValueJson(document))
    return
  }
  const names = { oldName, newName, isPathHidden: !flags.path }
  const precision = flags.precision ?? defaultPrecision
  const format = flags.md === true ? compare.formatMarkdownTable : compare.formatTable
  const tables = [
    { changes: metrics, options: { ...names, title: 'Metric', hasDifference: true, precision } },
    {
      changes: params,
      options: { ...names, title: 'Param', hasDifference: false, precision: undefined },
    },
  ].filter(({ changes }) => changes.size > 0)
  const texts = tables.map(({ changes, options }) =>
    format(compare.toChangesTable(changes, options)),
  )
  process.stdout.write(texts.join('\n'))
}
