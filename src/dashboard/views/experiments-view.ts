import type { VNode } from 'preact'
import { html } from 'htm/preact'
import type { Experiment } from '../../core/tracking.ts'
import { searchExperiments, type Found } from '../api-client.ts'
import { formatTime } from '../format.ts'
import { Loaded, useLoading, useTitle } from '../loading.ts'
import { formatPlace } from '../place.ts'

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
    <div class="wide" tabindex="0" role="region" aria-label="Experiments">
      <table>
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Last run started</th>
            <th scope="col" class="number">Id</th>
          </tr>
        </thead>
        <tbody>
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
        </tbody>
      </table>
    </div>
    ${found.hasMore && html`<p class="quiet">Only the newest 1,000 are shown.</p>`}
  `
}
