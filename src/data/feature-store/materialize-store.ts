/** From the files of a feature view to the online store, and what is read there. */

import { createHash } from 'node:crypto'
import { ToolkitError } from '../../core/errors.ts'
import { parseInstant } from '../../core/instant.ts'
import type { AbsenceStatus } from '../../core/feature-reader.ts'
import { isTimeField, type TimeField } from '../../core/schema.ts'
import { nameHint } from '../../core/nearest.ts'
import { type Cell, type Database, quoteName, quoteText } from '../duckdb-store.ts'
import { type FeatureView, ttlMicroseconds } from './feature-view.ts'
import { isoOf, isoOfMs } from './moment-sql.ts'
import { originOfView } from './online-layout.ts'
import type { Materialized, OnlineFact } from './online-stage-store.ts'
import type { OnlineStore, Progress } from './online-store.ts'
import { encodeCells, encodeKey, type EntityKey } from './online-values.ts'
import type { ViewManifest } from './view-manifest.ts'
import { readWholeManifest, relationOfParts, type ViewPlace } from './view-store.ts'

/**
 * Brings the newest fact of each entity, no later than a moment, into the online store: only what was appended
 * since the last time, and what has come to hold since. An entity never goes back to an older fact, whatever is
 * appended or asked for later; an earlier moment than the last time's counts as that one. The facts of a view that
 * was built anew since, of other data, take the place of those that are there.
 *
 * @param until - ISO 8601 in UTC; facts of that very moment count
 * @throws {ToolkitError} `CONFIG_INVALID`, `DATA_FILE_INVALID`, `FILE_WRITE_FAILED`; `FILE_MISSING` when the view has no facts any more,
 *   `DATA_UNSAVED` when another process writes for long
 */
export async function materializeView(
  database: Database,
  place: ViewPlace,
  { store, until }: { readonly store: OnlineStore; readonly until: string },
): Promise<Materialized> {
  const wanted = momentOf(until)
  for (;;) {
    const done = await tryMaterialize(database, place, { store, wanted })
    // Another process was faster: what it has brought counts.
    if (done !== undefined) return done
  }
}

async function tryMaterialize(
  database: Database,
  place: ViewPlace,
  { store, wanted }: { readonly store: OnlineStore; readonly wanted: string },
): Promise<Materialized | undefined> {
  const { view } = place
  const manifest = await readWholeManifest(place)
  const before = store.progress(view)
  if (manifest.sequence === 0 && before !== undefined && before.sequence > 0) throw vanished(place)
  // Never less far than before: what was appended since may lie between.
  const reached = before === undefined || before.until < wanted ? wanted : before.until
  const since =
    before?.origin === originOf(view, manifest, before?.sequence ?? 0) ? before : undefined
  const select = selectNewest(view, relationOfParts(place, manifest.parts), {
    until: reached,
    since,
  })
  const { sequence } = manifest
  return store.advance(view, readFacts(database, view, select), {
    before,
    reached: { sequence, until: reached, origin: originOf(view, manifest, sequence) },
    replaces: since === undefined,
  })
}

async function* readFacts(
  database: Database,
  view: FeatureView,
  select: string,
): AsyncGenerator<OnlineFact[]> {
  for await (const rows of database.queryBatches(select)) {
    yield rows.map((row) => toFact(view, row))
  }
}

/** A stage that writes the view anew removes its folder first: entities are not unknown because of that. */
function vanished({ folder, view }: ViewPlace): ToolkitError {
  return new ToolkitError(
    'FILE_MISSING',
    `feature view '${view.name}' has no facts at '${folder}', and the online store has some`,
    { hint: 'build the view first; to empty the online store, remove its file' },
  )
}

/** The definition, and the appends up to one: a view that is built anew counts its appends from 1 again. */
function originOf(view: FeatureView, { batches }: ViewManifest, sequence: number): string {
  const appends = batches.slice(0, sequence).join(' ')
  return originOfView(view, createHash('md5').update(`${sequence} ${appends}`).digest('hex'))
}

/** A moment from text. @throws {ToolkitError} `CONFIG_INVALID` */
function momentOf(text: string): string {
  const instant = parseInstant(text)
  if (instant === undefined) {
    throw new ToolkitError('CONFIG_INVALID', `'${text}' is no instant such as 2026-01-31T00:00:00Z`)
  }
  return isoOfMs(instant)
}

