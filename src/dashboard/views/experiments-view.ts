import type { VNode } from 'preact'
import { html } from 'htm/preact'
import type { Experiment } from '../../core/tracking.ts'
import { searchExperiments, type Found } from '../api-client.ts'
import { formatTime } from '../format.ts'
import { Loaded, useLoading, useTitle } from '../loading.ts'
import { formatPlace } from '../place.ts'
import { WideTable } from '../wide-table.ts'

/** All experiments, the newest first. */
export function ExperimentsView(): VNode {
  useTitle('Experiments')
  const state = useLoading('experiments', searchExperiments)
  return html`
    <h1>Experiments</h1>
    <${Loaded} state=${state} what="the experiments">
      ${(found: Found<Experiment>) => html`<${ExperimentTable} found=${found} />`}
    <//>
  `
}

function ExperimentTable({ found }: { readonly found: Found<Experiment> }): VNode {
  return html`
    <${WideTable} label="Experiments" columns=${['Name', 'Last run started', ['Id', 'number']]}>
      ${found.items.map(
        ({ experimentId, name, lastUpdateTime }) => html`
          <tr key=${experimentId}>
            <th scope="row">
              <a href=${formatPlace({ view: 'runs', experimentId, selected: [] })}>${name}</a>
            </th>
            <td>${formatTime(lastUpdateTime)}</td>
            <td class="number">${experimentId}</td>
          </tr>
        `,
      )}
    <//>
    ${found.hasMore && html`<p class="quiet">Only the newest 1,000 are shown.</p>`}
  `
}
