/** Where a feature view's facts lie: Parquet files by month, and the manifest that lists them. */

import { createHash } from 'node:crypto'
import { rmSync } from 'node:fs'
import { readFile, rename, stat } from 'node:fs/promises'
import { basename, dirname, join } from 'node:path'
import { listIfPresent, replaceFileWith, systemCode } from '../../core/atomic-file.ts'
import { type Database, quoteName, quotePath, quoteText } from '../duckdb-store.ts'
import { hashFile } from '../hash-file.ts'
import { whileHeld } from '../../core/hold-store.ts'
import type { SchemaPolicy } from '../schema/check-misfits.ts'
import type { Table } from '../table/column.ts'
import { type ExpectationPolicy, type FeatureView, keysOf } from './feature-view.ts'
import { holdFacts } from './held-facts-file.ts'
import { isoOf } from './moment-sql.ts'
import type { JoinedView, WantedView } from './point-in-time-join.ts'
import { selectFacts, storageOfView } from './staged-facts.ts'
import {
  adoptView,
  emptyManifest,
  hashManifest,
  monthOf,
  parseManifest,
  partBySingle,
  type Part,
  type ViewManifest,
} from './view-manifest.ts'
import { writeJson } from '../../core/json-file.ts'
import { ToolkitError } from '../../core/errors.ts'

/** A view, and the folder of its facts. */
export interface ViewPlace {
  readonly folder: string
  readonly view: FeatureView
  /** The file that keeps other writers out: beside the folder, for what lies in it is data, when absent. */
  readonly lock?: string
  /** The folder that the path of the view's suite starts from; the working directory when absent. */
  readonly root?: string
  /** The folder of facts that break expectations; beside the folder when absent. */
  readonly quarantine?: string
  /** What follows from expectations that fail, where the view says nothing; 'error' when absent. */
  readonly policy?: ExpectationPolicy
}

/** What an append or a compaction did. */
export interface ViewChange {
  /** False when these facts had been appended before. */
  readonly isNew: boolean
  readonly rows: number
  readonly manifest: ViewManifest
  /** Facts that broke expectations of the view and were let in, in words; absent when all hold. */
  readonly warning?: string
  /** Facts that were not appended, since they break expectations. */
  readonly quarantined?: { readonly rows: number; readonly path: string }
}

/** The manifest of the folder of a view; an empty one where there is none. @throws {ToolkitError} `DATA_FILE_INVALID`, `CONFIG_INVALID` */
export async function readManifest({ folder, view }: ViewPlace): Promise<ViewManifest> {
  const path = join(folder, 'manifest.json')
  try {
    return adoptView(parseManifest(await readFile(path, 'utf8'), path), view)
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return emptyManifest(view)
    throw error
  }
}

/**
 * Appends the facts of a table: new files, one a month; those that are there stay as they are. The same facts
 * appended again change nothing, so that a run that was killed can be repeated.
 *
 * @param policy - see `selectFacts`
 * @throws {ToolkitError} `DATA_COLUMN_MISSING`, `DATA_CELL_INVALID`, `DATA_UNSAVED`, `FILE_WRITE_FAILED`; as `holdFacts`
 */
export async function appendFacts(
  database: Database,
  place: ViewPlace,
  table: Table,
  policy: SchemaPolicy = 'error',
): Promise<ViewChange> {
  const selected = await selectFacts(database, place.view, { table, policy })
  using held = await holdFacts(database, place.view, selected, {
    policy: place.policy ?? 'error',
    root: place.root ?? '',
    quarantine: place.quarantine ?? besideFolder(place, 'quarantine'),
  })
  const { facts, warning, quarantined } = held
  const change = await whileHeld(lockPath(place), () => append(database, place, facts))
  return { ...change, ...(warning && { warning }), ...(quarantined && { quarantined }) }
}

async function append(
  database: Database,
  { folder, view }: ViewPlace,
  facts: string,
): Promise<ViewChange> {
  const manifest = await readManifest({ folder, view })
  await removeLeftOvers(folder, manifest)
  const sequence = manifest.sequence + 1
  const parts = await writeParts(database, { folder, view, sequence }, facts)
  const rows = parts.reduce((sum, part) => sum + part.rows, 0)
  const batch = hashParts(parts)
  if (parts.length === 0 || manifest.batches.includes(batch)) {
    await removeLeftOvers(folder, manifest)
    return { isNew: false, rows, manifest }
  }
  const changed: ViewManifest = {
    ...manifest,
    sequence,
    parts: [...manifest.parts, ...parts].toSorted(byPath),
    batches: [...manifest.batches, batch],
  }
  await writeManifest(folder, changed)
  return { isNew: true, rows, manifest: changed }
}

