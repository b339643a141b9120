/**
 * A page of runs as the text of MLflow's message, made from rows without objects in between:
 * for pages of ten thousand runs.
 */

import type { RunSearch } from '../../core/tracking.ts'
import { formatDatasetInput } from '../format-message.ts'
import type { Row, TrackingDatabase } from '../store/database/database-store.ts'
import { readDatasetInputs, readModelOutputs } from '../store/runs/inputs-store.ts'
import { cutPage } from '../store/database/page.ts'
import { planRunSearch } from './run-search.ts'
import { planPage } from './select-page.ts'

type Value = Row[string]
type Tuple = readonly Value[]

/** Runs whose params, metrics and tags are read at once: few enough that other requests of a server need not wait. */
const chunkSize = 200

/**
 * The answer to `runs/search`, in pieces: `{"runs": […], "next_page_token": …}`, each left out
 * when there is none. The search is made at once; what runs hold is read when its piece is taken.
 *
 * @throws {ToolkitError} `TRACKING_INVALID`, before there is a first piece.
 */
export function searchRunsAsJson(database: TrackingDatabase, search: RunSearch): Iterable<string> {
  const { sql, values } = planPage(planRunSearch(search), infoColumns, search)
  const page = cutPage(database.tuples(sql, values), search)
  return formatPage(database, page.items, page.nextPageToken)
}

const infoColumns =
  'run_id, run_name, experiment_id, user_id, status, start_time, end_time, artifact_uri, lifecycle_stage'

function* formatPage(
  database: TrackingDatabase,
  runs: readonly Tuple[],
  nextPageToken: string | undefined,
): Generator<string> {
  const quoteKey = createQuoter()
  yield runs.length === 0 ? '{' : '{"runs":['
  for (let start = 0; start < runs.length; start += chunkSize) {
    const chunk = runs.slice(start, start + chunkSize)
    const texts = database.read(() => formatRuns(database, chunk, quoteKey))
    yield `${start === 0 ? '' : ','}${texts.join(',')}`
  }
  if (runs.length > 0) yield ']'
  if (nextPageToken !== undefined) {
    yield `${runs.length > 0 ? ',' : ''}"next_page_token":${JSON.stringify(nextPageToken)}`
  }
  yield '}'
}

/** Keys are few, and come again in every run. */
function createQuoter(): (text: Value) => string {
  const known = new Map<Value, string>()
  return (text) => {
    const quoted = known.get(text) ?? JSON.stringify(text)
    if (known.size < 10_000) known.set(text, quoted)
    return quoted
  }
}

function formatRuns(
  database: TrackingDatabase,
  runs: readonly Tuple[],
  quoteKey: (text: Value) => string,
): readonly string[] {
  const ids = JSON.stringify(runs.map(([runId]) => runId))
  const listsOf = (table: string, columns: string, format: (row: Tuple) => string): Lists =>
    joinByRun(
      database.tuples(
        `SELECT run_id, ${columns} FROM ${table}
         WHERE run_id IN (SELECT value FROM json_each(?)) ORDER BY run_id, key`,
        [ids],
      ),
      format,
    )
  const formatPair = ([, key, value]: Tuple): string =>
    `{"key":${quoteKey(key!)},"value":${JSON.stringify(value)}}`
  const metrics = listsOf('latest_metrics', 'key, value, is_nan, timestamp, step', (row) =>
    formatMetric(row, quoteKey),
  )
  const params = listsOf('params', 'key, value', formatPair)
  const tags = listsOf('tags', 'key, value', formatPair)
  const inputs = formatInputs(database, ids)
  const outputs = formatOutputs(database, ids)
  return runs.map((run) => {
    const id = String(run[0])
    const data = objectOf([
      ['metrics', metrics.get(id)],
      ['params', params.get(id)],
      ['tags', tags.get(id)],
    ])
    return `{"info":${formatInfo(run)},"data":${data},"inputs":${objectOf([['dataset_inputs', inputs.get(id)]])}${outputs.get(id) ?? ',"outputs":{}'}}`
  })
}

function formatInfo(run: Tuple): string {
  const [runId, runName, experimentId, userId, status, startTime, endTime, artifactUri, stage] = run
  const id = JSON.stringify(runId)
  return (
    `{"run_id":${id},"run_uuid":${id},"run_name":${JSON.stringify(runName)},` +
    `"experiment_id":"${String(experimentId)}","user_id":${JSON.stringify(userId)},` +
    `"status":"${String(status)}","start_time":${String(startTime)},` +
    (endTime === null ? '' : `"end_time":${String(endTime)},`) +
    `"artifact_uri":${JSON.stringify(artifactUri)},"lifecycle_stage":"${String(stage)}"}`
  )
}

function formatMetric(
  [, key, value, isNan, timestamp, step]: Tuple,
  quoteKey: (text: Value) => string,
): string {
  // JSON has neither NaN nor infinity: they are texts there.
  const number =
    isNan === 1 ? '"NaN"' : Number.isFinite(value) ? String(value) : `"${String(value)}"`
  return `{"key":${quoteKey(key!)},"value":${number},"timestamp":${String(timestamp)},"step":${String(step)}}`
}

/** By run, the items of a list with commas between them. */
type Lists = ReadonlyMap<string, string>

/** @param rows - a run's rows stand together, its id in front */
function joinByRun(rows: readonly Tuple[], format: (row: Tuple) => string): Lists {
  const lists = new Map<string, string>()
  let owner: Value | undefined
  let list = ''
  for (const row of rows) {
    if (row[0] === owner) list += `,${format(row)}`
    else {
      if (owner !== undefined) lists.set(String(owner), list)
      owner = row[0]
      list = format(row)
    }
  }
  if (owner !== undefined) lists.set(String(owner), list)
  return lists
}

/** Empty lists are left out. */
function objectOf(lists: readonly (readonly [name: string, items: string | undefined])[]): string {
  const fields = lists.flatMap(([name, items]) =>
    items === undefined ? [] : [`"${name}":[${items}]`],
  )
  return `{${fields.join(',')}}`
}

function formatInputs(database: TrackingDatabase, ids: string): Lists {
  const lists = new Map<string, string>()
  for (const [runId, inputs] of readDatasetInputs(database, ids)) {
    const items = inputs.map((input) => JSON.stringify(formatDatasetInput(input)))
    lists.set(runId, items.join(','))
  }
  return lists
}

function formatOutputs(database: TrackingDatabase, ids: string): Lists {
  const lists = new Map<string, string>()
  for (const [runId, outputs] of readModelOutputs(database, ids)) {
    const items = outputs.map(({ modelId, step }) => ({ model_id: modelId, step }))
    lists.set(runId, `,"outputs":${JSON.stringify({ model_outputs: items })}`)
  }
  return lists
}
