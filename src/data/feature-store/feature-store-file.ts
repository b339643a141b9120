/** The feature store as users call it: files in, files out. */

import { join } from 'node:path'
import { ToolkitError } from '../../core/errors.ts'
import { openDatabase } from '../duckdb-store.ts'
import { openTable } from '../reading/open-table-file.ts'
import type { ReadOptions } from '../reading/read-options.ts'
import { textTypes } from '../reading/text-types.ts'
import type { FeatureView } from './feature-view.ts'
import { materializeView } from './materialize-store.ts'
import type { Materialized } from './online-stage-store.ts'
import type { OnlineStore } from './online-store.ts'
import type { JoinOptions, WantedView } from './point-in-time-join.ts'
import { saveTrainingSet, type TrainingSet } from './training-set-file.ts'
import { appendFacts, compactView, readManifest, type ViewChange } from './view-store.ts'

/** What a view holds, and how new it is. */
export interface ViewSummary {
  readonly name: string
  readonly rows: number
  readonly sizeBytes: number
  readonly files: number
  /** Its first and last moment, ISO 8601 in UTC; absent without facts. */
  readonly from?: string
  readonly until?: string
}

/**
 * Appends the facts of a table file to a feature view: as new Parquet files, one a month, below `store`; what is
 * there stays as it is. The same facts appended again change nothing.
 *
 * @param paths - `store`: the folder of the feature store, with one folder a view; `file`: of any format that `mlpt` reads
 * @throws {ToolkitError} `FILE_MISSING`, `DATA_FILE_INVALID`, `DATA_COLUMN_MISSING`, `DATA_CELL_INVALID`,
 *   `CONFIG_INVALID` when the facts that are there are of another definition, `FILE_WRITE_FAILED`
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from 'node:fs'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { appendFeatures, defineFeatureView } from 'ml-pipeline-toolkit'
 * const statements = defineFeatureView({
 *   name: 'statements',
 *   entities: { client: { type: 'integer' } },
 *   timestamp: 'day',
 *   features: { billed: { type: 'number' } },
 * })
 * const folder = mkdtempSync(join(tmpdir(), 'mlpt-'))
 * const file = join(folder, 'facts.csv')
 * writeFileSync(file, 'client,day,billed\n1,2026-01-31,250\n1,2026-02-28,310\n')
 * const first = await appendFeatures(statements, { store: join(folder, 'features'), file })
 * first.rows // => 2
 * const again = await appendFeatures(statements, { store: join(folder, 'features'), file })
 * again.isNew // => false
 * ```
 */
export async function appendFeatures(
  view: FeatureView,
  { store, file }: { readonly store: string; readonly file: string },
  reading: ReadOptions = {},
): Promise<ViewChange> {
  using database = await openDatabase()
  const types = textTypes({ ...view.entities, ...view.features }, reading.types)
  await using opened = await openTable(database, file, { ...reading, types })
  return await appendFacts(database, { folder: join(store, view.name), view }, opened.table)
}

/**
 * Makes one file of the files of each month of a feature view; its facts stay the same.
 *
 * @throws {ToolkitError} `DATA_FILE_INVALID`, `CONFIG_INVALID`, `FILE_WRITE_FAILED`
 *
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { compactFeatures, defineFeatureView } from 'ml-pipeline-toolkit'
 * const view = defineFeatureView({
 *   name: 'empty',
 *   entities: { client: { type: 'integer' } },
 *   timestamp: 'day',
 *   features: { billed: { type: 'number' } },
 * })
 * const change = await compactFeatures(view, { store: mkdtempSync(join(tmpdir(), 'mlpt-')) })
 * change.rows // => 0
 * ```
 */
export async function compactFeatures(
  view: FeatureView,
  { store }: { readonly store: string },
): Promise<ViewChange> {
  using database = await openDatabase()
  return await compactView(database, { folder: join(store, view.name), view })
}

/**
 * Joins features to the rows of a table file as they were at each row's moment, and saves the result as Parquet:
 * every row once and in its order. Beside it, as `….json`, stands what it was made of.
 *
 * @param paths - `store`: the folder of the feature store; `file`: the rows, with the entities' columns and a moment;
 *   `output`: the Parquet file to write
 * @throws {ToolkitError} `CONFIG_INVALID`, `DATA_COLUMN_MISSING`, `FILE_MISSING`, `DATA_FILE_INVALID`, `FILE_WRITE_FAILED`
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from 'node:fs'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { appendFeatures, defineFeatureView, joinFeatures } from 'ml-pipeline-toolkit'
 * const statements = defineFeatureView({
 *   name: 'statements',
 *   entities: { client: { type: 'integer' } },
 *   timestamp: 'day',
 *   ttl: '40d',
 *   features: { billed: { type: 'number' } },
 * })
 * const folder = mkdtempSync(join(tmpdir(), 'mlpt-'))
 * const store = join(folder, 'features')
 * writeFileSync(join(folder, 'facts.csv'), 'client,day,billed\n1,2026-01-31,250\n1,2026-02-28,310\n')
 * await appendFeatures(statements, { store, file: join(folder, 'facts.csv') })
 * writeFileSync(join(folder, 'rows.csv'), 'client,asked,paid\n1,2026-02-27,1\n1,2026-03-01,0\n')
 * const training = await joinFeatures(
 *   [{ view: statements }],
 *   { store, file: join(folder, 'rows.csv'), output: join(folder, 'training.parquet') },
 *   { timestamp: 'asked' },
 * )
 * training.rows // => 2
 * ```
 */
