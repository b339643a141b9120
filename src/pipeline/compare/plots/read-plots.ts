/** The plots of one or several revisions, with their data. */

import { resolve } from 'node:path'
import { ToolkitError } from '../../../core/errors.ts'
import type { Content } from '../content-file.ts'
import {
  collectPlots,
  filesOf,
  plainStyle,
  unknownPlotError,
  type PlotRequest,
  type PlotStyle,
} from './plot-definitions.ts'
import { toPoints, type PlotAxes, type PlotSeries } from './plot-points.ts'
import { isImage, readPlotData, type PlotData } from './plot-rows.ts'

/** A plot as it is shown: all revisions in one. */
export type Plot = ChartPlot | ImagePlot

/** Points to be drawn. */
export interface ChartPlot extends PlotAxes {
  readonly kind: 'chart'
  readonly id: string
  readonly title: string
  /** The template's name, or `linear`. */
  readonly template: string
  /** Those that have points, in the order they were asked for. */
  readonly revisions: readonly string[]
  readonly series: readonly PlotSeries[]
}

/** Pictures, side by side. */
export interface ImagePlot {
  readonly kind: 'image'
  readonly id: string
  readonly images: readonly PlotImage[]
}

/** The picture of one revision. */
export interface PlotImage {
  readonly revision: string
  readonly path: string
  readonly bytes: Uint8Array
}

/** What went wrong with one plot of one revision. */
export interface PlotFailure {
  readonly id: string
  readonly revision: string
  readonly error: ToolkitError
}

/** Everything that was asked for. */
export interface PlotCollection {
  readonly plots: readonly Plot[]
  readonly failures: readonly PlotFailure[]
}

/** What to show and how. */
export interface PlotSelection {
  /** Ids or paths; none means all. */
  readonly targets?: readonly string[]
  /** Goes before what the definitions say. */
  readonly style?: Partial<PlotStyle>
}

/**
 * Reads all plots. Where revisions define one differently, the first one's definition counts.
 *
 * @param contents - in the order in which their series are drawn
 * @throws {ToolkitError} `PATH_UNTRACKED` for a target that no revision knows
 */
export function readPlots(
  contents: readonly Content[],
  { targets = [], style = {} }: PlotSelection = {},
): PlotCollection {
  for (const target of targets) {
    const isKnown = contents.some((content) => collectPlots(content, [target]).length > 0)
    if (!isKnown) throw unknownPlotError(contents, target)
  }
  const groups = new Map<string, RevisionRequest[]>()
  for (const content of contents) {
    for (const [id, request] of nameRequests(collectPlots(content, targets))) {
      const group = groups.get(id) ?? []
      groups.set(id, [...group, { content, request }])
    }
  }
  const failures: PlotFailure[] = []
  const plots = Array.from(groups, ([id, requests]) => readPlot(id, requests, style, failures))
  return { plots, failures }
}

/** One plot in one revision. */
interface RevisionRequest {
  readonly content: Content
  readonly request: PlotRequest
}

/** The file that defines it goes before an id that several have. */
function nameRequests(requests: readonly PlotRequest[]): ReadonlyMap<string, PlotRequest> {
  const sources = new Map<string, Set<string>>()
  for (const { id, source } of requests) {
    sources.set(id, new Set([...(sources.get(id) ?? []), source]))
  }
  return new Map(
    requests.map((request) => {
      const isShared = (sources.get(request.id)?.size ?? 0) > 1 && request.source !== ''
      return [isShared ? `${request.source}::${request.id}` : request.id, request]
    }),
  )
}

function readPlot(
  id: string,
  requests: readonly RevisionRequest[],
  override: Partial<PlotStyle>,
  failures: PlotFailure[],
): Plot {
  const collect = <T>(read: (each: RevisionRequest) => T): T[] =>
    requests.flatMap((each) => {
      try {
        return [read(each)]
      } catch (error) {
        if (!(error instanceof ToolkitError)) throw error
        failures.push({ id, revision: each.content.name, error })
        return []
      }
    })
  if (isImage(requests[0]!.request.id)) return { kind: 'image', id, images: collect(readImage) }
  const style = mergeStyles([override, ...requests.map(({ request }) => request.style)])
  const points = collect(({ content, request }) => readPoints(content, { ...request, style }))
  const series = points.flatMap((each) => each.series)
  return {
    kind: 'chart',
    id,
    title: style.title ?? id,
    template: style.template ?? 'linear',
    ...axesOf(points[0]),
    revisions: [...new Set(series.map(({ revision }) => revision))],
    series,
  }
}

function axesOf(points: PlotAxes | undefined): PlotAxes {
  const { xField = '', yField = '', xLabel = '', yLabel = '' } = points ?? {}
  return { xField, yField, xLabel, yLabel }
}

function readImage({ content, request: { id } }: RevisionRequest): PlotImage {
  const bytes = content.read(resolve(content.snapshot.directory, id))
  if (bytes === undefined) {
    throw new ToolkitError('FILE_MISSING', `there is no file '${id}'`, {
      hint: 'make it by running its stage, or restore it with: mlpt checkout',
    })
  }
  return { revision: content.name, path: id, bytes }
}

/** The first that says something counts. */
function mergeStyles(styles: readonly Partial<PlotStyle>[]): PlotStyle {
  const firstOf = <K extends keyof PlotStyle>(key: K): PlotStyle[K] | undefined =>
    styles.map((style) => style[key]).find((value) => isSaid(value))
  return {
    ...plainStyle,
    x: firstOf('x') ?? [],
    y: firstOf('y') ?? [],
    xLabel: firstOf('xLabel'),
    yLabel: firstOf('yLabel'),
    title: firstOf('title'),
    template: firstOf('template'),
    hasHeader: firstOf('hasHeader'),
  }
}

function isSaid(value: unknown): boolean {
  return value !== undefined && !(Array.isArray(value) && value.length === 0)
}

function readPoints(content: Content, request: PlotRequest): ReturnType<typeof toPoints> {
  const hasHeader = request.style.hasHeader ?? true
  const data = new Map<string, PlotData>()
  for (const file of filesOf(request)) {
    const location = resolve(content.snapshot.directory, file)
    data.set(file, readPlotData(content.read(location), file, { hasHeader }))
  }
  return toPoints(request, content.name, data)
}
