/** The axes around a chart. */

import { html, type Markup } from '../../../core/markup.ts'
import type { AxisScale } from './axis-scale.ts'

/** Where a chart lies in its picture, in the picture's own units. */
export interface ChartArea {
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

/** What is written at the axes. */
export interface FrameOptions {
  readonly area: ChartArea
  readonly x: AxisScale
  readonly y: AxisScale
  readonly xLabel: string
  readonly yLabel: string
}

/** Lines behind the data, with numbers and names at the edges. */
export function drawFrame({ area, x, y, xLabel, yLabel }: FrameOptions): Markup {
  const { left, top, width, height } = area
  const bottom = top + height
  const xTicks = x.ticks.map(({ place, label }) => {
    const at = left + place * width
    return html`<line class="grid" x1="${at}" x2="${at}" y1="${top}" y2="${bottom}" /><text
        class="tick"
        x="${at}"
        y="${bottom + 16}"
        text-anchor="middle"
        >${shorten(label, 12)}</text
      >`
  })
  const yTicks = y.ticks.map(({ place, label }) => {
    const at = bottom - place * height
    return html`<line class="grid" x1="${left}" x2="${left + width}" y1="${at}" y2="${at}" /><text
        class="tick"
        x="${left - 6}"
        y="${at + 4}"
        text-anchor="end"
        >${shorten(label, 18)}</text
      >`
  })
  const middle = top + height / 2
  return html`${xTicks}${yTicks}<text
      class="label"
      x="${left + width / 2}"
      y="${bottom + 36}"
      text-anchor="middle"
      >${xLabel}</text
    ><text class="label" transform="translate(14 ${middle}) rotate(-90)" text-anchor="middle"
      >${yLabel}</text
    >`
}

/** Long names lose their middle. */
export function shorten(text: string, longest: number): string {
  const characters = Array.from(text)
  if (characters.length <= longest) return text
  const kept = longest - 1
  const end = Math.floor(kept / 2)
  return `${characters.slice(0, kept - end).join('')}…${end === 0 ? '' : characters.slice(-end).join('')}`
}

/** Room for the labels of the y axis, of which the longest are cut. */
export function marginFor({ ticks }: Pick<AxisScale, 'ticks'>, longest = 18): number {
  const lengths = ticks.map(({ label }) => Math.min(longest, Array.from(label).length))
  return 38 + Math.max(0, ...lengths) * 7
}
