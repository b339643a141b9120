/** Judges the windows of a prediction log that are complete and were not judged before. */

import type { MonitoredPerformance, MonitoredWindow } from '../../core/monitored-window.ts'
import type { InputFields } from '../../core/input-field.ts'
import { type Database, quoteName } from '../../data/duckdb-store.ts'
import {
  readDistributions,
  type TableDistributions,
} from '../../data/profile/read-distributions.ts'
import type { Table } from '../../data/table/column.ts'
import type { ObservedSegment } from '../compare-observed.ts'
import { createSmallWindow, judgeWindow, type WindowSubject } from './judge-window.ts'
import {
  findRowWindows,
  fingerprintLabels,
  fingerprintLoaded,
  listVersions,
  loadWindow,
  nameVersion,
  observeInputs,
  observeScores,
  readLabelled,
  type LabelledRows,
  type LogVersion,
  type LogView,
} from './log-view-store.ts'
import type { KeptWindow, MonitoringStore } from './monitoring-store.ts'
import type { OutputColumn } from './output-columns.ts'
import { mostWindows, planTimeWindows, type WindowBounds } from './plan-windows.ts'
import { listSegments, segmentSql, type Segment, type SegmentSpec } from './segments.ts'
import { formatWindowSize, type WindowSize } from './window-size.ts'

/** How a log is looked at. */
export interface WatchSettings {
  readonly size: WindowSize
  /** Of windows with fewer rows nothing is said. */
  readonly minRows: number
  /** So long after its end a window of time is still open: rows take their time to the log. */
  readonly settleMs: number
  /** How rows are told apart, by input. */
  readonly segments: Readonly<Record<string, SegmentSpec>>
}

/** What a version of a model is compared with. */
export interface VersionReference {
  readonly fields: InputFields
  /** In words, for whoever reads the result. */
  readonly what: string
  /** The inputs of known rows: a table, or what a stored profile says of one. */
  readonly inputs: Table | TableDistributions
  /** What the model gives. */
  readonly outputs: readonly OutputColumn[]
  /** What it gives to rows that it did not learn from, by the columns of the log. */
  readonly scores?: TableDistributions | undefined
  /** How good predictions were; without its segments. */
  readonly measure: (rows: LabelledRows) => Omit<MonitoredPerformance, 'segments'>
}

/** All that is needed to watch one model. */
export interface WatchWorld {
  readonly log: LogView
  readonly model: string
  readonly settings: WatchSettings
  readonly referenceOf: (version: LogVersion) => Promise<VersionReference>
  /** Milliseconds since 1970. */
  readonly now: number
}

/** What a look at a log came to. */
export interface WatchOutcome {
  /** Windows that were judged now, by version and time. */
  readonly judged: readonly MonitoredWindow[]
  /** Windows whose performance is another since labels came. */
  readonly remeasured: readonly MonitoredWindow[]
  readonly versions: readonly WatchedVersion[]
}

/** How a version stands; the one that answered last is the last. */
export interface WatchedVersion {
  readonly version: string
  /** Of the model; empty where the log does not say. */
  readonly digest: string
  readonly rows: number
  /** Milliseconds since 1970. */
  readonly lastRow: number
  /** Rows that wait for their window to be full; absent for windows of time. */
  readonly waiting?: number
}

/** Looks at every version of the log. What it finds is kept window by window, so that it may be killed anywhere. */
export async function watchLog(world: WatchWorld, store: MonitoringStore): Promise<WatchOutcome> {
  const judged: MonitoredWindow[] = []
  const remeasured: MonitoredWindow[] = []
  const versions: WatchedVersion[] = []
  for (const version of await listVersions(world.log)) {
    const watcher = await openWatcher(world, version)
    const kept = store.listWindows({
      ...watcher.identity,
      digest: version.digest ?? '',
      limit: mostWindows,
    })
    remeasured.push(...(await remeasure(watcher, kept, store)))
    const { windows, waiting } = await planWindows(watcher, kept.at(-1))
    for (const bounds of windows) {
      const fresh = await judgeBounds(watcher, bounds)
      store.saveWindow(fresh)
      judged.push(fresh.window)
    }
    versions.push({
      version: watcher.identity.version,
      digest: version.digest ?? '',
      rows: version.rows,
      lastRow: version.last,
      ...(waiting !== undefined && { waiting }),
    })
  }
  return { judged, remeasured, versions }
}