/**
 * Makes one file of the files of each month that has several: what queries find stays the same. Files of months
 * with one file are not touched.
 *
 * @throws {ToolkitError} `DATA_UNSAVED`, `FILE_WRITE_FAILED`
 */
export async function compactView(database: Database, place: ViewPlace): Promise<ViewChange> {
  return whileHeld(lockPath(place), () => compact(database, place))
}

async function compact(database: Database, { folder, view }: ViewPlace): Promise<ViewChange> {
  const manifest = await readManifest({ folder, view })
  await removeLeftOvers(folder, manifest)
  const kept: Part[] = []
  for (const parts of Map.groupBy(manifest.parts, monthOf).values()) {
    if (parts.length === 1) kept.push(...parts)
    else {
      const sequence = Math.max(...parts.map((part) => part.sequence))
      const facts = selectLast(view, relationOfParts({ folder, view }, parts))
      kept.push(...(await writeParts(database, { folder, view, sequence }, facts)))
    }
  }
  const rows = kept.reduce((sum, part) => sum + part.rows, 0)
  if (kept.length === manifest.parts.length) return { isNew: false, rows, manifest }
  const changed = { ...manifest, parts: kept.toSorted(byPath) }
  await writeManifest(folder, changed)
  await removeLeftOvers(folder, changed)
  return { isNew: true, rows, manifest: changed }
}

/** Of facts of equal entities and moments the one of the latest append. */
function selectLast(view: FeatureView, relation: string): string {
  const keys = keysOf(view).map(quoteName)
  return `SELECT * EXCLUDE ("#sequence") FROM ${relation}
    QUALIFY row_number() OVER (PARTITION BY ${keys.join(', ')} ORDER BY "#sequence" DESC) = 1`
}

function lockPath(place: ViewPlace): string {
  return place.lock ?? besideFolder(place, 'lock')
}

function besideFolder({ folder }: ViewPlace, ending: string): string {
  return join(dirname(folder), `.${basename(folder)}.${ending}`)
}

function byPath(a: Part, b: Part): number {
  return a.path < b.path ? -1 : 1
}

async function writeManifest(folder: string, manifest: ViewManifest): Promise<void> {
  await writeJson(join(folder, 'manifest.json'), manifest)
}

interface Writing extends ViewPlace {
  readonly sequence: number
}

const factsTable = '"#facts"'

/** Writes the facts of a query as one file a month, ordered by entity and moment. */
async function writeParts(database: Database, writing: Writing, facts: string): Promise<Part[]> {
  const moment = quoteName(writing.view.timestamp)
  await database.run(`CREATE OR REPLACE TEMP TABLE ${factsTable} AS
    SELECT *, format('{:04d}-{:02d}', year(${moment}), month(${moment})) AS "#month" FROM (${facts})`)
  try {
    const months = await database.query(
      `SELECT "#month" AS month, count(*) AS n, ${isoOf(`min(${moment})`)} AS first, ${isoOf(`max(${moment})`)} AS last
       FROM ${factsTable} GROUP BY 1 ORDER BY 1`,
    )
    const repeating = await findRepeating(database, writing.view)
    const parts: Part[] = []
    for (const { month, n, first, last } of months) {
      const size = {
        rows: Number(n),
        from: String(first),
        until: String(last),
        repeats: repeating.has(month),
      }
      parts.push({ ...size, ...(await writePart(database, writing, String(month))) })
    }
    return parts
  } finally {
    await database.run(`DROP TABLE IF EXISTS ${factsTable}`)
  }
}

/** The months with several facts of one entity and moment; without `created` none has any. */
async function findRepeating(database: Database, view: FeatureView): Promise<Set<unknown>> {
  if (view.created === undefined) return new Set()
  const keys = [...Object.keys(view.entities), view.timestamp].map(quoteName)
  const found = await database.query(
    `SELECT DISTINCT "#month" AS month FROM ${factsTable} GROUP BY "#month", ${keys.join(', ')} HAVING count(*) > 1`,
  )
  return new Set(found.map(({ month }) => month))
}

async function writePart(
  database: Database,
  { folder, view, sequence }: Writing,
  month: string,
): Promise<Pick<Part, 'path' | 'sequence' | 'sizeBytes' | 'md5'>> {
  const waiting = join(folder, `month=${month}`, 'incoming.parquet')
  await replaceFileWith(waiting, async (temporaryPath) => {
    await database.writeParquet(
      `SELECT * EXCLUDE ("#month") FROM ${factsTable} WHERE "#month" = ${quoteText(month)}
       ORDER BY ${keysOf(view).map(quoteName).join(', ')}`,
      temporaryPath,
    )
  })
  const md5 = await hashFile(waiting)
  const name = `month=${month}/${String(sequence).padStart(8, '0')}-${md5.slice(0, 8)}.parquet`
  await replaceFileWith(join(folder, name), async (temporaryPath) => {
    await rename(waiting, temporaryPath)
  })
  return { path: name, sequence, sizeBytes: (await stat(join(folder, name))).size, md5 }
}

