/** Which plots a repository defines, and from which files they are drawn. */

import { dirname, join, resolve } from 'node:path'
import { ToolkitError } from '../../../core/errors.ts'
import { nameHint } from '../../../core/nearest.ts'
import type { PlotDefinition, PlotFields } from '../../stages/parse-top-level.ts'
import type { YamlMap } from '../../yaml/yaml-value.ts'
import type { Content } from '../content-file.ts'
import { showPath } from '../show-path.ts'

/** One plot of one revision. Paths are from the folder the command works in. */
export interface PlotRequest {
  /** The path of its data, or the name it has in `dvc.yaml`. */
  readonly id: string
  /** The `dvc.yaml` whose top level defines it; '' for outputs of stages and for paths that were asked for. */
  readonly source: string
  readonly style: PlotStyle
}

/** How a plot is drawn; what is `undefined` is inferred. */
export interface PlotStyle {
  /** With a file where one is named; otherwise the data is that of the id. */
  readonly x: readonly PlotFields[]
  readonly y: readonly PlotFields[]
  readonly xLabel: string | undefined
  readonly yLabel: string | undefined
  readonly title: string | undefined
  readonly template: string | undefined
  /** Whether the first row of a CSV or TSV file has the names of its columns. */
  readonly hasHeader: boolean | undefined
}

/** Of a plot that says nothing. */
export const plainStyle: PlotStyle = {
  x: [],
  y: [],
  xLabel: undefined,
  yLabel: undefined,
  title: undefined,
  template: undefined,
  hasHeader: undefined,
}

/**
 * The plots of the top level of each `dvc.yaml`, then those of stages.
 *
 * @param targets - ids, or paths of files and folders; none means all
 * @throws {ToolkitError} `PATH_UNTRACKED` for a target that names nothing
 */
export function collectPlots(content: Content, targets: readonly string[] = []): PlotRequest[] {
  const all = [...topLevelPlots(content), ...stagePlots(content)]
  if (targets.length === 0) return all
  const chosen = targets.flatMap((target) => {
    const found = all.filter((request) => isNamed(request, target))
    return found.length > 0 ? found : plotsAt(content, target)
  })
  return [...new Set(chosen)]
}

/** Names of all plots, for a message about a target that names none. */
export function unknownPlotError(contents: readonly Content[], target: string): ToolkitError {
  const names = contents.flatMap((content) => collectPlots(content).map(({ id }) => id))
  return new ToolkitError('PATH_UNTRACKED', `there is no plot or file '${target}'`, {
    hint: nameHint(target, [...new Set(names)], 'plots'),
    details: { target },
  })
}

function isNamed({ id, source }: PlotRequest, target: string): boolean {
  const folder = target.endsWith('/') ? target : `${target}/`
  return id === target || `${source}::${id}` === target || id.startsWith(folder)
}

function plotsAt(content: Content, target: string): PlotRequest[] {
  const location = resolve(content.snapshot.directory, target)
  const isThere = content.list(location) !== undefined || content.read(location) !== undefined
  return isThere ? filesAt(content, location, { source: '', style: plainStyle }) : []
}

function filesAt(
  content: Content,
  location: string,
  { source, style }: Omit<PlotRequest, 'id'>,
): PlotRequest[] {
  return (content.list(location) ?? [location]).map((file) => ({
    id: showPath(file, content.snapshot.directory),
    source,
    style,
  }))
}

function topLevelPlots(content: Content): PlotRequest[] {
  return Array.from(content.pipeline.topLevels, ([file, { plots }]) => {
    const location = join(content.snapshot.root, file)
    return plotsOf(plots, { content, folder: dirname(location), file: location })
  }).flat()
}

interface Home {
  readonly content: Content
  readonly folder: string
  readonly file: string
}

function plotsOf(definitions: readonly PlotDefinition[], home: Home): PlotRequest[] {
  const { content, folder, file } = home
  const { directory } = content.snapshot
  const source = showPath(file, directory)
  const paths = definitions.filter(({ isPath }) => isPath).map(({ id }) => resolve(folder, id))
  return definitions.flatMap((definition) => {
    const style: PlotStyle = {
      ...definition,
      x: definition.x.map((fields) => moveFields(fields, home)),
      y: definition.y.map((fields) => moveFields(fields, home)),
      hasHeader: undefined,
    }
    if (!definition.isPath) return [{ id: definition.id, source, style }]
    const location = resolve(folder, definition.id)
    // A file that a nearer folder or its own entry defines is drawn as that one says.
    return filesAt(content, location, { source, style }).filter(
      ({ id }) => nearestOf(resolve(directory, id), paths) === location,
    )
  })
}

function moveFields({ file, fields }: PlotFields, { content, folder }: Home): PlotFields {
  if (file === undefined) return { file, fields }
  return { file: showPath(resolve(folder, file), content.snapshot.directory), fields }
}

function nearestOf(location: string, paths: readonly string[]): string | undefined {
  const holding = paths.filter((path) => location === path || location.startsWith(`${path}/`))
  return holding.sort((a, b) => b.length - a.length)[0]
}

function stagePlots(content: Content): PlotRequest[] {
  const outputs = content.pipeline.stages.flatMap((stage) => stage.outputs)
  return outputs
    .filter(({ kind }) => kind === 'plot')
    .flatMap(({ location, plot }) =>
      filesAt(content, location, { source: '', style: toStyle(plot ?? new Map()) }),
    )
}

function toStyle(plot: YamlMap): PlotStyle {
  const textOf = (key: string): string | undefined => {
    const value = plot.get(key)
    return typeof value === 'string' ? value : undefined
  }
  const fieldsOf = (key: string): PlotFields[] => {
    const field = textOf(key)
    return field === undefined ? [] : [{ file: undefined, fields: [field] }]
  }
  const header = plot.get('header')
  return {
    x: fieldsOf('x'),
    y: fieldsOf('y'),
    xLabel: textOf('x_label'),
    yLabel: textOf('y_label'),
    title: textOf('title'),
    template: textOf('template'),
    hasHeader: typeof header === 'boolean' ? header : undefined,
  }
}

/** The files that a plot is drawn from. */
export function filesOf({ id, style }: PlotRequest): string[] {
  const named = [...style.y, ...style.x].flatMap(({ file }) => file ?? [])
  const namesFiles = style.y.some(({ file }) => file !== undefined)
  return [...new Set([...(namesFiles ? [] : [id]), ...named])]
}