function selectNewest(
  view: FeatureView,
  facts: string,
  { until, since }: { readonly until: string; readonly since: Progress | undefined },
): string {
  const moment = quoteName(view.timestamp)
  const created = view.created === undefined ? undefined : quoteName(view.created)
  const keys = Object.keys(view.entities).map(quoteName)
  const news =
    since === undefined
      ? ''
      : `AND ("#sequence" > ${since.sequence} OR ${moment} > CAST(${quoteText(since.until)} AS TIMESTAMP))`
  const cells = Object.entries({ ...view.entities, ...view.features }).map(([name, field]) =>
    isTimeField(field)
      ? `${writtenSql(quoteName(name), field)} AS ${quoteName(name)}`
      : quoteName(name),
  )
  return `SELECT ${cells.join(', ')}, ${isoOf(moment)} AS "#moment",
      ${created === undefined ? `''` : `coalesce(${isoOf(created)}, '')`} AS "#created", "#sequence"
    FROM ${facts} WHERE ${moment} <= CAST(${quoteText(until)} AS TIMESTAMP) ${news}
    QUALIFY row_number() OVER (PARTITION BY ${keys.join(', ')}
      ORDER BY ${moment} DESC, ${created === undefined ? '' : `${created} DESC NULLS LAST, `}"#sequence" DESC) = 1`
}

/** A day or a moment as text; a key that is a moment is looked up as `encodeKey` writes it. */
function writtenSql(cell: string, { type }: TimeField): string {
  return type === 'date' ? `CAST(${cell} AS VARCHAR)` : `strftime(${cell}, '%Y-%m-%dT%H:%M:%S.%gZ')`
}

function toFact(view: FeatureView, row: Readonly<Record<string, Cell>>): OnlineFact {
  return {
    key: encodeCells(Object.keys(view.entities).map((name) => row[name] ?? null)),
    moment: String(row['#moment']),
    created: String(row['#created']),
    sequence: Number(row['#sequence']),
    features: encodeCells(Object.keys(view.features).map((name) => row[name] ?? null)),
  }
}

/** Why a feature has the value that it has. */
export type FeatureStatus = 'PRESENT' | AbsenceStatus

/** What the store knows of one entity. */
export interface OnlineFeatures {
  /** By feature; null unless the status is PRESENT. */
  readonly values: Readonly<Record<string, number | string | boolean | null>>
  readonly statuses: Readonly<Record<string, FeatureStatus>>
  /** The moment of the fact, ISO 8601 in UTC; absent when there is none. */
  readonly moment?: string
}

/**
 * The newest features of an entity. One that is older than the view's `ttl` is missing, as it is in training sets;
 * so is one that did not hold yet at that moment, for what held then is not kept.
 *
 * @param options.at - the moment at which they are wanted, milliseconds since 1970
 * @throws {ToolkitError} `REQUEST_INVALID` naming all unknown features, and keys that do not fit the view
 */
export function readOnlineFeatures(
  store: OnlineStore,
  view: FeatureView,
  options: {
    readonly key: EntityKey
    readonly features?: readonly string[]
    readonly at: number
  },
): OnlineFeatures {
  const names = Object.keys(view.features)
  const wanted = options.features ?? names
  checkFeatures(view, wanted)
  const fact = store.find(view, encodeKey(view, options.key))
  if (fact === undefined) return fill(wanted, 'NOT_FOUND')
  const ttl = ttlMicroseconds(view)
  const oldest = ttl === undefined ? '' : isoOfMs(options.at - ttl / 1000)
  if (fact.moment > isoOfMs(options.at)) return fill(wanted, 'NOT_KEPT')
  if (fact.moment < oldest) return { ...fill(wanted, 'OUTSIDE_MAX_AGE'), moment: fact.moment }
  const found = wanted.map(
    (name) => [name, fact.cells[fact.places.get(name) ?? -1] ?? null] as const,
  )
  return {
    values: Object.fromEntries(found),
    statuses: Object.fromEntries(
      found.map(([name, value]) => [name, value === null ? 'NULL' : 'PRESENT']),
    ),
    moment: fact.moment,
  }
}

function checkFeatures(view: FeatureView, wanted: readonly string[]): void {
  const names = Object.keys(view.features)
  const unknown = wanted.filter((name) => !names.includes(name))
  if (unknown.length === 0) return
  throw new ToolkitError(
    'REQUEST_INVALID',
    `feature view '${view.name}' has no feature ${unknown.map((name) => `'${name}'`).join(', ')}`,
    { hint: unknown.map((name) => nameHint(name, names, 'features')).join('; ') },
  )
}

function fill(names: readonly string[], status: FeatureStatus): OnlineFeatures {
  return {
    values: Object.fromEntries(names.map((name) => [name, null])),
    statuses: Object.fromEntries(names.map((name) => [name, status])),
  }
}
