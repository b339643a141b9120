/** Histograms of numbers: one, or two over each other, with limits drawn in. */

import { html, noMarkup, type Markup } from '../../core/markup.ts'
import { roundPlace } from './round-place.ts'
import { formatNumber } from '../../core/format-number.ts'

/** Counts between ascending edges; there is one more edge than counts. */
export interface Bins {
  readonly edges: readonly number[]
  readonly counts: readonly number[]
}

/** What a picture of a distribution shows. */
export interface HistogramOptions {
  readonly current: Bins
  /** Drawn as an outline over it, by share, so that different numbers of rows compare. */
  readonly reference?: Bins
  /** What values must keep to: beyond it the picture is shaded, and bars are in the failing colour. */
  readonly limits?: { readonly min?: number; readonly max?: number }
  /** Ranges that numbers of the column must lie in, such as its mean: each in a lane below the picture. */
  readonly bands?: readonly Band[]
  /** Says to a screen reader what is drawn. */
  readonly label: string
  /** Whether numbers stand at the axis; not so when values are hidden. */
  readonly hasNumbers?: boolean
  /** Turns a number at the axis into text, such as a time. */
  readonly format?: (value: number) => string
}

/** Where a number of the column must lie, and where it lies. */
export interface Band {
  readonly name: string
  /** Without one it is open. */
  readonly min?: number
  readonly max?: number
  readonly found?: number
  readonly isBroken: boolean
}

const width = 480
const height = 120
const laneHeight = 18
const bottom = 100
const top = 16

/** Nothing without any count. */
export function drawHistogram(options: HistogramOptions): Markup {
  const { current, reference, limits = {}, label } = options
  const bars = toBars(current)
  const outline = reference === undefined ? [] : toBars(reference)
  if (bars.length === 0 && outline.length === 0) return noMarkup
  const [start, end] = spanOf([...bars, ...outline], limits)
  // Of numbers so far apart or so near to each other that their distance is none there is no picture.
  const most = [...bars, ...outline].reduce((highest, { density }) => Math.max(highest, density), 0)
  if (!Number.isFinite(end - start) || !(end > start) || !Number.isFinite(most)) return noMarkup
  const scale: Scale = { start, end, most }
  const { bands = [] } = options
  const whole = height + bands.length * laneHeight
  return html`<svg class="chart" viewBox="0 0 ${width} ${whole}" role="img" aria-label="${label}">
    ${drawOutside(limits, scale)}${drawBars(bars, scale)}${drawBarsBeyond(bars, limits, scale)}${outline.length === 0 ? noMarkup : drawOutline(outline, scale)}
    <path class="axis" d="M0 ${bottom}H${width}" />
    ${drawLimits(options, scale)}${options.hasNumbers === false ? noMarkup : drawEnds(options, scale)}
    ${bands.map((band, lane) => drawBand(band, lane, scale))}
  </svg>`
}

interface Bar {
  readonly from: number
  readonly to: number
  readonly density: number
}

interface Scale {
  readonly start: number
  readonly end: number
  readonly most: number
}

/** Share of the rows per unit; a bin without width gets one that can be seen. */
function toBars({ edges, counts }: Bins): Bar[] {
  const total = counts.reduce((sum, count) => sum + count, 0)
  if (total === 0) return []
  const span = (edges.at(-1) ?? 0) - (edges[0] ?? 0)
  const least = span > 0 ? span / 1000 : Math.max(Math.abs(edges[0] ?? 0), 1) / 20
  return counts.map((count, i) => {
    const [from, to] = [edges[i]!, edges[i + 1]!]
    const room = to - from < least ? (least - (to - from)) / 2 : 0
    return { from: from - room, to: to + room, density: count / total / (to - from + 2 * room) }
  })
}

/** From the first to the last bar, and to limits that are not far away. */
function spanOf(
  bars: readonly Bar[],
  { min, max }: { min?: number; max?: number },
): [number, number] {
  const low = bars.reduce((least, { from }) => Math.min(least, from), Infinity)
  const high = bars.reduce((most, { to }) => Math.max(most, to), -Infinity)
  const reach = (high - low) * 0.6
  const near = [min, max].filter(
    (limit): limit is number =>
      limit !== undefined && limit >= low - reach && limit <= high + reach,
  )
  const [start, end] = [Math.min(low, ...near), Math.max(high, ...near)]
  const room = (end - start) * 0.02
  return [start - room, end + room]
}

function xOf(value: number, { start, end }: Scale): number {
  return ((value - start) / (end - start)) * width
}

function yOf(density: number, { most }: Scale): number {
  // A bin that has rows is seen, however few they are.
  return bottom - (density > 0 ? Math.max((density / most) * (bottom - top), 1.5) : 0)
}

function drawBars(bars: readonly Bar[], scale: Scale): Markup {
  const path = bars
    .filter(({ density }) => density > 0)
    .map(({ from, to, density }) => {
      const [left, right] = [xOf(from, scale), xOf(to, scale)]
      const gap = right - left > 4 ? 0.5 : 0
      return `M${roundPlace(left + gap)} ${bottom}V${roundPlace(yOf(density, scale))}H${roundPlace(right - gap)}V${bottom}Z`
    })
  return html`<path class="cur" d="${path.join('')}" />`
}