export async function joinFeatures(
  views: readonly WantedView[],
  paths: { readonly store: string; readonly file: string; readonly output: string },
  options: JoinOptions & { readonly reading?: ReadOptions },
): Promise<TrainingSet> {
  const { reading = {}, ...joining } = options
  using database = await openDatabase()
  const entities = Object.assign({}, ...views.map(({ view }) => view.entities))
  const types = textTypes(entities, reading.types)
  await using opened = await openTable(database, paths.file, { ...reading, types })
  return await saveTrainingSet(database, opened.table, { views, paths, options: joining })
}

/**
 * Brings the newest facts of a feature view, no later than a moment, into the online store: what was appended since
 * the last time. It can be repeated and killed; no entity ever goes back to an older fact.
 *
 * @param options.until - ISO 8601 in UTC, inclusive
 * @throws {ToolkitError} `CONFIG_INVALID`, `DATA_FILE_INVALID`, `FILE_WRITE_FAILED`
 *
 * @example
 * ```ts
 * import { mkdtempSync, writeFileSync } from 'node:fs'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import {
 *   appendFeatures,
 *   defineFeatureView,
 *   materializeFeatures,
 *   openOnlineStore,
 *   readOnlineFeatures,
 * } from 'ml-pipeline-toolkit'
 * const statements = defineFeatureView({
 *   name: 'statements',
 *   entities: { client: { type: 'integer' } },
 *   timestamp: 'day',
 *   features: { billed: { type: 'number' } },
 * })
 * const folder = mkdtempSync(join(tmpdir(), 'mlpt-'))
 * const store = join(folder, 'features')
 * writeFileSync(join(folder, 'facts.csv'), 'client,day,billed\n1,2026-01-31,250\n1,2026-02-28,310\n')
 * await appendFeatures(statements, { store, file: join(folder, 'facts.csv') })
 * const online = openOnlineStore(join(folder, 'online.db'))
 * await materializeFeatures(statements, { store, online, until: '2026-02-01T00:00:00Z' })
 * const found = readOnlineFeatures(online, statements, {
 *   key: { client: 1 },
 *   at: Date.parse('2026-02-01T00:00:00Z'),
 * })
 * found.values // => { billed: 250 }
 * found.statuses // => { billed: 'PRESENT' }
 * online[Symbol.dispose]()
 * ```
 */
export async function materializeFeatures(
  view: FeatureView,
  {
    store,
    online,
    until,
  }: { readonly store: string; readonly online: OnlineStore; readonly until: string },
): Promise<Materialized> {
  using database = await openDatabase()
  const place = { folder: join(store, view.name), view }
  return await materializeView(database, place, { store: online, until })
}

/**
 * How much each view holds, and up to when.
 *
 * @throws {ToolkitError} `DATA_FILE_INVALID`, `CONFIG_INVALID`; two views of one name are `CONFIG_INVALID` too
 *
 * @example
 * ```ts
 * import { mkdtempSync } from 'node:fs'
 * import { tmpdir } from 'node:os'
 * import { join } from 'node:path'
 * import { defineFeatureView, summarizeFeatures } from 'ml-pipeline-toolkit'
 * const view = defineFeatureView({
 *   name: 'empty',
 *   entities: { client: { type: 'integer' } },
 *   timestamp: 'day',
 *   features: { billed: { type: 'number' } },
 * })
 * const [summary] = await summarizeFeatures([view], { store: mkdtempSync(join(tmpdir(), 'mlpt-')) })
 * summary.files // => 0
 * ```
 */
export async function summarizeFeatures(
  views: readonly FeatureView[],
  { store }: { readonly store: string },
): Promise<ViewSummary[]> {
  checkNames(views)
  const summaries: ViewSummary[] = []
  for (const view of views) summaries.push(await summarize(view, store))
  return summaries
}

function checkNames(views: readonly FeatureView[]): void {
  const names = views.map(({ name }) => name)
  const double = names.filter((name, i) => names.indexOf(name) < i)
  if (double.length === 0) return
  throw new ToolkitError('CONFIG_INVALID', `two feature views are called '${double.join("', '")}'`)
}

async function summarize(view: FeatureView, store: string): Promise<ViewSummary> {
  const { parts } = await readManifest({ folder: join(store, view.name), view })
  const froms = parts.map(({ from }) => from).toSorted()
  const untils = parts.map(({ until }) => until).toSorted()
  return {
    name: view.name,
    rows: parts.reduce((sum, part) => sum + part.rows, 0),
    sizeBytes: parts.reduce((sum, part) => sum + part.sizeBytes, 0),
    files: parts.length,
    ...(parts.length > 0 && { from: froms[0]!, until: untils.at(-1)! }),
  }
}
