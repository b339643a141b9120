/** The pictures of a model card, as SVG without a style of its own. */

import { formatNumber, formatShare } from '../../core/format-number.ts'
import { html, type Markup } from '../../core/markup.ts'
import { drawTable } from '../../data/page/data-table.ts'
import { drawName } from '../../data/page/value.ts'
import { roundPlace } from '../../data/page/round-place.ts'
import type { ColumnDependence } from './card-explanations.ts'
import type { CalibrationPoint } from './model-card.ts'

const size = 420
const left = 58
const bottom = 34

/** Shares that happened over probabilities that were told; on the diagonal they are the same. */
export function drawCalibration(points: readonly CalibrationPoint[]): Markup {
  const most = points.reduce(
    (greatest, point) => Math.max(greatest, point.mean_predicted_probability, point.positive_share),
    0.01,
  )
  const x = (value: number): number => roundPlace(left + (value / most) * (size - left))
  const y = (value: number): number => roundPlace(8 + (1 - value / most) * (size - bottom - 8))
  const line = points.map(
    (point) => `${x(point.mean_predicted_probability)} ${y(point.positive_share)}`,
  )
  return html`<svg
    class="chart"
    viewBox="0 0 ${size + 8} ${size}"
    role="img"
    aria-label="Calibration: share of class 1 over predicted probability"
  >
    <path class="axis" d="M${left} 8V${size - bottom}M${left} ${size - bottom}H${size}" />
    <path class="limit" d="M${x(0)} ${y(0)}L${x(most)} ${y(most)}" />
    <path class="trend" d="M${line.join('L')}" />
    ${points.map(
      (point) =>
        html`<circle
          class="dot"
          cx="${x(point.mean_predicted_probability)}"
          cy="${y(point.positive_share)}"
          r="4"
          ><title>
            told ${formatShare(point.mean_predicted_probability)}, happened
            ${formatShare(point.positive_share)}, ${point.rows} rows
          </title></circle
        >`,
    )}
    <text class="tick end" x="${left - 4}" y="16">${formatShare(most)}</text>
    <text class="tick end" x="${left - 4}" y="${size - bottom}">0 %</text>
    <text class="tick" x="${left}" y="${size - 10}">predicted</text>
    <text class="tick end" x="${size}" y="${size - 10}">${formatShare(most)}</text>
  </svg>`
}

const width = 320
const height = 120

/** The mean prediction over the values of a column: a line for numbers, bars for categories. */
export function drawDependence(dependence: ColumnDependence, most: number): Markup {
  return dependence.kind === 'category' ? drawBars(dependence, most) : drawCurve(dependence, most)
}

function drawCurve({ column, values, names, mean }: ColumnDependence, most: number): Markup {
  const [first = 0, last = 0] = [values[0], values.at(-1)]
  const span = last === first ? 1 : last - first
  const x = (value: number): number => roundPlace(left + ((value - first) / span) * (width - left))
  const y = (value: number): number => roundPlace(8 + (1 - value / most) * (height - 32))
  const line = values.map((value, i) => `${x(value)} ${y(mean[i]!)}`)
  return html`<svg
    class="chart"
    viewBox="0 0 ${width + 4} ${height}"
    role="img"
    aria-label="Mean prediction over ${column}"
  >
    <path class="axis" d="M${left} 8V${height - 24}M${left} ${height - 24}H${width}" />
    <path class="trend" d="M${line.join('L')}" />
    <text class="tick end" x="${left - 4}" y="16">${formatShare(most)}</text>
    <text class="tick end" x="${left - 4}" y="${height - 24}">0 %</text>
    <text class="tick" x="${left}" y="${height - 6}">${names?.[0] ?? formatNumber(first)}</text>
    <text class="tick end" x="${width}" y="${height - 6}">
      ${names?.at(-1) ?? formatNumber(last)}
    </text>
  </svg>`
}

function drawBars({ column, values, names, mean }: ColumnDependence, most: number): Markup {
  return drawTable(
    [
      { label: 'Value', kind: 'number' },
      { label: 'Mean prediction', kind: 'number' },
      { label: '' },
    ],
    values,
    {
      label: `Mean prediction over ${column}`,
      what: 'values',
      limitBytes: 10_000,
      toRow: (value, i) => ({
        cells: [
          names === undefined ? html`${formatNumber(value)}` : drawName(names[i]!),
          html`${formatShare(mean[i]!)}`,
          drawBar(mean[i]!, most),
        ],
      }),
    },
  )
}

/** A bar as long as a part of the largest. */
export function drawBar(value: number, most: number): Markup {
  const length = most > 0 && value > 0 ? Math.max((value / most) * 200, 1) : 0
  return html`<svg class="share" viewBox="0 0 200 10" preserveAspectRatio="none" aria-hidden="true">
    <rect class="cur" width="${roundPlace(length)}" height="10" />
  </svg>`
}
