import type { VNode } from 'preact'
import { html } from 'htm/preact'

export interface Series {
  readonly label: string
  /** Which of the eight colours, counted from 0; also the dash pattern. */
  readonly colour: number
  readonly points: readonly (readonly [number, number])[]
}

interface Props {
  readonly title: string
  readonly xLabel: string
  readonly yLabel: string
  readonly series: readonly Series[]
  /** Both axes from 0 to 1, with the diagonal. */
  readonly isUnitSquare?: boolean
}

const width = 340
const height = 300
const frame = { left: 52, right: 14, top: 12, bottom: 44 }

/** Lines over two labelled axes; a legend names them when there are several. */
export function LineChart(props: Props): VNode {
  const { title, series, isUnitSquare = false } = props
  const all = series.flatMap(({ points }) => points)
  const x = createScale(isUnitSquare ? [0, 1] : extent(all.map(([value]) => value)), [
    frame.left,
    width - frame.right,
  ])
  const y = createScale(isUnitSquare ? [0, 1] : extent(all.map(([, value]) => value)), [
    height - frame.bottom,
    frame.top,
  ])
  const names = series.map(({ label }) => label).join(', ')
  return html`
    <figure class="chart">
      <figcaption>${title}</figcaption>
      <svg viewBox=${`0 0 ${width} ${height}`} role="img" aria-label=${`${title} of ${names}`}>
        <${Axes} x=${x} y=${y} xLabel=${props.xLabel} yLabel=${props.yLabel} />
        ${
          isUnitSquare &&
          html`<line
            class="diagonal"
            x1=${x.place(0)}
            y1=${y.place(0)}
            x2=${x.place(1)}
            y2=${y.place(1)}
          />`
        }
        ${series.map(
          ({ colour, points }) =>
            html`<polyline
              class=${`line series-${colour % 8}`}
              points=${points.map(([px, py]) => `${round(x.place(px))},${round(y.place(py))}`).join(' ')}
            />`,
        )}
      </svg>
      ${series.length > 1 && html`<${Legend} series=${series} />`}
    </figure>
  `
}

function Legend({ series }: { readonly series: readonly Series[] }): VNode {
  return html`<ul class="legend">
    ${series.map(
      ({ label, colour }) =>
        html`<li>
          <svg class="key" viewBox="0 0 24 8" aria-hidden="true">
            <line class=${`line series-${colour % 8}`} x1="0" y1="4" x2="24" y2="4" />
          </svg>
          ${label}
        </li>`,
    )}
  </ul>`
}

interface Scale {
  readonly ticks: readonly number[]
  readonly place: (value: number) => number
}

function Axes({
  x,
  y,
  xLabel,
  yLabel,
}: {
  readonly x: Scale
  readonly y: Scale
  readonly xLabel: string
  readonly yLabel: string
}): VNode {
  const bottom = height - frame.bottom
  const right = width - frame.right
  return html`
    <g class="axes">
      ${y.ticks.map(
        (tick) => html`
          <line x1=${frame.left} x2=${right} y1=${y.place(tick)} y2=${y.place(tick)} />
          <text class="end" x=${frame.left - 6} y=${y.place(tick) + 4}>${formatTick(tick)}</text>
        `,
      )}
      ${x.ticks.map(
        (tick) => html`
          <line x1=${x.place(tick)} x2=${x.place(tick)} y1=${frame.top} y2=${bottom} />
          <text class="middle" x=${x.place(tick)} y=${bottom + 16}>${formatTick(tick)}</text>
        `,
      )}
      <text class="middle" x=${(frame.left + right) / 2} y=${height - 8}>${xLabel}</text>
      <text class="middle" transform=${`translate(12 ${(frame.top + bottom) / 2}) rotate(-90)`}>
        ${yLabel}
      </text>
    </g>
  `
}

function createScale(
  [low, high]: readonly [number, number],
  [from, to]: readonly [number, number],
): Scale {
  return {
    ticks: roundTicks(low, high),
    place: (value) => from + ((value - low) / (high - low)) * (to - from),
  }
}

/** Multiples of 1, 2, 2.5 or 5 times a power of ten from low to high, six at most. */
function roundTicks(low: number, high: number): readonly number[] {
  const power = 10 ** Math.floor(Math.log10(high - low))
  const step =
    [0.1, 0.2, 0.25, 0.5, 1, 2]
      .map((size) => size * power)
      .find((size) => (high - low) / size <= 5) ?? high - low
  const first = Math.ceil(low / step - 1e-9)
  const count = Math.floor(high / step + 1e-9) - first + 1
  return Array.from({ length: count }, (_, i) => (first + i) * step)
}

/** Lowest and highest finite value, a little apart when they are one. */
function extent(values: readonly number[]): readonly [number, number] {
  const finite = values.filter((value) => Number.isFinite(value))
  const low = finite.reduce((a, b) => Math.min(a, b), Infinity)
  const high = finite.reduce((a, b) => Math.max(a, b), -Infinity)
  if (finite.length === 0) return [0, 1]
  return low < high ? [low, high] : [low - 0.5, high + 0.5]
}

function formatTick(value: number): string {
  const rounded = Number(value.toPrecision(6))
  return Math.abs(rounded) >= 1e6 || (rounded !== 0 && Math.abs(rounded) < 1e-3)
    ? rounded.toExponential(1)
    : String(rounded)
}

function round(value: number): number {
  return Math.round(value * 100) / 100
}
