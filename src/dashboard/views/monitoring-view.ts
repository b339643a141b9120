import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { html } from 'htm/preact'
import type {
  MonitoredAlert,
  MonitoredModel,
  MonitoredWindow,
} from '../../core/monitored-window.ts'
import { getMonitored, listMonitored } from '../api-client.ts'
import { DriftHeat } from '../charts/drift-heat.ts'
import { formatNumber, formatTime } from '../format.ts'
import { Loaded, useLoading, useTitle } from '../loading.ts'
import { MonitoredCharts } from '../charts/monitored-charts.ts'
import { MonitoredTrainings } from '../monitored-trainings.ts'
import { MonitoredWindows } from '../monitored-windows.ts'
import { formatPlace } from '../place.ts'
import { WideTable } from '../wide-table.ts'

/** What the prediction logs say: of one model all, else which models there are. */
export function MonitoringView({ model }: { readonly model?: string }): VNode {
  useTitle(model === undefined ? 'Monitoring' : `Monitoring of ${model}`)
  const models = useLoading('monitored', listMonitored)
  return html`
    <h1>Monitoring</h1>
    <${Loaded} state=${models} what="the monitored models">
      ${(names: readonly string[]) => {
        const shown = model ?? (names.length === 1 ? names[0] : undefined)
        return html`
          <${Models} names=${names} shown=${shown} />
          ${shown !== undefined && html`<${Model} key=${shown} model=${shown} />`}
        `
      }}
    <//>
  `
}

interface ModelsProps {
  readonly names: readonly string[]
  readonly shown: string | undefined
}

function Models({ names, shown }: ModelsProps): VNode {
  if (names.length === 0) {
    return html`<p class="quiet">
      Nothing yet. <code>mlpt monitor</code> in the folder this server was started in judges
      what${' '} <code>mlpt serve</code> has logged.
    </p>`
  }
  return html`<p class="tools">
    ${names.map(
      (name) => html`
        <a
          href=${formatPlace({ view: 'monitoring', model: name })}
          aria-current=${name === shown ? 'true' : undefined}
          >${name}</a
        >
      `,
    )}
  </p>`
}

function Model({ model }: { readonly model: string }): VNode {
  const [before, setBefore] = useState<readonly string[]>([])
  const page = before.at(-1)
  const state = useLoading(`${model} ${page}`, async () => getMonitored(model, page))
  return html`
    <${Loaded} state=${state} what="the windows">
      ${(monitored: MonitoredModel) => html`
        <h2>Alerts</h2>
        <${Alerts} alerts=${monitored.alerts} />
        <h2>Trainings</h2>
        <${MonitoredTrainings} monitored=${monitored} />
        <h2>Over time</h2>
        <${Period}
          windows=${monitored.windows}
          onOlder=${monitored.hasOlder && (() => setBefore([...before, monitored.windows[0]!.key]))}
          onNewer=${before.length > 0 && (() => setBefore(before.slice(0, -1)))}
        />
        <${MonitoredCharts} windows=${monitored.windows} />
        <h2>Inputs</h2>
        <${DriftHeat} windows=${monitored.windows} />
        <h2>Windows</h2>
        <${MonitoredWindows} key=${page} windows=${monitored.windows} />
      `}
    <//>
  `
}

interface PeriodProps {
  readonly windows: readonly MonitoredWindow[]
  readonly onOlder: (() => void) | false
  readonly onNewer: (() => void) | false
}

/** From when to when the windows below are, with the way to others where there are some. */
function Period({ windows, onOlder, onNewer }: PeriodProps): VNode | undefined {
  const [oldest, newest] = [windows[0], windows.at(-1)]
  if (oldest === undefined || newest === undefined || !(onOlder || onNewer)) return undefined
  return html`<nav class="tools" aria-label="Period">
    ${onOlder && html`<button type="button" onClick=${onOlder}>Older windows</button>`}
    ${onNewer && html`<button type="button" onClick=${onNewer}>Newer windows</button>`}
    <span class="quiet">
      ${windows.length} windows, ${formatTime(oldest.from)} to ${formatTime(newest.to)}
    </span>
  </nav>`
}

function Alerts({ alerts }: { readonly alerts: readonly MonitoredAlert[] }): VNode {
  if (alerts.length === 0) return html`<p class="quiet">There are no rules.</p>`
  return html`
    <${WideTable}
      label="Alerts"
      columns=${['Alert', 'State', 'Severity', 'Condition', ['Now', 'number'], 'Since']}
    >
      ${alerts.map((alert) => html`<${AlertRow} key=${alert.name} alert=${alert} />`)}
    <//>
  `
}

function AlertRow({ alert }: { readonly alert: MonitoredAlert }): VNode {
  const { name, isFiring, severity, condition, value, since } = alert
  return html`
    <tr>
      <th scope="row">${name}</th>
      <td>
        <span class=${`status ${isFiring ? 'failed' : 'finished'}`}
          >${isFiring ? '✗ firing' : '✓ quiet'}</span
        >
      </td>
      <td>${severity}</td>
      <td class="whole"><code>${condition}</code></td>
      <td class="number">${value === undefined ? '–' : formatNumber(value)}</td>
      <td class="time">${since === undefined ? '–' : formatTime(since)}</td>
    </tr>
  `
}
