import type { VNode } from 'preact'
import { useState } from 'preact/hooks'
import { html } from 'htm/preact'
import type { Experiment, Run } from '../../core/tracking.ts'
import { getExperiment, maxRuns, searchRuns, type Found } from '../api-client.ts'
import { Loaded, useLoading, useTitle } from '../loading.ts'
import { isDifferent, metricNames, paramNames } from '../measured.ts'
import { formatPlace, type RunsPlace } from '../place.ts'
import { RunsTable } from '../runs-table.ts'
import { ScatterChart } from '../charts/scatter-chart.ts'

interface Content {
  readonly experiment: Experiment
  readonly found: Found<Run>
}

/** The runs of one experiment: params and metrics as columns, sortable, to be ticked and compared. */
export function RunsView({ place }: { readonly place: RunsPlace }): VNode {
  const state = useLoading(place.experimentId, async () => {
    const [experiment, found] = await Promise.all([
      getExperiment(place.experimentId),
      searchRuns(place.experimentId),
    ])
    return { experiment, found }
  })
  const name = state.kind === 'loaded' ? state.value.experiment.name : 'Runs'
  useTitle(name)
  return html`
    <p class="trail"><a href=${formatPlace({ view: 'experiments' })}>Experiments</a></p>
    <h1>${name}</h1>
    <${Loaded} state=${state} what="the runs">
      ${({ found }: Content) => html`<${Runs} place=${place} found=${found} />`}
    <//>
  `
}

function Runs({ place, found }: { readonly place: RunsPlace; readonly found: Found<Run> }): VNode {
  const [showsAll, setShowsAll] = useState(false)
  const runs = found.items
  if (runs.length === 0) {
    return html`<p class="quiet">
      This experiment has no runs yet. The pipeline's training stages add them.
    </p>`
  }
  const params = paramNames(runs)
  const differing = params.filter((name) => isDifferent(name, runs))
  const hidden = params.length - differing.length
  return html`
    <div class="tools">
      <${CompareLink} place=${place} runs=${runs} />
      ${
        hidden > 0 &&
        html`<label>
          <input type="checkbox" checked=${showsAll} onChange=${() => setShowsAll(!showsAll)} />
          show the ${hidden} ${hidden === 1 ? 'param' : 'params'} that all runs agree on
        </label>`
      }
    </div>
    <${RunsTable}
      place=${place}
      runs=${runs}
      params=${showsAll ? params : differing}
      metrics=${metricNames(runs)}
    />
    <${ScatterChart} runs=${runs} hasColours=${false} />
    ${
      found.hasMore &&
      html`<p class="quiet">Only the newest ${maxRuns} runs are shown and sorted.</p>`
    }
  `
}

/** Looks like a button and is one when there is something to compare. */
function CompareLink({
  place,
  runs,
}: {
  readonly place: RunsPlace
  readonly runs: readonly Run[]
}): VNode {
  const known = new Set(runs.map(({ runId }) => runId))
  const runIds = place.selected.filter((runId) => known.has(runId))
  if (runIds.length < 2) {
    return html`<span class="quiet">Tick two runs or more to compare them.</span>`
  }
  return html`<a class="button" href=${formatPlace({ view: 'compare', runIds })}>
    Compare ${runIds.length} runs
  </a>`
}
