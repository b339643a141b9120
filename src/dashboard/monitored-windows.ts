import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { html } from 'htm/preact'
import type { MonitoredPerformance, MonitoredWindow } from '../core/monitored-window.ts'
import { formatNumber, formatTime } from './format.ts'
import { WideTable } from './wide-table.ts'

/** So many at first, and more with each asking: all of them would push the page far down. */
const shownAtOnce = 10

/** The windows, the newest first, with what was found. */
export function MonitoredWindows({
  windows,
}: {
  readonly windows: readonly MonitoredWindow[]
}): VNode {
  const [wanted, setWanted] = useState(shownAtOnce)
  if (windows.length === 0) return html`<p class="quiet">No window is complete yet.</p>`
  const shown = windows.slice(-wanted).toReversed()
  const older = windows.length - shown.length
  return html`
    <${WideTable}
      label="Windows"
      kind="windows"
      columns=${['From', 'To', 'Version', ['Rows', 'number'], 'Verdict', 'What moved', 'Performance']}
    >
      ${shown.map((window) => html`<${WindowRow} key=${window.key} window=${window} />`)}
    <//>
    ${
      older > 0 &&
      html`<p class="tools">
        <button type="button" onClick=${() => setWanted(wanted + shownAtOnce)}>
          Show ${Math.min(older, shownAtOnce)} older
        </button>
        <span class="quiet">${shown.length} of ${windows.length} windows</span>
      </p>`
    }
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
      <td><${Moved} window=${window} /></td>
      <td><${Performance} performance=${performance} /></td>
    </tr>
  `
}

function Verdict({ window }: { readonly window: MonitoredWindow }): VNode {
  if (window.state === 'too-few-rows') return html`<span class="status idle">· too few rows</span>`
  return movedIn(window).length + movedInSegments(window).length > 0
    ? html`<span class="status failed">✗ drift</span>`
    : html`<span class="status finished">✓ as known</span>`
}

function Moved({ window }: { readonly window: MonitoredWindow }): VNode {
  const inSegments = movedInSegments(window)
  return html`
    ${movedIn(window).map(line)}
    ${
      inSegments.length > 0 &&
      html`<details>
        <summary>in ${countSegments(inSegments)}</summary>
        ${inSegments.map(line)}
      </details>`
    }
  `
}

function line(text: string): VNode {
  return html`<div key=${text}>${text}</div>`
}

/** The score and the inputs that moved among all rows, a line each. */
export function movedIn(window: MonitoredWindow): readonly string[] {
  const { drifted, prediction, probabilities = [] } = window
  const classes = probabilities.filter(({ isDrifted }) => isDrifted).map(({ name }) => name)
  return [
    ...(prediction?.isDrifted === true ? [`the ${prediction.name}`] : []),
    ...(classes.length === 0 ? [] : [`the probability of ${classes.join(', ')}`]),
    ...(drifted.length === 0 ? [] : [drifted.join(', ')]),
  ]
}

/** The segments among whose rows inputs moved, a line each. */
function movedInSegments({ segments }: MonitoredWindow): readonly string[] {
  const moved = segments.filter((segment) => segment.drifted.length > 0)
  return moved.map(({ name, drifted }) => `${name}: ${drifted.join(', ')}`)
}

function countSegments({ length }: { readonly length: number }): string {
  return length === 1 ? '1 segment' : `${length} segments`
}

const states = {
  'no-labels': 'no labels yet',
  'too-few-labels': 'too few labels',
  'one-class': 'labels of one class',
} as const

function Performance({ performance }: { readonly performance: MonitoredPerformance }): VNode {
  const { segments, ...whole } = performance
  return html`
    <${Measured} ...${whole} />
    ${
      segments.length > 0 &&
      html`<details>
        <summary>in ${countSegments(segments)}</summary>
        ${segments.map(
          (segment) =>
            html`<div key=${segment.name}>
              <b>${segment.name}</b> <${Measured} ...${segment} />
            </div>`,
        )}
      </details>`
    }
  `
}

function Measured({ state, labels, metrics }: Omit<MonitoredPerformance, 'segments'>): VNode {
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
