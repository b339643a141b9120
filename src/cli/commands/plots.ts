import { existsSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { Command } from 'commander'
import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import type { PlotStyle } from '../../pipeline/compare/plots/index.ts'
import { openCurrentRepository } from '../contexts/open-repository.ts'

/** Adds `mlpt plots show` and `mlpt plots diff`. */
export function addPlotsCommand(program: Command): void {
  const plots = program.command('plots').description('draw plots as one HTML page')
  addPlotOptions(plots.command('show'))
    .description('draw the plots of the work tree')
    .argument('[targets...]', 'plots, or files to draw; by default all that a dvc.yaml defines')
    .action((targets: string[], flags: PlotFlags) => showPlots(undefined, { ...flags, targets }))
  addPlotOptions(plots.command('diff'))
    .description('draw the plots of several revisions over each other')
    .argument('[revisions...]', 'git revisions, or workspace; by default HEAD and the work tree')
    .option('--targets <plots...>', 'only these plots or files')
    .action((revisions: string[], flags: PlotFlags) => showPlots(revisions, flags))
}

function addPlotOptions(command: Command): Command {
  return command
    .option('-o, --out <file>', 'the page to write, or a folder for its index.html', 'plots.html')
    .option('-t, --template <name>', 'how to draw: linear, scatter, smooth, confusion, …')
    .option('-x <field>', 'the field of the x axis')
    .option('-y <field>', 'the field of the y axis')
    .option('--x-label <text>', 'what stands at the x axis')
    .option('--y-label <text>', 'what stands at the y axis')
    .option('--title <text>', 'what stands above the plot')
    .option('--no-header', 'CSV and TSV files have no first row with names')
    .option('--json', 'print the points as one JSON document instead')
}

interface PlotFlags {
  readonly out: string
  readonly targets?: readonly string[]
  readonly template?: string
  readonly x?: string
  readonly y?: string
  readonly xLabel?: string
  readonly yLabel?: string
  readonly title?: string
  /** False with `--no-header`. */
  readonly header: boolean
  readonly json?: boolean
}

async function showPlots(revisions: string[] | undefined, flags: PlotFlags): Promise<void> {
  const compare = await import('../../pipeline/compare/index.ts')
  const plots = await import('../../pipeline/compare/plots/index.ts')
  const repository = await openCurrentRepository()
  checkTemplate(flags.template, repository.root, plots.templateNames)
  const names = plots.chooseRevisions(repository, revisions)
  const contents = compare.openContents(repository, names)
  const collection = plots.readPlots(contents, {
    targets: flags.targets ?? [],
    style: toStyle(flags),
  })
  for (const { id, revision, error } of collection.failures) {
    process.stderr.write(`warning: ${id} in ${revision}: ${error.message}\n`)
  }
  if (flags.json === true) {
    process.stdout.write(compare.formatValueJson(plots.toPlotsDocument(collection)))
    return
  }
  if (collection.plots.length === 0) {
    process.stderr.write('there are no plots: name some below plots: in dvc.yaml\n')
    return
  }
  const { writeFileAtomically } = await import('../../core/atomic-file.ts')
  const page = plots.formatPlotsPage(collection, { title: 'Plots', revisions: names })
  const file = pagePath(flags.out)
  await writeFileAtomically(resolve(file), page)
  process.stdout.write(`${file}\n`)
}

/** One of the user's own is a file, as for dvc: below `.dvc/plots`, or wherever its path says. */
function checkTemplate(name: string | undefined, root: string, known: readonly string[]): void {
  if (name === undefined || known.includes(name)) return
  const own = join(root, '.dvc/plots')
  if ([name, join(own, name), join(own, `${name}.json`)].some((path) => existsSync(path))) return
  throw new ToolkitError('CLI_USAGE', `there is no template '${name}'`, {
    hint: nameHint(name, known, 'templates'),
  })
}

/** A folder is taken as dvc takes it, which writes the page into one. */
function pagePath(out: string): string {
  const isFolder = out.endsWith('/') || statSync(out, { throwIfNoEntry: false })?.isDirectory()
  return isFolder === true ? join(out, 'index.html') : out
}

function toStyle(flags: PlotFlags): Partial<PlotStyle> {
  return {
    x: toFields(flags.x),
    y: toFields(flags.y),
    xLabel: flags.xLabel,
    yLabel: flags.yLabel,
    title: flags.title,
    template: flags.template,
    hasHeader: flags.header ? undefined : false,
  }
}

function toFields(name: string | undefined): { file: undefined; fields: string[] }[] {
  return name === undefined ? [] : [{ file: undefined, fields: [name] }]
}
