import type { VNode } from 'preact'
import { html } from 'htm/preact'
import type { Run } from '../core/tracking.ts'
import { readMetricHistory } from './api-client.ts'
import { LineChart } from './charts/line-chart.ts'
import { Loaded, useLoading } from './loading.ts'

/** Charts are drawn for so many metrics at most. */
const maxCharts = 12

type Points = readonly (readonly [number, number])[]

/** Metrics that were logged step by step: the lines of all runs on one another. */
export function ComparedHistories({ runs }: { readonly runs: readonly Run[] }): VNode | null {
  const logged = runs.flatMap(({ metrics }) => metrics.filter(({ step }) => step > 0))
  const keys = [...new Set(logged.map(({ key }) => key))].sort()
  if (keys.length === 0) return null
  return html`<section>
    <h2>Over the steps</h2>
    ${keys.length > maxCharts && html`<p class="quiet">The first ${maxCharts} of ${keys.length}.</p>`}
    <div class="charts">
      ${keys.slice(0, maxCharts).map((key) => html`<${History} key=${key} name=${key} runs=${runs} />`)}
    </div>
  </section>`
}

function History({ name, runs }: { readonly name: string; readonly runs: readonly Run[] }): VNode {
  const state = useLoading(name, () => Promise.all(runs.map((run) => readLine(run, name))))
  return html`<${Loaded} state=${state} what=${name}>
    ${(lines: readonly Points[]) => {
      const series = runs.flatMap(({ runName: label }, colour) => {
        const points = lines[colour]!
        return points.length === 0 ? [] : [{ label, colour, points }]
      })
      return html`<${LineChart} title=${name} xLabel="step" yLabel="" series=${series} />`
    }}
  <//>`
}

async function readLine({ runId, metrics }: Run, name: string): Promise<Points> {
  if (!metrics.some(({ key }) => key === name)) return []
  const points = await readMetricHistory(runId, name)
  return points
    .filter(({ value }) => Number.isFinite(value))
    .sort((a, b) => a.step - b.step)
    .map(({ step, value }) => [step, value] as const)
}
