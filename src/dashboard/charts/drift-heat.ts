import type { VNode } from 'preact'
import { html } from 'htm/preact'
import type { MonitoredColumn, MonitoredWindow } from '../../core/monitored-window.ts'
import { formatNumber, formatTime } from '../format.ts'
import { WideTable } from '../wide-table.ts'

/** The newest windows that fit beside each other. */
const shownWindows = 30

/** Every input in every window: the further from the reference, the darker, and drift with a mark besides. */
export function DriftHeat({ windows }: { readonly windows: readonly MonitoredWindow[] }): VNode {
  const judged = windows.filter(({ state }) => state === 'judged').slice(-shownWindows)
  if (judged.length === 0) {
    return html`<p class="quiet">No window has enough rows yet.</p>`
  }
  const names = orderByDrift(judged)
  return html`
    <${WideTable}
      label="Drift of the inputs"
      kind="heat"
      head=${html`<tr>
        <th scope="col">Input</th>
        ${judged.map(
          (window, place) =>
            html`<th scope="col" title=${`version ${window.version}, ${formatTime(window.from)}`}>
              ${place + 1}
            </th>`,
        )}
      </tr>`}
    >
      ${names.map(
        (name) => html`
          <tr key=${name}>
            <th scope="row">${name}</th>
            ${judged.map(({ columns, key }) => {
              const column = columns.find((one) => one.name === name)
              return html`<${HeatCell} key=${key} column=${column} />`
            })}
          </tr>
        `,
      )}
    <//>
    <p class="quiet">
      Distance from the reference in each window, oldest first; ● has drifted. Point at a cell for
      the reason.
    </p>
  `
}

function HeatCell({ column }: { readonly column: MonitoredColumn | undefined }): VNode {
  if (column === undefined) return html`<td title="not an input of this version"></td>`
  const { isDrifted, reasons, measure, distance } = column
  const told = distance === undefined ? 'not compared' : `${measure} ${formatNumber(distance)}`
  return html`<td class=${`heat-${heatOf(column)}`} title=${isDrifted ? reasons.join('; ') : told}>
    ${isDrifted ? '●' : ''}<span class="unseen">${isDrifted ? `drifted, ${told}` : told}</span>
  </td>`
}

/** From 0, no distance, over 2, half of what matters, to 5, more than twice of it. */
export function heatOf({ isDrifted, distance = 0, threshold = 0.1 }: MonitoredColumn): number {
  const ratio = distance / threshold
  const heat = [0.25, 0.5, 1, 1.5, 2].filter((limit) => ratio >= limit).length
  return isDrifted ? Math.max(3, heat) : Math.min(2, heat)
}

/** Inputs that drift most often first, then in the order of the model. */
export function orderByDrift(windows: readonly MonitoredWindow[]): readonly string[] {
  const drifts = new Map<string, number>()
  for (const { columns } of windows) {
    for (const { name, isDrifted } of columns) {
      drifts.set(name, (drifts.get(name) ?? 0) + Number(isDrifted))
    }
  }
  return [...drifts].toSorted(([, a], [, b]) => b - a).map(([name]) => name)
}
