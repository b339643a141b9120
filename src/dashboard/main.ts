/** The dashboard's page: the frame around the views, and which view a link shows. */

import type { VNode } from 'preact'
import { useEffect, useRef, useState } from 'preact/hooks'
import { html, render } from 'htm/preact'
import { CompareView } from './views/compare-view.ts'
import { ExperimentsView } from './views/experiments-view.ts'
import { formatPlace, parsePlace, type Place } from './place.ts'
import { ModelsView } from './views/models-view.ts'
import { MonitoringView } from './views/monitoring-view.ts'
import { PipelineRunView } from './views/pipeline-run-view.ts'
import { PipelineRunsView } from './views/pipeline-runs-view.ts'
import { RunView } from './views/run-view.ts'
import { RunsView } from './views/runs-view.ts'

function Page(): VNode {
  const [place, setPlace] = useState(() => parsePlace(location.hash))
  const main = useRef<HTMLElement>(null)
  const isFirst = useRef(true)
  useEffect(() => {
    const follow = (): void => setPlace(parsePlace(location.hash))
    addEventListener('hashchange', follow)
    return () => removeEventListener('hashchange', follow)
  }, [])
  const page = pageOf(place)
  useEffect(() => {
    // Readers of the screen hear where a link led; the first page needs no such announcement.
    if (!isFirst.current) main.current?.focus()
    isFirst.current = false
  }, [page])
  const section = sectionOf(place)
  return html`
    <header class="top">
      <a class="brand" href=${formatPlace({ view: 'experiments' })}>ml-pipeline-toolkit</a>
      <nav aria-label="Main">
        ${sections.map(
          ({ name, start }) => html`
            <a href=${formatPlace(start)} aria-current=${name === section ? 'page' : undefined}
              >${name}</a
            >
          `,
        )}
      </nav>
    </header>
    <main class="page" ref=${main} tabindex="-1"><${View} key=${page} place=${place} /></main>
  `
}

const sections: readonly { readonly name: string; readonly start: Place }[] = [
  { name: 'Experiments', start: { view: 'experiments' } },
  { name: 'Models', start: { view: 'models' } },
  { name: 'Pipeline', start: { view: 'pipeline' } },
  { name: 'Monitoring', start: { view: 'monitoring' } },
]

function sectionOf({ view }: Place): string {
  if (view === 'models') return 'Models'
  if (view === 'monitoring') return 'Monitoring'
  return view === 'pipeline' || view === 'pipeline-run' ? 'Pipeline' : 'Experiments'
}

/** What makes two places different pages: all but how a page is sorted or what is ticked on it. */
function pageOf(place: Place): string {
  return formatPlace(place.view === 'runs' ? { ...place, sort: undefined, selected: [] } : place)
}

function View({ place }: { readonly place: Place }): VNode {
  switch (place.view) {
    case 'experiments':
      return html`<${ExperimentsView} />`
    case 'runs':
      return html`<${RunsView} place=${place} />`
    case 'run':
      return html`<${RunView} runId=${place.runId} />`
    case 'compare':
      return html`<${CompareView} runIds=${place.runIds} />`
    case 'models':
      return html`<${ModelsView} />`
    case 'pipeline':
      return html`<${PipelineRunsView} />`
    case 'pipeline-run':
      return html`<${PipelineRunView} id=${place.id} />`
    case 'monitoring':
      return html`<${MonitoringView} model=${place.model} />`
    case 'unknown':
      return html`<h1>There is no such page</h1>
        <p>
          The link '${place.hash}' leads nowhere. Go to${' '}
          <a href=${formatPlace({ view: 'experiments' })}>the experiments</a>.
        </p>`
  }
}

const root = document.getElementById('app')
if (root !== null) {
  root.replaceChildren()
  render(html`<${Page} />`, root)
}