/** One window of all rows from one moment up to another, for each version; nothing is kept. */
export async function lookAtLog(
  world: WatchWorld,
  range: { readonly since: number; readonly until: number },
): Promise<readonly MonitoredWindow[]> {
  const windows: MonitoredWindow[] = []
  for (const version of await listVersions(world.log)) {
    if (version.last < range.since || version.first >= range.until) continue
    const from = Math.max(range.since, version.first)
    const to = Math.min(range.until, version.last + 1)
    const size: WindowSize = { kind: 'time', spanMs: to - from, stepMs: to - from }
    const watcher = await openWatcher({ ...world, settings: { ...world.settings, size } }, version)
    const bounds = {
      first: { time: from, id: '' },
      last: { time: to - 1, id: '\u{10ffff}' },
      from,
      to,
    }
    windows.push((await judgeBounds(watcher, bounds)).window)
  }
  return windows
}

interface Watcher {
  readonly world: WatchWorld
  readonly version: LogVersion
  readonly identity: { readonly model: string; readonly version: string; readonly size: string }
  readonly reference: VersionReference
  readonly inputs: readonly string[]
  readonly known: TableDistributions
  readonly segments: readonly (Segment & { readonly known: TableDistributions | undefined })[]
}

async function openWatcher(world: WatchWorld, version: LogVersion): Promise<Watcher> {
  const { settings, log, model } = world
  const reference = onlyLogged(await world.referenceOf(version), log)
  const inputs = Object.keys(reference.fields)
  const known = await observeKnown(log.database, reference.inputs, inputs)
  const segments = []
  for (const [column, spec] of Object.entries(settings.segments)) {
    // Segments are of numbers, and a date is not one everywhere.
    if (reference.fields[column]?.type === 'date') continue
    for (const segment of listSegments(column, spec, known.columns.get(column))) {
      const rows = await observeSegment(log.database, reference.inputs, { segment, inputs })
      segments.push({ ...segment, known: rows })
    }
  }
  const identity = { model, version: nameVersion(version), size: formatWindowSize(settings.size) }
  return { world, version, identity, reference, inputs, known, segments }
}

/** Inputs that the log leaves out, because they are nobody's business, are not missing. */
function onlyLogged(reference: VersionReference, { columns }: LogView): VersionReference {
  const fields = Object.entries(reference.fields)
  const logged = fields.filter(([name]) => columns.has(`input.${name}`))
  if (logged.length === fields.length) return reference
  const absent = fields.filter((one) => !logged.includes(one)).map(([name]) => name)
  return {
    ...reference,
    fields: Object.fromEntries(logged),
    what: `${reference.what}; not in the log: ${absent.join(', ')}`,
  }
}

async function observeKnown(
  database: Database,
  side: Table | TableDistributions,
  columns: readonly string[],
): Promise<TableDistributions> {
  if ('relation' in side) return readDistributions(database, side, { columns })
  return {
    rows: side.rows,
    columns: new Map([...side.columns].filter(([name]) => columns.includes(name))),
  }
}

/** A stored profile has no rows to tell apart. */
async function observeSegment(
  database: Database,
  side: Table | TableDistributions,
  { segment, inputs }: { readonly segment: Segment; readonly inputs: readonly string[] },
): Promise<TableDistributions | undefined> {
  if (!('relation' in side)) return undefined
  const names = inputs.filter((name) => name !== segment.column).map(quoteName)
  const relation = `(SELECT ${names.join(', ')} FROM ${side.relation} WHERE ${segmentSql(segment, segment.column)})`
  const columns = inputs.filter((name) => name !== segment.column)
  return readDistributions(database, { ...side, relation }, { columns })
}

