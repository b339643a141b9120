/** Horizontal bars: the templates bar_horizontal and bar_horizontal_sorted. */

import type { YamlValue } from '../../yaml/yaml-value.ts'
import { createAxisScale, toLabel, toNumber } from './axis-scale.ts'
import { drawFrame, marginFor, shorten, type ChartArea } from './chart-frame.ts'
import { html, type Markup } from '../../../core/markup.ts'
import type { ChartPlot } from './read-plots.ts'
import type { StyledSeries } from './series-style.ts'

const pictureWidth = 640
const margins = { top: 12, right: 24, bottom: 48 }
const barHeight = 14
const groupGap = 10
const longestName = 32

/** One group of bars for each name on the y axis, in the order of the data or from the largest down. */
export function drawBarChart(plot: ChartPlot, series: readonly StyledSeries[]): Markup {
  const points = plot.series.flatMap((each) => each.points)
  const names = orderNames(points, plot.template === 'bar_horizontal_sorted')
  const x = createAxisScale(
    points.map((point) => toNumber(point.x) ?? null),
    { startsAtZero: true, padding: 0.03 },
  )
  const y = { placeOf: () => undefined, ticks: names.map((label) => ({ place: 0, label })) }
  const groupHeight = series.length * barHeight + groupGap
  const left = marginFor(y, longestName)
  const area: ChartArea = {
    left,
    top: margins.top,
    width: pictureWidth - left - margins.right,
    height: names.length * groupHeight,
  }
  const frame = drawFrame({
    area,
    x,
    y: { ...y, ticks: [] },
    xLabel: plot.xLabel,
    yLabel: plot.yLabel,
  })
  const height = area.top + area.height + margins.bottom
  const labels = names.map(
    (name, i) =>
      html`<text
        class="tick"
        x="${left - 6}"
        y="${area.top + (i + 0.5) * groupHeight + 4}"
        text-anchor="end"
        >${shorten(name, longestName)}<title>${name}</title></text
      >`,
  )
  const zero = x.placeOf(0n) ?? 0
  const bars = series.map((each, at) =>
    drawBars(each, (value, name) => {
      const place = x.placeOf(value) ?? zero
      return {
        left: left + Math.min(place, zero) * area.width,
        width: Math.abs(place - zero) * area.width,
        top: area.top + names.indexOf(name) * groupHeight + groupGap / 2 + at * barHeight,
      }
    }),
  )
  return html`<svg viewBox="0 0 ${pictureWidth} ${height}" role="img" aria-label="${plot.title}">
    ${frame}${labels}${bars}
  </svg>`
}

type BarPlace = (
  value: YamlValue | undefined,
  name: string,
) => { readonly left: number; readonly width: number; readonly top: number }

function drawBars({ series, color, label }: StyledSeries, placeOf: BarPlace): Markup {
  const bars = series.points.map(({ x, y }) => {
    const { left, width, top } = placeOf(x, toLabel(y))
    const title = `${label === '' ? '' : `${label}: `}${toLabel(y)}, ${toLabel(x)}`
    return html`<rect x="${left}" y="${top}" width="${width}" height="${barHeight - 2}"
      ><title>${title}</title></rect
    >`
  })
  return html`<g class="bars c${color}">${bars}</g>`
}

function orderNames(
  points: readonly { readonly x: YamlValue | undefined; readonly y: YamlValue | undefined }[],
  isSorted: boolean,
): string[] {
  const largest = new Map<string, number>()
  for (const { x, y } of points) {
    const [name, value] = [toLabel(y), toNumber(x) ?? -Infinity]
    largest.set(name, Math.max(largest.get(name) ?? -Infinity, value))
  }
  const names = [...largest.keys()]
  return isSorted ? names.sort((a, b) => largest.get(b)! - largest.get(a)! || 0) : names
}
