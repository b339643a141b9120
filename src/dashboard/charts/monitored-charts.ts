import type { VNode } from 'preact'
import { html } from 'htm/preact'
import type { MonitoredWindow } from '../../core/monitored-window.ts'
import { LineChart, type Series } from './line-chart.ts'

type Measure = (window: MonitoredWindow) => number | undefined

const measures: readonly (readonly [title: string, unit: string, measure: Measure])[] = [
  [
    'Drifted inputs',
    'share of the inputs',
    ({ state, driftShare }) => (state === 'judged' ? driftShare : undefined),
  ],
  ['Distance of the scores', 'distance from known rows', ({ prediction }) => prediction?.distance],
  ['Mean score', 'score', ({ meanScore }) => meanScore],
  ['Area under the ROC curve', 'roc_auc', metric('roc_auc')],
  ['Area under the ROC curves of the classes', 'roc_auc_ovr', metric('roc_auc_ovr')],
  ['Log loss', 'log_loss', metric('log_loss')],
  ['Mean Poisson deviance', 'mean_poisson_deviance', metric('mean_poisson_deviance')],
  ['Root mean squared error', 'root_mean_squared_error', metric('root_mean_squared_error')],
]

function metric(name: string): Measure {
  return ({ performance }) => performance.metrics[name]?.value
}

/** What there is to draw, window by window, a line for each version. */
export function MonitoredCharts({
  windows,
}: {
  readonly windows: readonly MonitoredWindow[]
}): VNode {
  const charts = measures
    .map(([title, unit, measure]) => ({ title, unit, series: seriesOf(windows, measure) }))
    .filter(({ series }) => series.some(({ points }) => points.length > 1))
  if (charts.length === 0) {
    return html`<p class="quiet">Two windows and more make a line.</p>`
  }
  return html`<div class="charts">
    ${charts.map(
      ({ title, unit, series }) =>
        html`<${LineChart}
          key=${title}
          title=${title}
          xLabel="window, oldest first"
          yLabel=${unit}
          series=${series}
        />`,
    )}
  </div>`
}

/** A line for each version, over the places of its windows among all. */
export function seriesOf(windows: readonly MonitoredWindow[], measure: Measure): readonly Series[] {
  const versions = [...new Set(windows.map(({ version }) => version))]
  return versions.map((version, colour) => ({
    label: `version ${version}`,
    colour,
    points: windows.flatMap((window, place) => {
      const value = window.version === version ? measure(window) : undefined
      return value === undefined ? [] : [[place + 1, value] as const]
    }),
  }))
}
