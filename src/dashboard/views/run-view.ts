import type { VNode } from 'preact'
import { html } from 'htm/preact'
import type { Run } from '../../core/tracking.ts'
import { getRun } from '../api-client.ts'
import { Artifacts } from '../artifact-list.ts'
import { formatNumber, formatTime, formatTook } from '../format.ts'
import { LineChart } from '../charts/line-chart.ts'
import { Loaded, useLoading, useTitle } from '../loading.ts'
import { measureRun } from '../measured.ts'
import { formatPlace } from '../place.ts'
import { Status } from '../runs-table.ts'
import { readPoints, StepCharts, type Points } from '../step-charts.ts'

/** All about one run. */
export function RunView({ runId }: { readonly runId: string }): VNode {
  const state = useLoading(runId, () => getRun(runId))
  const name = state.kind === 'loaded' ? state.value.runName : 'Run'
  useTitle(name)
  return html`
    ${state.kind === 'loaded' && html`<${Trail} experimentId=${state.value.experimentId} />`}
    <h1>${name}</h1>
    <${Loaded} state=${state} what="the run">${(run: Run) => html`<${Details} run=${run} />`}<//>
  `
}

function Trail({ experimentId }: { readonly experimentId: string }): VNode {
  return html`<p class="trail">
    <a href=${formatPlace({ view: 'experiments' })}>Experiments</a> / ${' '}<a
      href=${formatPlace({ view: 'runs', experimentId, selected: [] })}
      >runs</a
    >
  </p>`
}

function Details({ run }: { readonly run: Run }): VNode {
  return html`
    <p>
      <${Status} status=${run.status} />
      ${`, started ${formatTime(run.startTime)}${formatTook(run)}, id `}
      <code>${run.runId}</code>
    </p>
    <div class="columns">
      <${Metrics} run=${run} />
      <${Pairs} title="Params" pairs=${run.params} none="This run has no params." />
      <${Pairs} title="Tags" pairs=${run.tags} none="This run has no tags." />
      <section>
        <h2>Artifacts</h2>
        <${Artifacts} run=${run} path="" />
      </section>
    </div>
    <${Histories} run=${run} />
  `
}

function Metrics({ run }: { readonly run: Run }): VNode {
  const measured = [...measureRun(run).values()]
  if (measured.length === 0) {
    return html`<section>
      <h2>Metrics</h2>
      <p class="quiet">This run has no metrics.</p>
    </section>`
  }
  const hasIntervals = measured.some(({ interval }) => interval !== undefined)
  const hasSteps = measured.some(({ step }) => step !== 0)
  return html`<section>
    <h2>Metrics</h2>
    <table class="pairs">
      <thead>
        <tr>
          <th scope="col">Name</th>
          <th scope="col" class="number">Value</th>
          ${hasIntervals && html`<th scope="col" class="number">95 % interval</th>`}
          ${hasSteps && html`<th scope="col" class="number">Step</th>`}
        </tr>
      </thead>
      <tbody>
        ${measured.map(
          ({ key, value, interval, step }) =>
            html`<tr>
              <th scope="row">${key}</th>
              <td class="number" title=${value}>${formatNumber(value)}</td>
              ${
                hasIntervals &&
                html`<td class="number">
                  ${interval && `${formatNumber(interval.lower)} – ${formatNumber(interval.upper)}`}
                </td>`
              }
              ${hasSteps && html`<td class="number">${step}</td>`}
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`
}

function Pairs({
  title,
  pairs,
  none,
}: {
  readonly title: string
  readonly pairs: Readonly<Record<string, string>>
  readonly none: string
}): VNode {
  const entries = Object.entries(pairs)
  return html`<section>
    <h2>${title}</h2>
    ${entries.length === 0 && html`<p class="quiet">${none}</p>`}
    <table class="pairs">
      <tbody>
        ${entries.map(
          ([key, value]) =>
            html`<tr>
              <th scope="row">${key}</th>
              <td>${value}</td>
            </tr>`,
        )}
      </tbody>
    </table>
  </section>`
}

/** Metrics that were logged step by step, as lines. */
function Histories({ run }: { readonly run: Run }): VNode {
  const keys = run.metrics.filter(({ step }) => step > 0).map(({ key }) => key)
  const drawChart = (key: string): VNode =>
    html`<${MetricHistory} key=${key} runId=${run.runId} name=${key} />`
  return html`<${StepCharts} keys=${keys} drawChart=${drawChart} />`
}

function MetricHistory({ runId, name }: { readonly runId: string; readonly name: string }): VNode {
  const state = useLoading(`${runId} ${name}`, () => readPoints(runId, name))
  return html`<${Loaded} state=${state} what=${name}>
    ${(points: Points) =>
      html`<${LineChart}
        title=${name}
        xLabel="step"
        yLabel=""
        series=${[{ label: name, colour: 0, points }]}
      />`}
  <//>`
}
