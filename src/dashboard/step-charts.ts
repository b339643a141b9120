import type { VNode } from 'preact'
import { html } from 'htm/preact'
import { readMetricHistory } from './api-client.ts'

/** Charts are drawn for so many metrics at most; the table has them all. */
const maxCharts = 12

/** Steps, and the values they have. */
export type Points = readonly (readonly [number, number])[]

/** A chart for each of the first metrics that were logged step by step; nothing where there is none. */
export function StepCharts({
  keys,
  drawChart,
}: {
  readonly keys: readonly string[]
  readonly drawChart: (key: string) => VNode
}): VNode | null {
  if (keys.length === 0) return null
  return html`<section>
    <h2>Over the steps</h2>
    ${keys.length > maxCharts && html`<p class="quiet">The first ${maxCharts} of ${keys.length}.</p>`}
    <div class="charts">${keys.slice(0, maxCharts).map(drawChart)}</div>
  </section>`
}

/** What a run logged of a metric, by step; without what is no number. */
export async function readPoints(runId: string, name: string): Promise<Points> {
  const points = await readMetricHistory(runId, name)
  return points
    .filter(({ value }) => Number.isFinite(value))
    .sort((a, b) => a.step - b.step)
    .map(({ step, value }) => [step, value] as const)
}