interface Planned {
  readonly windows: readonly WindowBounds[]
  readonly waiting?: number
}

async function planWindows(
  { world, version }: Watcher,
  last: KeptWindow | undefined,
): Promise<Planned> {
  const { size, settleMs } = world.settings
  if (size.kind === 'rows') return findRowWindows(world.log, version, size, last?.first)
  const log = { first: version.first, last: version.last, now: world.now, settleMs }
  return { windows: planTimeWindows(size, { ...log, after: last?.window.from }) }
}

async function judgeBounds(watcher: Watcher, bounds: WindowBounds): Promise<KeptWindow> {
  const { world, version, identity, reference } = watcher
  const { first, last, from, to } = bounds
  const { database } = world.log
  const { outputs } = reference
  const rows = await loadWindow(world.log, version, bounds, { fields: reference.fields, outputs })
  const digest = version.digest ?? ''
  const key = [identity.version, digest.slice(0, 12), identity.size, from, first.id].join('/')
  const subject: WindowSubject = { ...identity, key, from, to, rows, reference: reference.what }
  const performance = await measureLoaded(watcher)
  const labels = await fingerprintLoaded(database)
  const window =
    rows < world.settings.minRows
      ? createSmallWindow(subject, performance)
      : judgeWindow(
          subject,
          {
            reference: watcher.known,
            current: await observeInputs(database, reference.fields),
            outputs,
            scores: await observeScores(database, outputs),
            segments: await observeSegments(watcher),
            fields: reference.fields,
            ...(reference.scores !== undefined && { referenceScores: reference.scores }),
          },
          performance,
        )
  return { digest, window, first, last, labels }
}

/** A segment with fewer rows on a side tells nothing. */
const fewestSegmentRows = 30

async function observeSegments({
  world,
  segments,
  reference,
}: Watcher): Promise<readonly ObservedSegment[]> {
  const observed: ObservedSegment[] = []
  for (const segment of segments) {
    if (segment.known === undefined || segment.known.rows < fewestSegmentRows) continue
    const current = await observeInputs(world.log.database, reference.fields, segment)
    if (current.rows < fewestSegmentRows) continue
    observed.push({ value: segment.name, reference: segment.known, current })
  }
  return observed
}

async function measureLoaded({
  world,
  reference,
  segments,
}: Watcher): Promise<MonitoredPerformance> {
  const { database } = world.log
  const { outputs } = reference
  const whole = reference.measure(await readLabelled(database, outputs))
  if (whole.labels === 0) return { ...whole, segments: [] }
  const parts = []
  for (const segment of segments) {
    const { metrics, ...part } = reference.measure(await readLabelled(database, outputs, segment))
    const values = Object.entries(metrics).map(([name, { value }]) => [name, { value }] as const)
    if (part.labels > 0)
      parts.push({ name: segment.name, ...part, metrics: Object.fromEntries(values) })
  }
  return { ...whole, segments: parts }
}

/** Windows whose labels are others than when they were judged. The rest of what was said of them stands. */
async function remeasure(
  watcher: Watcher,
  kept: readonly KeptWindow[],
  store: MonitoringStore,
): Promise<readonly MonitoredWindow[]> {
  const { world, version, reference } = watcher
  const places = kept.map(({ window, first, last }) => ({ key: window.key, first, last }))
  const labels = await fingerprintLabels(world.log, version, places)
  const changed: MonitoredWindow[] = []
  for (const one of kept) {
    const now = labels.get(one.window.key) ?? ''
    // Rows may have been removed from the log, and their labels with them: what was measured stands.
    if (now === one.labels || now === '') continue
    await loadWindow(world.log, version, one, reference)
    const window = { ...one.window, performance: await measureLoaded(watcher) }
    store.saveWindow({ ...one, window, labels: now })
    changed.push(window)
  }
  return changed
}