/** What of the bars lies beyond a limit, where the first or last value does. */
function drawBarsBeyond(
  bars: readonly Bar[],
  { min = -Infinity, max = Infinity }: { min?: number; max?: number },
  scale: Scale,
): Markup {
  const beyond = bars.flatMap(({ from, to, density }) => [
    { from, to: Math.min(to, min), density },
    { from: Math.max(from, max), to, density },
  ])
  const path = beyond
    .filter(({ from, to, density }) => density > 0 && to > from)
    .map(
      ({ from, to, density }) =>
        `M${roundPlace(xOf(from, scale))} ${bottom}V${roundPlace(yOf(density, scale))}H${roundPlace(xOf(to, scale))}V${bottom}Z`,
    )
  return path.length === 0 ? noMarkup : html`<path class="beyond" d="${path.join('')}" />`
}

/** A lane with the range, the place of what was found and the name of both. */
function drawBand(band: Band, lane: number, scale: Scale): Markup {
  const { name, min, max, found, isBroken } = band
  const y = height + lane * laneHeight
  const [from, to] = [
    min === undefined ? 0 : clamp(xOf(min, scale)),
    max === undefined ? width : clamp(xOf(max, scale)),
  ]
  const mark =
    found === undefined
      ? noMarkup
      : html`<path class="found" d="M${clamp(xOf(found, scale))} ${y - 2}v14" />`
  const place = found === undefined ? to : clamp(xOf(found, scale))
  const [left, right] = [Math.min(from, place), Math.max(to, place)]
  const text =
    right > width * 0.75
      ? html`<text class="tick end" x="${Math.max(left - 6, 110)}" y="${y + 10}">${name}</text>`
      : html`<text class="tick" x="${right + 6}" y="${y + 10}">${name}</text>`
  return html`<g class="${isBroken ? 'bad' : 'good'}">
    <rect
      class="band"
      x="${from}"
      y="${y}"
      width="${Math.max(to - from, 2)}"
      height="10"
    />${mark}${text}
  </g>`
}

function drawOutline(bars: readonly Bar[], scale: Scale): Markup {
  const path = bars.map(
    ({ from, to, density }) =>
      `L${roundPlace(xOf(from, scale))} ${roundPlace(yOf(density, scale))}H${roundPlace(xOf(to, scale))}`,
  )
  const first = roundPlace(xOf(bars[0]?.from ?? 0, scale))
  return html`<path class="ref" d="M${first} ${bottom}${path.join('')}V${bottom}" />`
}

function drawOutside({ min, max }: { min?: number; max?: number }, scale: Scale): Markup {
  const below = min === undefined ? noMarkup : drawShade(0, xOf(min, scale))
  const above = max === undefined ? noMarkup : drawShade(xOf(max, scale), width)
  return html`${below}${above}`
}

function drawShade(from: number, to: number): Markup {
  const [left, right] = [clamp(from), clamp(to)]
  if (right <= left) return noMarkup
  return html`<rect
    class="outside"
    x="${left}"
    y="${top}"
    width="${right - left}"
    height="${bottom - top}"
  />`
}

function drawLimits(
  { limits = {}, format = formatNumber }: HistogramOptions,
  scale: Scale,
): Markup {
  const draw = (value: number | undefined, sign: string): Markup => {
    if (value === undefined) return noMarkup
    const x = xOf(value, scale)
    const place = clamp(x)
    const isLeft = place > width / 2
    const arrow = x < 0 ? '← ' : x > width ? '→ ' : ''
    const line =
      arrow === '' ? html`<path class="limit" d="M${place} ${top - 2}V${bottom}" />` : noMarkup
    return html`${line}<text
        class="limits${isLeft ? ' end' : ''}"
        x="${place + (isLeft ? -4 : 4)}"
        y="11"
        >${arrow}${sign} ${format(value)}</text
      >`
  }
  return html`${draw(limits.min, 'min')}${draw(limits.max, 'max')}`
}

function drawEnds(
  { current, reference, format = formatNumber }: HistogramOptions,
  scale: Scale,
): Markup {
  const edges = [...current.edges, ...(reference?.edges ?? [])]
  if (edges.length === 0) return noMarkup
  const low = edges.reduce((a, b) => Math.min(a, b))
  const high = edges.reduce((a, b) => Math.max(a, b))
  if (low === high) {
    return html`<text class="tick mid" x="${xOf(low, scale)}" y="${bottom + 16}"
      >${format(low)}</text
    >`
  }
  return html`<text class="tick" x="${Math.min(xOf(low, scale), width / 2)}" y="${bottom + 16}"
      >${format(low)}</text
    ><text class="tick end" x="${Math.max(xOf(high, scale), width / 2)}" y="${bottom + 16}"
      >${format(high)}</text
    >`
}

function clamp(x: number): number {
  return Math.min(Math.max(x, 0), width)
}

/** Names the two distributions of a picture. */
export function drawLegend(current: string, reference: string): Markup {
  return html`<ul class="legend">
    <li>
      <svg viewBox="0 0 22 10" aria-hidden="true"><rect class="cur" width="22" height="10" /></svg
      >${current}
    </li>
    <li>
      <svg viewBox="0 0 22 10" aria-hidden="true"><path class="ref" d="M0 5H22" /></svg>${reference}
    </li>
  </ul>`
}
