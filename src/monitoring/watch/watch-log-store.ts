/** Judges the windows of a prediction log that are complete and were not judged before. */

import type { MonitoredPerformance, MonitoredWindow } from '../../core/monitored-window.ts'
import type { ObservedSegment } from '../compare-observed.ts'
import { createSmallWindow, judgeWindow, type WindowSubject } from './judge-window.ts'
import { countLateRows } from './late-rows-store.ts'
import { findWindowsWithNews, loadLabelNews } from './label-news-store.ts'
import {
  columnsOf,
  filesBetween,
  listVersions,
  nameVersion,
  type LogVersion,
} from './log-catalogue.ts'
import {
  findRowStart,
  findRowWindows,
  logStart,
  fingerprintLoaded,
  loadLabels,
  loadWindow,
  observeInputs,
  observeScores,
  readLabelled,
  type RowStart,
} from './log-view-store.ts'
import type { KeptWindow, MonitoringStore } from './monitoring-store.ts'
import {
  observeReference,
  type ObservedReference,
  type VersionReference,
} from './observe-reference-store.ts'
import type { LogView } from './open-log-store.ts'
import { mostWindows, planTimeWindows, type WindowBounds } from './plan-windows.ts'
import type { RowsAhead } from './rows-ahead-store.ts'
import type { SegmentSpec } from './segments.ts'
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
  /** Rows whose moment is yet to come. */
  readonly ahead: RowsAhead | undefined
  /** Rows that came when their windows had been judged, and are in none. */
  readonly lateRows: number
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

/**
 * Looks at every version of the log. What it finds is kept window by window, so that it may be killed anywhere. It reads
 * files that may have rows of windows that were not judged yet, and of the others the ids when labels have come.
 */
export async function watchLog(world: WatchWorld, store: MonitoringStore): Promise<WatchOutcome> {
  const judged: MonitoredWindow[] = []
  const remeasured: MonitoredWindow[] = []
  const versions: WatchedVersion[] = []
  let lateRows = 0
  const of = { model: world.model, size: formatWindowSize(world.settings.size) }
  const hasNews = await loadLabelNews(world.log, store.readLabelMarks(of))
  for (const version of listVersions(world.log.predictions)) {
    const watcher = await openWatcher(world, version)
    const kept = store.listWindows({
      ...watcher.identity,
      digest: version.digest ?? '',
      limit: mostWindows,
    })
    if (hasNews) remeasured.push(...(await remeasure(watcher, kept, store)))
    const last = kept.at(-1)
    const start = await findStart(watcher, last)
    if (last !== undefined) lateRows += await countLateRows(world.log, version, start)
    const { windows, waiting } = await planWindows(watcher, { last, start })
    await loadLabelsOf(watcher, windows)
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
  // Last: of a look that was killed, the next one looks at the labels again.
  store.saveLabelMarks(of, world.log.feedback)
  return { judged, remeasured, versions, ahead: world.log.ahead, lateRows }
}

/** One window of all rows from one moment up to another, for each version; nothing is kept. */
export async function lookAtLog(
  world: WatchWorld,
  range: { readonly since: number; readonly until: number },
): Promise<readonly MonitoredWindow[]> {
  const windows: MonitoredWindow[] = []
  for (const version of listVersions(world.log.predictions)) {
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
    await loadLabelsOf(watcher, [bounds])
    windows.push((await judgeBounds(watcher, bounds)).window)
  }
  return windows
}

interface Watcher {
  readonly world: WatchWorld
  readonly version: LogVersion
  readonly identity: { readonly model: string; readonly version: string; readonly size: string }
  readonly reference: VersionReference
  /** Read when the first window asks for it. */
  readonly observe: () => Promise<ObservedReference>
}

async function openWatcher(world: WatchWorld, version: LogVersion): Promise<Watcher> {
  const { settings, log, model } = world
  const reference = onlyLogged(await world.referenceOf(version), columnsOf(log.predictions))
  const identity = { model, version: nameVersion(version), size: formatWindowSize(settings.size) }
  let observed: Promise<ObservedReference> | undefined
  const observe = (): Promise<ObservedReference> =>
    (observed ??= observeReference(log.database, reference, settings.segments))
  return { world, version, identity, reference, observe }
}

/** Inputs that the log leaves out, because they are nobody's business, are not missing. */
function onlyLogged(reference: VersionReference, columns: ReadonlySet<string>): VersionReference {
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

interface Planned {
  readonly windows: readonly WindowBounds[]
  readonly waiting?: number
}

/** Where windows go on behind the last judged one; of windows of time the beginning of the next one. */
async function findStart(
  { world, version }: Watcher,
  last: KeptWindow | undefined,
): Promise<RowStart> {
  const { size } = world.settings
  if (size.kind === 'rows') return findRowStart(world.log, version, size, last)
  if (last === undefined) return logStart
  return { at: { time: last.window.from + size.stepMs, id: '' }, isIncluded: true }
}

async function planWindows(
  { world, version }: Watcher,
  { last, start }: { readonly last: KeptWindow | undefined; readonly start: RowStart },
): Promise<Planned> {
  const { size, settleMs } = world.settings
  if (size.kind === 'rows') return findRowWindows(world.log, version, size, start)
  const log = { first: version.first, last: version.last, now: world.now, settleMs }
  return { windows: planTimeWindows(size, { ...log, after: last?.window.from }) }
}

async function judgeBounds(watcher: Watcher, bounds: WindowBounds): Promise<KeptWindow> {
  const { world, version, identity, reference } = watcher
  const { first, last, from, to } = bounds
  const { database } = world.log
  const { outputs } = reference
  const observed = await watcher.observe()
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
            reference: observed.inputs,
            current: await observeInputs(database, reference.fields),
            outputs,
            scores: await observeScores(database, outputs),
            segments: await observeSegments(watcher),
            fields: reference.fields,
            ...(observed.scores !== undefined && { referenceScores: observed.scores }),
          },
          performance,
        )
  return { digest, window, first, last, labels }
}

