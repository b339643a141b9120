import type { VNode } from 'preact'
import { html } from 'htm/preact'
import type { PipelineRunDetails } from '../../core/pipeline-history.ts'
import { getPipelineRun } from '../api-client.ts'
import { formatDuration, formatTime } from '../format.ts'
import { Loaded, useLoading, useTitle } from '../loading.ts'
import { PipelineOutcome } from '../pipeline-outcome.ts'
import { formatCounts } from './pipeline-runs-view.ts'
import { formatPlace } from '../place.ts'
import { StageTimeline } from '../charts/stage-timeline.ts'

/** One run of the pipeline: when each of its stages ran, why, and what became of it. */
export function PipelineRunView({ id }: { readonly id: number }): VNode {
  const title = `Pipeline run ${id}`
  useTitle(title)
  const state = useLoading(title, async () => getPipelineRun(id))
  return html`
    <p class="trail"><a href=${formatPlace({ view: 'pipeline' })}>Pipeline runs</a></p>
    <h1>${title}</h1>
    <${Loaded} state=${state} what="the run">
      ${(run: PipelineRunDetails) => html`<${Details} run=${run} />`}
    <//>
  `
}

function Details({ run }: { readonly run: PipelineRunDetails }): VNode {
  const facts: readonly (readonly [string, unknown])[] = [
    ['Started', `${formatTime(run.startTime)}, by ${run.trigger}`],
    ['Took', formatDuration(run.startTime, run.endTime)],
    ['Targets', run.targets.length === 0 ? 'all' : run.targets.join(', ')],
    ['Folder', run.folder],
    ['Commit', run.gitCommit && html`<code>${run.gitCommit}</code>`],
    ['Message', run.message],
    ['Stages', formatCounts(run.counts)],
  ]
  return html`
    <p><${PipelineOutcome} outcome=${run.outcome} /></p>
    <dl class="lineage">
      ${facts
        .filter(([, value]) => value !== undefined && value !== '')
        .map(
          ([name, value]) =>
            html`<div>
              <dt>${name}</dt>
              <dd>${value}</dd>
            </div>`,
        )}
    </dl>
    <h2>Stages</h2>
    ${
      run.stages.length === 0
        ? html`<p class="quiet">No stage had anything to do.</p>`
        : html`<${StageTimeline} run=${run} />`
    }
  `
}
