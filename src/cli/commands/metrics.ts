import type { Command } from 'commander'
import type { ReadFiles } from '../../pipeline/compare/index.ts'
import { openCurrentRepository } from '../contexts/open-repository.ts'
import { defaultPrecision, parsePrecision } from '../flags/precision-flag.ts'

/** Adds `mlpt metrics show` and `mlpt metrics diff`. */
export function addMetricsCommand(program: Command): void {
  const metrics = program.command('metrics').description('show and compare metrics')
  metrics
    .command('show')
    .description('print the metrics of the work tree, or of every branch, tag or commit')
    .argument('[targets...]', 'metric files; by default all that a dvc.yaml names')
    .option('-a, --all-branches', 'also of all branches')
    .option('-T, --all-tags', 'also of all tags')
    .option('-A, --all-commits', 'also of all commits')
    .option('-R, --recursive', 'is always so: a folder stands for all files in it')
    .option('--json', 'print one JSON document')
    .option('--md', 'print a Markdown table')
    .option('--precision <digits>', 'digits after the point', parsePrecision, defaultPrecision)
    .action(showMetrics)
  metrics
    .command('diff')
    .description('compare the metrics of two revisions')
    .argument('[old]', 'git revision, or workspace', 'HEAD')
    .argument('[new]', 'git revision, or workspace', 'workspace')
    .option('--targets <files...>', 'only these metric files')
    .option('-R, --recursive', 'is always so: a folder stands for all files in it')
    .option('--all', 'also what is equal')
    .option('--json', 'print one JSON document')
    .option('--md', 'print a Markdown table')
    .option('--no-path', 'leave out the file names')
    .option('--precision <digits>', 'digits after the point', parsePrecision, defaultPrecision)
    .action(diffMetrics)
}

interface ShowFlags {
  readonly allBranches?: boolean
  readonly allTags?: boolean
  readonly allCommits?: boolean
  readonly json?: boolean
  readonly md?: boolean
  readonly precision: number
}

async function showMetrics(targets: string[], flags: ShowFlags): Promise<void> {
  const compare = await import('../../pipeline/compare/index.ts')
  const selection = {
    branches: flags.allBranches === true,
    tags: flags.allTags === true,
    commits: flags.allCommits === true,
  }
  const repository = await openCurrentRepository()
  const results = compare.readSelected(repository, selection, (content) =>
    compare.readMetrics(content, targets),
  )
  warn(compare.describeFailures(results))
  if (flags.json === true) {
    process.stdout.write(compare.formatValueJson(compare.toResultsDocument(results)))
    return
  }
  const hasRevisions = Object.values(selection).includes(true)
  const table = compare.toMetricsTable(results, { precision: flags.precision, hasRevisions })
  if (table.rows.length === 0) return
  process.stdout.write(
    flags.md === true ? compare.formatMarkdownTable(table) : compare.formatTable(table),
  )
}

/** The flags that `metrics diff` and `params diff` share. */
export interface DiffFlags {
  readonly targets?: readonly string[]
  readonly all?: boolean
  readonly json?: boolean
  readonly md?: boolean
  /** False with `--no-path`. */
  readonly path: boolean
}

async function diffMetrics(
  oldName: string,
  newName: string,
  flags: DiffFlags & { readonly precision: number },
): Promise<void> {
  const compare = await import('../../pipeline/compare/index.ts')
  await showChanges([oldName, newName], flags, {
    title: 'Metric',
    hasDifference: true,
    precision: flags.precision,
    read: (content) => compare.readMetrics(content, flags.targets),
  })
}

interface Comparison {
  readonly title: string
  readonly hasDifference: boolean
  readonly precision: number | undefined
  readonly read: ReadFiles
}

/** Compares the values of two revisions and prints what changed. */
export async function showChanges(
  [oldName, newName]: readonly [string, string],
  flags: DiffFlags,
  { read, ...table }: Comparison,
): Promise<void> {
  const compare = await import('../../pipeline/compare/index.ts')
  const results = compare.readNamed(await openCurrentRepository(), [oldName, newName], read)
  warn(compare.describeFailures(results))
  const changes = compare.compareValues(
    compare.valuesOf(results.get(oldName)),
    compare.valuesOf(results.get(newName)),
    { withUnchanged: flags.all === true },
  )
  if (flags.json === true) {
    process.stdout.write(compare.formatValueJson(compare.toChangesDocument(changes)))
    return
  }
  if (changes.size === 0) return
  const options = { ...table, oldName, newName, isPathHidden: !flags.path }
  const rows = compare.toChangesTable(changes, options)
  process.stdout.write(
    flags.md === true ? compare.formatMarkdownTable(rows) : compare.formatTable(rows),
  )
}

function warn(lines: readonly string[]): void {
  for (const line of lines) process.stderr.write(`warning: ${line}\n`)
}
