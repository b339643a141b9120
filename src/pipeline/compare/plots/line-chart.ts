/** Lines and points: the templates linear, simple, smooth and scatter. */

import type { YamlValue } from '../../yaml/yaml-value.ts'
import { createAxisScale, toLabel, type AxisScale } from './axis-scale.ts'
import { drawFrame, marginFor, type ChartArea } from './chart-frame.ts'
import { html, noMarkup, type Markup } from '../../../core/markup.ts'
import type { ChartPlot } from './read-plots.ts'
import type { SeriesMark, StyledSeries } from './series-style.ts'
import { smooth } from './smooth.ts'

const size = { width: 640, height: 380 }
const margins = { top: 12, right: 16, bottom: 48 }

/** How a series is drawn. */
interface LineStyle {
  readonly hasLine: boolean
  readonly hasPoints: boolean
  readonly isSmooth: boolean
}

const styles: Readonly<Record<string, LineStyle>> = {
  simple: { hasLine: true, hasPoints: false, isSmooth: false },
  linear: { hasLine: true, hasPoints: true, isSmooth: false },
  smooth: { hasLine: true, hasPoints: false, isSmooth: true },
  scatter: { hasLine: false, hasPoints: true, isSmooth: false },
  scatter_jitter: { hasLine: false, hasPoints: true, isSmooth: false },
}

/** Draws all series over the same axes. */
export function drawLineChart(plot: ChartPlot, series: readonly StyledSeries[]): Markup {
  const points = plot.series.flatMap((each) => each.points)
  const x = createAxisScale(points.map((point) => point.x))
  const y = createAxisScale(
    points.map((point) => point.y),
    { padding: 0.05 },
  )
  const left = marginFor(y)
  const area: ChartArea = {
    left,
    top: margins.top,
    width: size.width - left - margins.right,
    height: size.height - margins.top - margins.bottom,
  }
  const style = styles[plot.template] ?? styles['linear']!
  const frame = drawFrame({ area, x, y, xLabel: plot.xLabel, yLabel: plot.yLabel })
  // The first revision comes last, on top.
  const drawn = series.toReversed().map((each) => drawSeries(each, { area, x, y, style }))
  return html`<svg viewBox="0 0 ${size.width} ${size.height}" role="img" aria-label="${plot.title}">
    ${frame}${drawn}
  </svg>`
}

interface Drawing {
  readonly area: ChartArea
  readonly x: AxisScale
  readonly y: AxisScale
  readonly style: LineStyle
}

interface Dot {
  readonly x: number
  readonly y: number
  readonly title: string
}

/** More would hide the line. */
const mostDots = 80

function drawSeries(each: StyledSeries, { area, x, y, style }: Drawing): Markup {
  const dots = each.series.points.map((point) => toDot(each, point, { area, x, y }))
  const present = dots.filter((dot) => dot !== undefined)
  const isScatter = !style.hasLine
  const lines = style.isSmooth
    ? html`${drawPath(sortDots(present), each, 'raw')}${drawPath(smooth(present, bandwidth), each, '')}`
    : drawPath(sortDots(present), each, '')
  const hasDots = isScatter || (style.hasPoints && present.length <= mostDots)
  // A single point makes no line.
  return html`${isScatter ? noMarkup : lines}${hasDots || present.length === 1 ? drawDots(present, each, isScatter) : drawHints(present)}`
}

const bandwidth = 0.3

function toDot(
  { label }: StyledSeries,
  point: { readonly x: YamlValue | undefined; readonly y: YamlValue | undefined },
  { area, x, y }: Omit<Drawing, 'style'>,
): Dot | undefined {
  const [across, upward] = [x.placeOf(point.x), y.placeOf(point.y)]
  if (across === undefined || upward === undefined) return undefined
  const place = `${toLabel(point.x)}, ${toLabel(point.y)}`
  return {
    x: area.left + across * area.width,
    y: area.top + (1 - upward) * area.height,
    title: label === '' ? place : `${label}: ${place}`,
  }
}

/** A line goes from left to right, whatever the order of its rows. */
function sortDots(dots: readonly Dot[]): Dot[] {
  return dots.toSorted((a, b) => a.x - b.x)
}

function drawPath(
  points: readonly { readonly x: number; readonly y: number }[],
  { color, dashes, isUnder }: StyledSeries,
  kind: 'raw' | '',
): Markup {
  const steps = points.map(({ x, y }, i) => `${i === 0 ? 'M' : 'L'}${round(x)} ${round(y)}`)
  const names = `line c${color} ${kind}${isUnder ? ' under' : ''}`
  return html`<path class="${names}" stroke-dasharray="${dashes}" d="${steps.join('')}" />`
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}

function drawDots(dots: readonly Dot[], each: StyledSeries, isScatter: boolean): Markup {
  const radius = (isScatter ? 4.5 : 3) + (each.isUnder ? 1.5 : 0)
  const drawn = dots.map(
    ({ x, y, title }) =>
      html`<path d="${markPath(each.mark, { x, y, radius })}"><title>${title}</title></path>`,
  )
  return html`<g class="dots c${each.color}">${drawn}</g>`
}

/** The outline of a point's shape. */
export function markPath(
  mark: SeriesMark,
  { x, y, radius: r }: { readonly x: number; readonly y: number; readonly radius: number },
): string {
  const at = `M${round(x)} ${round(y)}`
  switch (mark) {
    case 'circle':
      return `${at}m${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`
    case 'square':
      return `${at}m${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}z`
    case 'triangle':
      return `${at}m0 ${-r}l${r} ${2 * r}h${-2 * r}z`
    case 'diamond':
      return `${at}m0 ${-r}l${r} ${r}l${-r} ${r}l${-r} ${-r}z`
  }
}

/** Nothing to see, but the values show up under the pointer. */
function drawHints(dots: readonly Dot[]): Markup {
  const every = Math.ceil(dots.length / 400)
  return html`<g class="hints"
    >${dots
      .filter((_, i) => i % every === 0)
      .map(
        ({ x, y, title }) =>
          html`<circle cx="${x}" cy="${y}" r="6"><title>${title}</title></circle>`,
      )}</g
  >`
}