/** A segment with fewer rows on a side tells nothing. */
const fewestSegmentRows = 30

async function observeSegments({
  world,
  observe,
  reference,
}: Watcher): Promise<readonly ObservedSegment[]> {
  const observed: ObservedSegment[] = []
  for (const segment of (await observe()).segments) {
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
  observe,
}: Watcher): Promise<MonitoredPerformance> {
  const { database } = world.log
  const { outputs } = reference
  const whole = reference.measure(await readLabelled(database, outputs))
  if (whole.labels === 0) return { ...whole, segments: [] }
  const parts = []
  for (const segment of (await observe()).segments) {
    const part = reference.measure(await readLabelled(database, outputs, segment))
    if (part.labels > 0) parts.push({ name: segment.name, ...part })
  }
  return { ...whole, segments: parts }
}

/** Windows whose labels are others than when they were judged. The rest of what was said of them stands. */
async function remeasure(
  watcher: Watcher,
  kept: readonly KeptWindow[],
  store: MonitoringStore,
): Promise<readonly MonitoredWindow[]> {
  const { log } = watcher.world
  const named = kept.map((one) => ({ ...one, key: one.window.key }))
  const keys = await findWindowsWithNews(log, watcher.version, named)
  const asked = kept.filter(({ window }) => keys.has(window.key))
  await loadLabelsOf(watcher, asked)
  const changed: MonitoredWindow[] = []
  for (const one of asked) {
    const rows = await loadWindow(log, watcher.version, one, watcher.reference)
    const labels = await fingerprintLoaded(log.database)
    // Rows may have been removed from the log, and their labels with them: what was measured stands.
    if (labels === one.labels || rows < one.window.rows) continue
    const window = { ...one.window, performance: await measureLoaded(watcher) }
    store.saveWindow({ ...one, window, labels })
    changed.push(window)
  }
  return changed
}

/** The labels of all rows of some windows. */
async function loadLabelsOf(
  { world: { log }, version }: Watcher,
  windows: readonly Pick<WindowBounds, 'first' | 'last'>[],
): Promise<void> {
  if (windows.length === 0) return
  const from = Math.min(...windows.map(({ first }) => first.time))
  const to = Math.max(...windows.map(({ last }) => last.time))
  await loadLabels(log, filesBetween(log.predictions, version, { from, to }))
}
