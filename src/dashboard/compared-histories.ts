import type { VNode } from 'preact'
import { html } from 'htm/preact'
import type { Run } from '../core/tracking.ts'
import { LineChart } from './charts/line-chart.ts'
import { Loaded, useLoading } from './loading.ts'
import { readPoints, StepCharts, type Points } from './step-charts.ts'

/** Metrics that were logged step by step: the lines of all runs on one another. */
export function ComparedHistories({ runs }: { readonly runs: readonly Run[] }): VNode {
  const logged = runs.flatMap(({ metrics }) => metrics.filter(({ step }) => step > 0))
  const keys = [...new Set(logged.map(({ key }) => key))].sort()
  const drawChart = (key: string): VNode => html`<${History} key=${key} name=${key} runs=${runs} />`
  return html`<${StepCharts} keys=${keys} drawChart=${drawChart} />`
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
  return metrics.some(({ key }) => key === name) ? readPoints(runId, name) : []
}
