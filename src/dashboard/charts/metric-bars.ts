import type { VNode } from 'preact'
import { html } from 'htm/preact'
import { formatNumber } from '../format.ts'
import type { Measured } from '../measured.ts'

export interface BarRow {
  readonly label: string
  readonly colour: number
  /** `undefined` when the run has no such metric. */
  readonly measured: Measured | undefined
}

interface Props {
  readonly name: string
  readonly rows: readonly BarRow[]
  /** The axis ends at the values instead of at zero; then dots stand where bars would mislead. */
  readonly isZoomed: boolean
}

/** One metric of several runs: a bar from zero or a dot each, the 95 % interval as a line across. */
export function MetricBars({ name, rows, isZoomed }: Props): VNode {
  const axis = createAxis(rows, isZoomed)
  return html`
    <div class="metric">
      <h3>${name}</h3>
      <table class="bars">
        <thead class="unseen">
          <tr>
            <th scope="col">Run</th>
            <th scope="col">Picture</th>
            <th scope="col">Value and 95 % interval</th>
          </tr>
        </thead>
        <tbody>
          ${rows.map(
            (row) =>
              html`<tr>
                <th scope="row" title=${row.label}>${row.label}</th>
                <td class="picture">
                  ${row.measured && axis && html`<${Bar} measured=${row.measured} colour=${row.colour} axis=${axis} />`}
                </td>
                <td class="number"><${Value} measured=${row.measured} /></td>
              </tr>`,
          )}
        </tbody>
        ${axis !== undefined && html`<${Ends} axis=${axis} />`}
      </table>
    </div>
  `
}

function Ends({ axis }: { readonly axis: Axis }): VNode {
  return html`<tfoot aria-hidden="true">
    <tr>
      <td></td>
      <td class="ends">
        <span>${formatNumber(axis.low)}</span><span>${formatNumber(axis.high)}</span>
      </td>
      <td></td>
    </tr>
  </tfoot>`
}

interface Axis {
  readonly low: number
  readonly high: number
  readonly isZoomed: boolean
}

function Bar({
  measured,
  colour,
  axis,
}: {
  readonly measured: Measured
  readonly colour: number
  readonly axis: Axis
}): VNode | null {
  const { value, interval } = measured
  if (!Number.isFinite(value)) return null
  const place = (x: number): number => (100 * (x - axis.low)) / (axis.high - axis.low)
  const [from, to] = [place(0), place(value)]
  const hasInterval =
    interval !== undefined && Number.isFinite(interval.lower) && Number.isFinite(interval.upper)
  return html`
    <svg
      class=${`bar series-${colour % 8}`}
      viewBox="0 0 100 20"
      preserveAspectRatio="none"
      aria-hidden="true"
    >
      ${
        axis.isZoomed
          ? html`<line class="dot" x1=${to} x2=${to} y1="10" y2="10" />`
          : html`<rect x=${Math.min(from, to)} y="3" width=${Math.abs(to - from)} height="14" />`
      }
      ${
        hasInterval &&
        html`<g class="whisker">
          <line x1=${place(interval.lower)} x2=${place(interval.upper)} y1="10" y2="10" />
          <line x1=${place(interval.lower)} x2=${place(interval.lower)} y1="5" y2="15" />
          <line x1=${place(interval.upper)} x2=${place(interval.upper)} y1="5" y2="15" />
        </g>`
      }
    </svg>
  `
}

/** From the lowest to the highest value or bound, and to zero unless zoomed; none when nothing is finite. */
function createAxis(rows: readonly BarRow[], isZoomed: boolean): Axis | undefined {
  const values = rows
    .flatMap(({ measured }) => [
      measured?.value,
      measured?.interval?.lower,
      measured?.interval?.upper,
    ])
    .filter((value) => value !== undefined && Number.isFinite(value))
    .filter((value) => value !== undefined)
  const low = Math.min(...values, ...(isZoomed ? [] : [0]))
  const high = Math.max(...values, ...(isZoomed ? [] : [0]))
  if (values.length === 0) return undefined
  const margin = isZoomed ? (high - low || Math.abs(high) || 1) * 0.05 : 0
  if (high - low + 2 * margin === 0) return { low, high: low + 1, isZoomed }
  return { low: low - margin, high: high + margin, isZoomed }
}

function Value({ measured }: { readonly measured: Measured | undefined }): VNode {
  if (measured === undefined) return html`<span class="quiet">–</span>`
  const { value, interval } = measured
  const range = interval && `(${formatNumber(interval.lower)} – ${formatNumber(interval.upper)})`
  return html`<span title=${value}>${formatNumber(value)}</span>
    ${range && html`${' '}<span class="range">${range}</span>`}`
}
