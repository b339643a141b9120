/** Pictures as small as a word. */

import { html, noMarkup, type Markup } from '../../core/markup.ts'
import { roundPlace } from './round-place.ts'

const width = 110
const height = 26

/** Bars of equal width for counts, such as a histogram's; nothing without any count. */
export function drawSparkBars(counts: readonly number[], label: string): Markup {
  const most = counts.reduce((a, b) => Math.max(a, b), 0)
  if (most <= 0) return noMarkup
  const step = width / counts.length
  const steps = counts.map((count, i) => {
    // A bin that has rows is seen, however few they are.
    const top = height - (count > 0 ? Math.max((count / most) * height, 1.5) : 0)
    return `V${roundPlace(top)}H${roundPlace((i + 1) * step)}`
  })
  return html`<svg
    class="spark"
    viewBox="0 0 ${width} ${height}"
    preserveAspectRatio="none"
    role="img"
    aria-label="${label}"
  >
    <path class="cur" d="M0 ${height}${steps.join('')}V${height}Z" />
  </svg>`
}

/**
 * A line through values in order; it is broken where one is `undefined` or not finite.
 *
 * @param options.limit - drawn as a dashed line across, such as a threshold
 */
export function drawSparkLine(
  values: readonly (number | undefined)[],
  { label, limit }: { readonly label: string; readonly limit?: number },
): Markup {
  const known = [...values, limit].filter(isFiniteNumber)
  if (!values.some(isFiniteNumber)) return noMarkup
  const low = known.reduce((a, b) => Math.min(a, b))
  const high = known.reduce((a, b) => Math.max(a, b))
  // Halves, because the distance of two numbers may be beyond all numbers.
  const yOf = (value: number): number =>
    high === low
      ? height / 2
      : 3 + (1 - (value / 2 - low / 2) / (high / 2 - low / 2)) * (height - 6)
  const xOf = (i: number): number =>
    values.length === 1 ? width / 2 : 3 + (i / (values.length - 1)) * (width - 6)
  const path = values.map((value, i) => {
    if (!isFiniteNumber(value)) return ''
    const isFirst = i === 0 || !isFiniteNumber(values[i - 1])
    return `${isFirst ? 'M' : 'L'}${roundPlace(xOf(i))} ${roundPlace(yOf(value))}`
  })
  const last = values.findLastIndex(isFiniteNumber)
  const across =
    limit === undefined ? noMarkup : html`<path class="limit" d="M0 ${yOf(limit)}H${width}" />`
  return html`<svg class="spark" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">
    ${across}
    <path class="trend" d="${path.join('')}" />
    <circle class="dot" cx="${xOf(last)}" cy="${yOf(values[last] ?? 0)}" r="2.5" />
  </svg>`
}

function isFiniteNumber(value: number | undefined): value is number {
  return value !== undefined && Number.isFinite(value)
}
