import type { VNode } from 'preact'
import { html } from 'htm/preact'
import type { MonitoredPerformance, MonitoredWindow } from '../core/monitored-window.ts'
import { formatNumber, formatTime } from './format.ts'

/** The windows, the newest first, with what was found. */
export function MonitoredWindows({
  windows,
}: {
  readonly windows: readonly MonitoredWindow[]
}): VNode {
  if (windows.length === 0) return html`<p class="quiet">No window is complete yet.</p>`
  return html`
    <div class="wide" tabindex="0" role="region" aria-label="Windows">
      <table>
        <thead>
          <tr>
            <th scope="col">From</th>
            <th scope="col">To</th>
            <th scope="col">Version</th>
            <th scope="col" class="number">Rows</th>
            <th scope="col">Verdict</th>
            <th scope="col">What moved</th>
            <th scope="col">Performance</th>
          </tr>
        </thead>
        <tbody>
          ${windows.toReversed().map((window) => html`<${WindowRow} key=${window.key} window=${window} />`)}
        </tbody>
      </table>
    </div>
  `
}

function WindowRow({ window }: { readonly window: MonitoredWindow }): VNode {
  const { from, to, version, rows, size, performance } = window
  return html`
    <tr>
      <th scope="row" class="time">${formatTime(from)}</th>
      <td class="time">${formatTime(to)}</td>
      <td>${version}</td>
      <td class="number">${rows}<span class="interval">${size}</span></td>
      <td><${Verdict} window=${window} /></td>
      <td>${movedIn(window).map((line) => html`<div>${line}</div>`)}</td>
      <td><${Performance} performance=${performance} /></td>
    </tr>
  `
}

function Verdict({ window }: { readonly window: MonitoredWindow }): VNode {
  if (window.state === 'too-few-rows') return html`<span class="status idle">· too few rows</span>`
  return movedIn(window).length > 0
    ? html`<span class="status failed">✗ drift</span>`
    : html`<span class="status finished">✓ as known</span>`
}

/** The score, the inputs and the segments that moved, a line each. */
export function movedIn(window: MonitoredWindow): readonly string[] {
  const { drifted, prediction, probabilities = [], segments } = window
  const classes = probabilities.filter(({ isDrifted }) => isDrifted).map(({ name }) => name)
  const inSegments = segments.filter((segment) => segment.drifted.length > 0)
  return [
    ...(prediction?.isDrifted === true ? [`the ${prediction.name}`] : []),
    ...(classes.length === 0 ? [] : [`the probability of ${classes.join(', ')}`]),
    ...(drifted.length === 0 ? [] : [drifted.join(', ')]),
    ...inSegments.map((segment) => `in ${segment.name}: ${segment.drifted.join(', ')}`),
  ]
}

const states = {
  'no-labels': 'no labels yet',
  'too-few-labels': 'too few labels',
  'one-class': 'labels of one class',
} as const

function Performance({ performance }: { readonly performance: MonitoredPerformance }): VNode {
  const { state, labels, metrics } = performance
  if (state !== 'measured') {
    return html`<span class="quiet">${states[state]}${labels > 0 && ` (${labels})`}</span>`
  }
  return html`
    ${Object.entries(metrics).map(
      ([name, { value, lower, upper }]) =>
        html`<div>
          ${name} ${formatNumber(value)}
          ${lower !== undefined && upper !== undefined && html`<span class="interval">${formatNumber(lower)} to ${formatNumber(upper)}</span>`}
        </div>`,
    )}
    <span class="quiet">${labels} labels</span>
  `
}
