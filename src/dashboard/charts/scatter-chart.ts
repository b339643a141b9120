import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { html } from 'htm/preact'
import type { Run } from '../../core/tracking.ts'
import {
  Axes,
  createLogScale,
  createNameScale,
  createScale,
  size,
  xRange,
  yRange,
  type Scale,
} from './chart-axes.ts'
import { formatNumber } from '../format.ts'
import { formatPlace } from '../place.ts'
import { metricFields, paramFields, type ScatterField } from './scatter-fields.ts'

interface Props {
  readonly runs: readonly Run[]
  /** Each run in the colour that it has elsewhere on the page. */
  readonly hasColours: boolean
}

/** One param or metric against another, a dot for each run; a dot leads to its run. */
export function ScatterChart({ runs, hasColours }: Props): VNode | null {
  const metrics = metricFields(runs)
  const params = paramFields(runs)
  const fields = [...params, ...metrics]
  const [xId, setX] = useState<string>()
  const [yId, setY] = useState<string>()
  const x = fields.find(({ id }) => id === xId) ?? fullest(params) ?? fields[0]
  const y = metrics.find(({ id }) => id === yId) ?? fullest(metrics)
  if (runs.length < 2 || x === undefined || y === undefined) return null
  return html`
    <section>
      <h2>Params against metrics</h2>
      <div class="tools">
        <${Choice} label="Across" fields=${fields} chosen=${x} onChoose=${setX} />
        <${Choice} label="Up" fields=${metrics} chosen=${y} onChoose=${setY} />
      </div>
      <${Dots} runs=${runs} x=${x} y=${y} hasColours=${hasColours} />
    </section>
  `
}

/** What most runs have a value of; the first of several. */
function fullest(fields: readonly ScatterField[]): ScatterField | undefined {
  return fields.toSorted((a, b) => countValues(b) - countValues(a))[0]
}

function countValues({ values }: ScatterField): number {
  return values.filter((value) => value !== undefined).length
}

interface ChoiceProps {
  readonly label: string
  readonly fields: readonly ScatterField[]
  readonly chosen: ScatterField
  readonly onChoose: (id: string) => void
}

function Choice({ label, fields, chosen, onChoose }: ChoiceProps): VNode {
  const choose = ({ currentTarget }: { readonly currentTarget: HTMLSelectElement }): void =>
    onChoose(currentTarget.value)
  return html`<label class="choice">
    ${label}
    <select value=${chosen.id} onChange=${choose}>
      ${fields.map(
        ({ id, name }) =>
          html`<option key=${id} value=${id} selected=${id === chosen.id}>
            ${id.startsWith('params.') ? `${name} (param)` : name}
          </option>`,
      )}
    </select>
  </label>`
}

const mostInTabOrder = 40

interface DotsProps extends Props {
  readonly x: ScatterField
  readonly y: ScatterField
}

function Dots({ runs, x, y, hasColours }: DotsProps): VNode {
  const points = runs.flatMap((run, colour) => {
    const [across, up] = [x.values[colour], y.values[colour]]
    return across === undefined || up === undefined ? [] : [{ run, colour, across, up }]
  })
  const left = runs.length - points.length
  const xScale = scaleOf(
    x,
    points.map(({ across }) => across),
    xRange,
  )
  const yScale = scaleOf(
    y,
    points.map(({ up }) => up),
    yRange,
  )
  const title = `${y.name} by ${x.name}`
  // The keyboard reaches each of a few dots; among hundreds nobody would get past, and the table has all runs.
  const tabIndex = points.length > mostInTabOrder ? -1 : 0
  return html`
    <figure class="chart">
      <figcaption>${title}</figcaption>
      <svg
        viewBox=${`0 0 ${size.width} ${size.height}`}
        role="group"
        aria-label=${`${title} of ${points.length} runs`}
      >
        <${Axes} x=${xScale} y=${yScale} xLabel=${x.name} yLabel=${y.name} />
        ${points.map(
          ({ run, colour, across, up }) =>
            html`<a
              key=${run.runId}
              tabindex=${tabIndex}
              href=${formatPlace({ view: 'run', runId: run.runId })}
            >
              <circle
                class=${`scatter series-${hasColours ? colour % 8 : 0}`}
                cx=${xScale.place(across)}
                cy=${yScale.place(up)}
                r="5"
              />
              <title>${`${run.runName}: ${tell(x, across)}, ${tell(y, up)}`}</title>
            </a>`,
        )}
      </svg>
      ${left > 0 && html`<p class="quiet">${formatLeft(left)}</p>`}
    </figure>
  `
}

function formatLeft(count: number): string {
  return count === 1
    ? '1 run has no finite value of these and is left out.'
    : `${count} runs have no finite value of these and are left out.`
}

function tell({ name, names }: ScatterField, value: number): string {
  return `${name} ${names?.[value] ?? formatNumber(value)}`
}

/** So many times larger than the smallest, and the small ones would lie on one another. */
const logFrom = 100

function scaleOf(
  { names }: ScatterField,
  values: readonly number[],
  [from, to]: readonly [number, number],
): Scale {
  // A dot at the edge lies on no axis and no tick.
  const inset = Math.sign(to - from) * 10
  const range = [from + inset, to - inset] as const
  if (names !== undefined) return createNameScale(names, range)
  const low = values.reduce((a, b) => Math.min(a, b), Infinity)
  const high = values.reduce((a, b) => Math.max(a, b), -Infinity)
  const isLog = low > 0 && Number.isFinite(high) && high / low >= logFrom
  return isLog ? createLogScale(values, range) : createScale(values, range)
}
