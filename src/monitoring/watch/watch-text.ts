/** What monitoring found, for people. */

import { formatCount, formatNumber, formatShare } from '../../core/format-number.ts'
import type {
  MonitoredAlert,
  MonitoredColumn,
  MonitoredPerformance,
  MonitoredWindow,
} from '../../core/monitored-window.ts'

/** So many windows of a version are told in full: the first look at a long log has hundreds. */
const newestTold = 3

/** The newest windows of each version in full, and how many there are before them; no final newline. */
export function renderWindows(windows: readonly MonitoredWindow[]): string[] {
  return [...Map.groupBy(windows, ({ version }) => version)].flatMap(([version, own]) => {
    const sorted = own.toSorted((a, b) => a.from - b.from)
    const before = sorted.slice(0, -newestTold)
    const newest = sorted.slice(-newestTold).map(renderWindow)
    if (before.length === 0) return newest
    const drifted = before.filter(hasDrifted).length
    const count = before.length === 1 ? '1 window' : `${formatCount(before.length)} windows`
    return [
      `      version ${version}: ${count} before, ${formatCount(drifted)} with drift; --json and the dashboard have them`,
      ...newest,
    ]
  })
}

function hasDrifted(window: MonitoredWindow): boolean {
  return window.drifted.length > 0 || driftedOutputs(window).length > 0
}

/** A few lines for each window; no final newline. */
export function renderWindow(window: MonitoredWindow): string {
  const { version, from, to, rows, size, state } = window
  const mark = state === 'too-few-rows' ? 'few  ' : hasDrifted(window) ? 'DRIFT' : 'ok   '
  // A window of so many rows has so many.
  const length = size.endsWith(' rows') ? '' : `, ${size}`
  const title = `${mark} version ${version}, ${formatMoment(from)} to ${formatMoment(to)} (${formatCount(rows)} rows${length})`
  return [title, ...listFindings(window).map((line) => `        ${line}`)].join('\n')
}

function listFindings(window: MonitoredWindow): string[] {
  const { columns, segments, performance, state } = window
  if (state === 'too-few-rows') return describePerformance(performance)
  const moved = columns.filter(({ isDrifted }) => isDrifted)
  const unfit = columns.filter(
    ({ outOfRangeShare, unseenShare }) => outOfRangeShare + unseenShare > 0,
  )
  const inSegments = segments.filter((segment) => segment.drifted.length > 0)
  return [
    ...moved.map(({ name, reasons }) => `${name}: ${reasons.join('; ')}`),
    ...driftedOutputs(window),
    ...inSegments.map(
      ({ name, rows, drifted }) => `in ${name} (${formatCount(rows)} rows): ${drifted.join(', ')}`,
    ),
    ...unfit.map(describeUnfit),
    ...describePerformance(performance),
  ]
}

function describeUnfit({ name, outOfRangeShare, unseenShare, unfit }: MonitoredColumn): string {
  const share = formatShare(outOfRangeShare + unseenShare)
  const values = unfit.map((value) => (typeof value === 'string' ? `'${value}'` : String(value)))
  const such = values.length === 0 ? '' : `, such as ${values.join(', ')}`
  return `${name}: ${share} of the values do not fit the field, or the model does not know them${such}`
}

/** The score, or the predicted class and the probabilities. */
function driftedOutputs({ prediction, probabilities = [] }: MonitoredWindow): string[] {
  return [
    ...(prediction?.isDrifted === true
      ? [`${prediction.name}: ${prediction.reasons.join('; ')}`]
      : []),
    ...probabilities
      .filter(({ isDrifted }) => isDrifted)
      .map(({ name, reasons }) => `probability of ${name}: ${reasons.join('; ')}`),
  ]
}

/** All rows, and the segments of which there is something to tell. */
function describePerformance({ segments, ...whole }: MonitoredPerformance): string[] {
  const measured = segments.filter(({ state }) => state === 'measured')
  return [
    ...describeMeasured(whole),
    ...measured.flatMap((segment) =>
      describeMeasured(segment).map((line) => `in ${segment.name}: ${line}`),
    ),
  ]
}

function describeMeasured({
  state,
  labels,
  positives,
  metrics,
}: Omit<MonitoredPerformance, 'segments'>): string[] {
  if (state === 'no-labels') return []
  const share = positives === undefined ? '' : `, ${formatCount(positives)} of class 1`
  const known = `${formatCount(labels)} labels${share}`
  if (state === 'too-few-labels') return [`${known}: too few to measure`]
  if (state === 'one-class') return [`${known}: all of one class, nothing to measure`]
  const measured = Object.entries(metrics).map(([name, { value, lower, upper }]) => {
    const interval =
      lower === undefined || upper === undefined ? '' : ` [${value3(lower)}, ${value3(upper)}]`
    return `${name} ${value3(value)}${interval}`
  })
  return [`${measured.join(', ')} (${known})`]
}

function value3(value: number): string {
  return value.toFixed(3)
}

/** One line for an alert. */
export function renderAlert({
  name,
  severity,
  condition,
  isFiring,
  since,
  value,
}: MonitoredAlert): string {
  const now = value === undefined ? 'nothing measured yet' : `now ${formatNumber(value)}`
  const mark = isFiring ? 'FIRING' : 'quiet '
  const start = isFiring && since !== undefined ? `, since ${formatMoment(since)}` : ''
  return `${mark} ${name} (${severity}): ${condition}, ${now}${start}`
}

/** A moment in UTC to the second. */
export function formatMoment(time: number): string {
  return `${new Date(time).toISOString().slice(0, 19)}Z`
}
