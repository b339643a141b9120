import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { html } from 'htm/preact'
import type { PipelineRun } from '../../core/pipeline-history.ts'
import { searchPipelineRuns, type Found } from '../api-client.ts'
import { formatDuration, formatTime } from '../format.ts'
import { Loaded, useLoading, useTitle } from '../loading.ts'
import { PipelineOutcome } from '../pipeline-outcome.ts'
import { formatPlace } from '../place.ts'
import { WideTable } from '../wide-table.ts'

/** The runs of the pipeline, the newest first. */
export function PipelineRunsView(): VNode {
  useTitle('Pipeline runs')
  const [before, setBefore] = useState<readonly number[]>([])
  const state = useLoading(`before ${before.at(-1)}`, () => searchPipelineRuns(before.at(-1)))
  const newer = (): void => setBefore(before.slice(0, -1))
  const older = ({ items }: Found<PipelineRun>): void => {
    const last = items.at(-1)
    if (last !== undefined) setBefore([...before, last.id])
  }
  return html`
    <h1>Pipeline runs</h1>
    <${Loaded} state=${state} what="the pipeline's runs">
      ${(found: Found<PipelineRun>) => html`
        <${RunTable} runs=${found.items} />
        <p class="tools">
          ${before.length > 0 && html`<button type="button" onClick=${newer}>Newer</button>`}
          ${
            found.hasMore &&
            html`<button type="button" onClick=${() => older(found)}>Older</button>`
          }
        </p>
      `}
    <//>
  `
}

function RunTable({ runs }: { readonly runs: readonly PipelineRun[] }): VNode {
  if (runs.length === 0) {
    return html`<p class="quiet">
      No runs yet. Each <code>mlpt run</code> in the folder this server was started in adds one.
    </p>`
  }
  return html`
    <${WideTable}
      label="Pipeline runs"
      columns=${[['Run', 'number'], 'Outcome', 'Started', ['Took', 'number'], 'By', 'Stages', 'Commit']}
    >
      ${runs.map((run) => html`<${RunRow} key=${run.id} run=${run} />`)}
    <//>
  `
}

function RunRow({ run }: { readonly run: PipelineRun }): VNode {
  return html`
    <tr>
      <th scope="row" class="number">
        <a href=${formatPlace({ view: 'pipeline-run', id: run.id })}>${run.id}</a>
      </th>
      <td><${PipelineOutcome} outcome=${run.outcome} /></td>
      <td class="time">${formatTime(run.startTime)}</td>
      <td class="number">${formatDuration(run.startTime, run.endTime)}</td>
      <td>${run.trigger}</td>
      <td>${formatCounts(run.counts)}</td>
      <td><code>${run.gitCommit?.slice(0, 8)}</code></td>
    </tr>
  `
}

/** What came of the stages: '3 ran, 1 failed, 12 unchanged'. */
export function formatCounts(counts: PipelineRun['counts']): string {
  return Object.entries(counts)
    .map(([outcome, count]) => `${count} ${outcome}`)
    .join(', ')
}
