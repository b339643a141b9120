/** Links within the page: what is after the `#`, as a value. Whoever gets a link sees the same. */

export type Place =
  | { readonly view: 'experiments' }
  | RunsPlace
  | { readonly view: 'run'; readonly runId: string }
  | { readonly view: 'compare'; readonly runIds: readonly string[] }
  | { readonly view: 'models' }
  | { readonly view: 'pipeline' }
  | { readonly view: 'pipeline-run'; readonly id: number }
  | MonitoringPlace
  | { readonly view: 'unknown'; readonly hash: string }

export interface RunsPlace {
  readonly view: 'runs'
  readonly experimentId: string
  readonly sort?: Sort | undefined
  /** The runs that are ticked. */
  readonly selected: readonly string[]
}

export interface MonitoringPlace {
  readonly view: 'monitoring'
  /** All of them when it is not said. */
  readonly model?: string
}

export interface Sort {
  /** 'name', 'start', 'status', 'metrics.<key>' or 'params.<key>'. */
  readonly column: string
  readonly isDescending: boolean
}

/** `#/experiments/1?sort=-metrics.loss` and the like; anything else is an unknown place. */
export function parsePlace(hash: string): Place {
  const [path, query] = splitOnce(hash.replace(/^#/, ''), '?')
  const [, view, rawId] = path.split('/')
  const parameters = new URLSearchParams(query)
  const id = decode(rawId ?? '')
  if (['', '/', '/experiments'].includes(path)) return { view: 'experiments' }
  if (view === 'experiments') return parsePrintedRun(path) ?? parseRuns(id, parameters)
  if (view === 'runs' && id !== '') return { view: 'run', runId: id }
  if (path === '/compare') return { view: 'compare', runIds: parseList(parameters.get('runs')) }
  if (path === '/models') return { view: 'models' }
  if (view === 'monitoring') return parseMonitoring(id)
  return (view === 'pipeline' ? parsePipeline(path, id) : undefined) ?? { view: 'unknown', hash }
}

/** The link to a place. */
export function formatPlace(place: Place): string {
  switch (place.view) {
    case 'experiments':
      return '#/experiments'
    case 'runs':
      return `#/experiments/${encodeURIComponent(place.experimentId)}${formatRunsQuery(place)}`
    case 'run':
      return `#/runs/${encodeURIComponent(place.runId)}`
    case 'compare':
      return `#/compare?runs=${place.runIds.map(encodeURIComponent).join(',')}`
    case 'models':
      return '#/models'
    case 'pipeline':
      return '#/pipeline'
    case 'pipeline-run':
      return `#/pipeline/${place.id}`
    case 'monitoring':
      return `#/monitoring${place.model === undefined ? '' : `/${encodeURIComponent(place.model)}`}`
    case 'unknown':
      return place.hash
  }
}

/** The link to a run that MLflow's client prints at its end. */
function parsePrintedRun(path: string): Place | undefined {
  const [, runId] = /^\/experiments\/[^/]*\/runs\/([^/]+)/.exec(path) ?? []
  return runId === undefined ? undefined : { view: 'run', runId: decode(runId) }
}

function parseMonitoring(model: string): Place {
  return { view: 'monitoring', ...(model !== '' && { model }) }
}

function parsePipeline(path: string, id: string): Place | undefined {
  if (path === '/pipeline') return { view: 'pipeline' }
  return /^[1-9]\d{0,14}$/.test(id) ? { view: 'pipeline-run', id: Number(id) } : undefined
}

function parseRuns(experimentId: string, parameters: URLSearchParams): RunsPlace {
  const sort = parameters.get('sort')
  const isDescending = sort?.startsWith('-') === true
  return {
    view: 'runs',
    experimentId,
    sort: sort === null ? undefined : { column: sort.replace(/^-/, ''), isDescending },
    selected: parseList(parameters.get('selected')),
  }
}

function formatRunsQuery({ sort, selected }: RunsPlace): string {
  const parts = []
  if (sort !== undefined) {
    parts.push(`sort=${sort.isDescending ? '-' : ''}${encodeURIComponent(sort.column)}`)
  }
  if (selected.length > 0) parts.push(`selected=${selected.map(encodeURIComponent).join(',')}`)
  return parts.length === 0 ? '' : `?${parts.join('&')}`
}

function parseList(text: string | null): readonly string[] {
  return [...new Set((text ?? '').split(',').filter((item) => item !== ''))]
}

function splitOnce(text: string, separator: string): readonly [string, string] {
  const at = text.indexOf(separator)
  return at < 0 ? [text, ''] : [text.slice(0, at), text.slice(at + 1)]
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text // a percent sign that stands for itself
  }
}
