import type { VNode } from 'preact'
import { html } from 'htm/preact'
import { Axes, createScale, createUnitScale, size, xRange, yRange } from './chart-axes.ts'

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

/** Lines over two labelled axes; a legend names them when there are several. */
export function LineChart(props: Props): VNode {
  const { title, series, isUnitSquare = false } = props
  const all = series.flatMap(({ points }) => points)
  const x = isUnitSquare
    ? createUnitScale(xRange)
    : createScale(
        all.map(([value]) => value),
        xRange,
      )
  const y = isUnitSquare
    ? createUnitScale(yRange)
    : createScale(
        all.map(([, value]) => value),
        yRange,
      )
  const placeOf = ([px, py]: readonly [number, number]): Place => [
    round(x.place(px)),
    round(y.place(py)),
  ]
  const names = series.map(({ label }) => label).join(', ')
  return html`
    <figure class="chart">
      <figcaption>${title}</figcaption>
      <svg
        viewBox=${`0 0 ${size.width} ${size.height}`}
        role="img"
        aria-label=${`${title} of ${names}`}
      >
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
          ({ colour, points }) => html`<${Line} colour=${colour} places=${points.map(placeOf)} />`,
        )}
      </svg>
      ${series.length > 1 && html`<${Legend} series=${series} />`}
    </figure>
  `
}

/** In the drawing, from the left and from above. */
type Place = readonly [number, number]

/** One point alone is a dot: a line of one has no length, and would not be seen. */
export function Line({
  colour,
  places,
}: {
  readonly colour: number
  readonly places: readonly Place[]
}): VNode {
  const look = `line series-${colour % 8}`
  const [only, ...others] = places
  return only !== undefined && others.length === 0
    ? html`<circle class=${look} cx=${only[0]} cy=${only[1]} r="2" />`
    : html`<polyline class=${look} points=${places.map((place) => place.join()).join(' ')} />`
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

function round(value: number): number {
  return Math.round(value * 100) / 100
}
