import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { html } from 'htm/preact'
import type { Run } from '../../core/tracking.ts'
import { getRun, readCurve } from '../api-client.ts'
import { ComparedHistories } from '../compared-histories.ts'
import { formatTime, formatTook } from '../format.ts'
import { LineChart, type Series } from '../charts/line-chart.ts'
import { Loaded, useLoading, useTitle } from '../loading.ts'
import { isDifferent, measureRun, metricNames, paramNames } from '../measured.ts'
import { MetricBars } from '../charts/metric-bars.ts'
import { formatPlace } from '../place.ts'
import { Status } from '../runs-table.ts'
import { ScatterChart } from '../charts/scatter-chart.ts'
import { WideTable } from '../wide-table.ts'

interface RunsProps {
  readonly runs: readonly Run[]
}

/** Runs side by side: where they differ, how they measure, and their curves on one another. */
export function CompareView({ runIds }: { readonly runIds: readonly string[] }): VNode {
  const title = `Compare ${runIds.length} ${runIds.length === 1 ? 'run' : 'runs'}`
  useTitle(title)
  const state = useLoading(runIds.join(), () => Promise.all(runIds.map(getRun)))
  return html`
    <h1>${title}</h1>
    ${
      runIds.length === 0
        ? html`<p class="quiet">The link names no runs. Tick some in an experiment.</p>`
        : html`<${Loaded} state=${state} what="the runs">
            ${(runs: readonly Run[]) => html`<${Comparison} runs=${runs} />`}
          <//>`
    }
  `
}

function Comparison({ runs }: RunsProps): VNode {
  return html`
    <${Trail} experimentIds=${[...new Set(runs.map(({ experimentId }) => experimentId))]} />
    <${Params} runs=${runs} />
    <${Metrics} runs=${runs} />
    <${ScatterChart} runs=${runs} hasColours />
    <${ComparedHistories} runs=${runs} />
    <${Curves} runs=${runs} />
  `
}

/** Back to the experiments that the runs belong to. */
function Trail({ experimentIds }: { readonly experimentIds: readonly string[] }): VNode {
  return html`<p class="trail">
    Runs of
    ${experimentIds.map(
      (experimentId) => html`
        ${' '}<a href=${formatPlace({ view: 'runs', experimentId, selected: [] })}
          >experiment ${experimentId}</a
        >
      `,
    )}
  </p>`
}

function Params({ runs }: RunsProps): VNode {
  const [onlyDiffering, setOnlyDiffering] = useState(false)
  const names = paramNames(runs)
  const differing = names.filter((name) => isDifferent(name, runs))
  const shown = onlyDiffering ? differing : names
  return html`
    <section>
      <h2>Runs and params</h2>
      <div class="tools">
        <span>${differing.length} of ${names.length} params differ</span>
        <label>
          <input
            type="checkbox"
            checked=${onlyDiffering}
            onChange=${() => setOnlyDiffering(!onlyDiffering)}
          />
          show only these
        </label>
      </div>
      <${WideTable}
        label="Params of the runs"
        kind="compare"
        head=${html`<tr>
          <th scope="col"><span class="unseen">Param</span></th>
          ${runs.map((run, i) => html`<${RunHead} run=${run} colour=${i} />`)}
        </tr>`}
      >
        ${shown.map((name) => html`<${ParamRow} key=${name} name=${name} runs=${runs} />`)}
      <//>
    </section>
  `
}

function RunHead({ run, colour }: { readonly run: Run; readonly colour: number }): VNode {
  return html`<th scope="col" class="run">
    <span class=${`swatch series-${colour % 8}`} aria-hidden="true"></span>
    <a href=${formatPlace({ view: 'run', runId: run.runId })}>${run.runName}</a>
    <span class="interval">
      <${Status} status=${run.status} />
      ${` ${formatTime(run.startTime)}${formatTook(run)}`}
    </span>
  </th>`
}

function ParamRow({ name, runs }: RunsProps & { readonly name: string }): VNode {
  const differs = isDifferent(name, runs)
  return html`<tr class=${differs ? 'differs' : ''}>
    <th scope="row">
      ${name}${differs && html` <span class="mark">≠<span class="unseen"> differs</span></span>`}
    </th>
    ${runs.map((run) =>
      run.params[name] === undefined
        ? html`<td class="quiet">–</td>`
        : html`<td>${run.params[name]}</td>`,
    )}
  </tr>`
}

function Metrics({ runs }: RunsProps): VNode {
  const [isZoomed, setIsZoomed] = useState(false)
  const names = metricNames(runs)
  const measured = runs.map(measureRun)
  return html`
    <section>
      <h2>Metrics</h2>
      ${
        names.length === 0
          ? html`<p class="quiet">These runs have no metrics.</p>`
          : html`<div class="tools">
              <span class="quiet">A line across a bar is its 95 % interval.</span>
              <label>
                <input
                  type="checkbox"
                  checked=${isZoomed}
                  onChange=${() => setIsZoomed(!isZoomed)}
                />
                zoom to the values (the axis then does not start at 0)
              </label>
            </div>`
      }
      <div class="metrics">
        ${names.map(
          (name) =>
            html`<${MetricBars}
              key=${name}
              name=${name}
              isZoomed=${isZoomed}
              rows=${runs.map((run, i) => ({
                label: run.runName,
                colour: i,
                measured: measured[i]?.get(name),
              }))}
            />`,
        )}
      </div>
    </section>
  `
}

const charts = [
  {
    path: 'curves/roc.json',
    title: 'ROC curve',
    xLabel: 'false positive rate',
    yLabel: 'true positive rate',
  },
  {
    path: 'curves/calibration.json',
    title: 'Calibration',
    xLabel: 'predicted probability',
    yLabel: 'observed share',
  },
] as const

function Curves({ runs }: RunsProps): VNode {
  return html`
    <section>
      <h2>Curves</h2>
      <div class="charts">
        ${charts.map((chart) => html`<${Curve} key=${chart.path} chart=${chart} runs=${runs} />`)}
      </div>
    </section>
  `
}

function Curve({ runs, chart }: RunsProps & { readonly chart: (typeof charts)[number] }): VNode {
  const state = useLoading(chart.path, () =>
    Promise.all(runs.map((run) => readCurve(run, chart.path))),
  )
  return html`
    <${Loaded} state=${state} what=${chart.title}>
      ${(curves: readonly (Series['points'] | undefined)[]) => {
        const series = runs.flatMap((run, colour) => {
          const points = curves[colour]
          return points === undefined ? [] : [{ label: run.runName, colour, points }]
        })
        const without = runs.filter((_, i) => curves[i] === undefined).map(({ runName }) => runName)
        return html`
          ${series.length > 0 && html`<${LineChart} ...${chart} series=${series} isUnitSquare />`}
          ${
            without.length > 0 &&
            html`<p class="quiet">No ${chart.path} in: ${without.join(', ')}</p>`
          }
        `
      }}
    <//>
  `
}