function hashParts(parts: readonly Part[]): string {
  const hash = createHash('md5')
  for (const part of parts) hash.update(`${monthOf(part)} ${part.md5}\n`)
  return hash.digest('hex')
}

/** Removes what a killed writer left and what a compaction replaced: files of parts that are not listed. */
async function removeLeftOvers(folder: string, { parts }: ViewManifest): Promise<void> {
  const listed = new Set(parts.map(({ path }) => path))
  for (const month of listIfPresent(folder).filter((name) => /^month=\d{4,6}-\d\d$/.test(name))) {
    for (const name of listIfPresent(join(folder, month))) {
      const isOurs = /^\d{8}-[\da-f]{8}\.parquet$|^incoming\.parquet$|^\..+\.\d+\.tmp$/.test(name)
      if (isOurs && !listed.has(`${month}/${name}`))
        rmSync(join(folder, month, name), { force: true })
    }
  }
}

/** A view with its facts, read once, as the point-in-time join needs them. @throws {ToolkitError} as {@link readWholeManifest} */
export async function readJoined(
  wanted: WantedView,
  place: ViewPlace,
): Promise<JoinedView & { readonly manifest: ViewManifest }> {
  const manifest = await readWholeManifest(place)
  return { ...wanted, manifest, facts: factsOfView(place, manifest) }
}

/**
 * The manifest of a view whose files are all there, each as long as it was when it was written.
 *
 * @throws {ToolkitError} `FILE_MISSING`, `DATA_FILE_INVALID` naming what is not; `CONFIG_INVALID`
 */
export async function readWholeManifest(place: ViewPlace): Promise<ViewManifest> {
  for (let manifest = await readManifest(place); ;) {
    const fault = await findPartFault(place, manifest)
    if (fault === undefined) return manifest
    // A compaction may have taken the files away meanwhile.
    const now = await readManifest(place)
    if (hashManifest(now) === hashManifest(manifest)) throw fault
    manifest = now
  }
}

async function findPartFault(
  { folder, view }: ViewPlace,
  { parts }: ViewManifest,
): Promise<ToolkitError | undefined> {
  const hint = "bring it back, as with 'mlpt checkout', or build the view again in an empty folder"
  for (const { path, sizeBytes } of parts) {
    const found = await stat(join(folder, path)).catch((error: unknown) => {
      if (systemCode(error) === 'ENOENT') return undefined
      throw error
    })
    const what = `feature view '${view.name}': '${join(folder, path)}'`
    if (found === undefined)
      return new ToolkitError('FILE_MISSING', `${what} is not there`, { hint })
    if (found.size !== sizeBytes) {
      const text = `${what} has ${found.size} bytes, and ${sizeBytes} were written`
      return new ToolkitError('DATA_FILE_INVALID', text, { hint })
    }
  }
  return undefined
}

/** The facts of a view as the point-in-time join needs them. */
export function factsOfView(place: ViewPlace, manifest: ViewManifest): JoinedView['facts'] {
  const { single, repeated } = partBySingle(manifest)
  return {
    single: relationOfParts(place, single),
    ...(repeated.length > 0 && { repeated: relationOfParts(place, repeated) }),
  }
}

/** The facts of a view for SQL's FROM, with the number of their append as column `#sequence`. */
export function relationOfParts({ folder, view }: ViewPlace, parts: readonly Part[]): string {
  const columns = storageOfView(view)
  const none = columns.map(({ name, type }) => `CAST(NULL AS ${type}) AS ${quoteName(name)}`)
  const nothing = `SELECT ${none.join(', ')}, 0 AS "#sequence" WHERE false`
  if (parts.length === 0) return `(${nothing})`
  const paths = parts.map(({ path }) => quotePath(join(folder, path)))
  const wanted = [...columns.map(({ name }) => quoteName(name)), '"#sequence"']
  // What older files lack, nothing brings in: a feature that was added since.
  return `(SELECT ${wanted.join(', ')} FROM (
      SELECT * EXCLUDE ("#file"), CAST(left(parse_filename("#file"), 8) AS INTEGER) AS "#sequence"
      FROM read_parquet([${paths.join(', ')}], filename = '#file', union_by_name = true, hive_partitioning = false)
      UNION ALL BY NAME ${nothing}))`
}
