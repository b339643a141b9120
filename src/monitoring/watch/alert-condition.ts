/** Conditions of alert rules: a measure of a window against a number. */

import type { MonitoredColumn, MonitoredWindow } from '../../core/monitored-window.ts'
import { nameHint } from '../../core/nearest.ts'
import { ageMeasures } from './alert-age.ts'
import { allPerformanceMeasures } from './performance-measures.ts'

/** `psi(AGE) > 0.2`, taken apart. */
export interface Condition {
  readonly measure: string
  /** The column in parentheses. */
  readonly column?: string
  readonly comparison: '>' | '>=' | '<' | '<='
  readonly limit: number
}

/** Measures of a whole window. `undefined` where the window does not have it. */
const windowMeasures: Readonly<Record<string, (window: MonitoredWindow) => number | undefined>> = {
  drift_share: ({ driftShare }) => driftShare,
  prediction_drift: ({ prediction }) => prediction?.distance,
  prediction_psi: ({ prediction }) => prediction?.psi,
  mean_score: ({ meanScore }) => meanScore,
  rows: ({ rows }) => rows,
  labels: ({ performance }) => performance.labels,
  ...Object.fromEntries(allPerformanceMeasures.map((name) => [name, metricOf(name)])),
  positive_share: ({ performance: { state, positives, labels } }) =>
    positives !== undefined && (state === 'measured' || state === 'one-class')
      ? positives / labels
      : undefined,
}

function metricOf(name: string): (window: MonitoredWindow) => number | undefined {
  return ({ performance }) => performance.metrics[name]?.value
}

/** Measures of one input. */
const columnMeasures: Readonly<Record<string, (column: MonitoredColumn) => number | undefined>> = {
  drift: ({ distance }) => distance,
  psi: ({ psi }) => psi,
  jensenshannon: ({ jensenshannon }) => jensenshannon,
  missing_share: ({ missingShare }) => missingShare,
  out_of_range_share: ({ outOfRangeShare }) => outOfRangeShare,
  unseen_share: ({ unseenShare }) => unseenShare,
}

/** The measure of the probability of one class. */
export const classMeasure = 'probability_drift'

/** Measures that say that the data, or what the model makes of it, is another than it was: those that retrain. */
const driftMeasures: ReadonlySet<string> = new Set([
  'drift_share',
  'prediction_drift',
  'prediction_psi',
  'drift',
  'psi',
  'jensenshannon',
  classMeasure,
  ...allPerformanceMeasures,
])

/** All measures, for messages. */
export const measureNames: readonly string[] = [
  ...Object.keys(windowMeasures),
  ...Object.keys(columnMeasures),
  classMeasure,
  ...ageMeasures,
]

/** Measures that a segment has too. */
const segmentMeasures = ['drift_share', 'drift', 'rows', 'labels', ...allPerformanceMeasures]

/** Whether what stands in parentheses is an input of the model. */
export function isOfInput({ measure }: Condition): boolean {
  return Object.hasOwn(columnMeasures, measure)
}

/** Whether such a condition may lead to a new training. */
export function isAboutDrift({ measure }: Condition): boolean {
  return driftMeasures.has(measure)
}

/**
 * Reads `measure > number` or `measure(column) > number`.
 *
 * @returns the condition, or what is wrong with the text
 */
export function parseCondition(text: unknown): Condition | string {
  const form = `expected a condition such as 'drift_share > 0.3' or 'psi(AGE) > 0.2'`
  if (typeof text !== 'string') return `is ${JSON.stringify(text)}, ${form}`
  const [, measure = '', column, comparison, number = ''] =
    /^\s*(\w+)\s*(?:\((.+)\))?\s*(>=|<=|>|<)\s*(\S+)\s*$/.exec(text) ?? []
  if (!isComparison(comparison)) return `is ${JSON.stringify(text)}, ${form}`
  const limit = Number(number)
  if (!Number.isFinite(limit)) return `compares with '${number}', expected a number`
  const problem = findMeasureProblem(measure, column)
  if (problem !== undefined) return problem
  return { measure, comparison, limit, ...(column !== undefined && { column: column.trim() }) }
}

function isComparison(text: string | undefined): text is Condition['comparison'] {
  return text === '>' || text === '>=' || text === '<' || text === '<='
}

function findMeasureProblem(measure: string, column: string | undefined): string | undefined {
  const isOfWindow = Object.hasOwn(windowMeasures, measure)
  if (!isOfWindow && !Object.hasOwn(columnMeasures, measure) && measure !== classMeasure) {
    return `asks for '${measure}', which is no measure (${nameHint(measure, measureNames, 'measures')})`
  }
  if (isOfWindow) {
    return column === undefined
      ? undefined
      : `asks '${measure}' of a column, but it is one of the whole window`
  }
  if (column !== undefined) return undefined
  const what = measure === classMeasure ? 'class' : 'column'
  return `asks for '${measure}' without a ${what}, expected '${measure}(${what.toUpperCase()})'`
}

/** As it is written. */
export function formatCondition({ measure, column, comparison, limit }: Condition): string {
  return `${measure}${column === undefined ? '' : `(${column})`} ${comparison} ${limit}`
}

/** Whether a segment can be asked for this. */
export function canAskSegment({ measure }: Condition): boolean {
  return segmentMeasures.includes(measure)
}

/** The list of what segments know, for messages. */
export const segmentMeasureNames = segmentMeasures.join(', ')

/** What the condition looks at, in one window or one segment of it; `undefined` when it is not known there. */
export function measureOf(
  { measure, column: name }: Condition,
  window: MonitoredWindow,
  segment?: string,
): number | undefined {
  if (segment !== undefined)
    return measureOfSegment(measure, name, segmentAsWindow(window, segment))
  return measureOfSegment(measure, name, window)
}

function measureOfSegment(
  measure: string,
  name: string | undefined,
  window: MonitoredWindow | undefined,
): number | undefined {
  if (window === undefined) return undefined
  if (Object.hasOwn(windowMeasures, measure)) {
    return window.state === 'judged' || knownOfSmall.has(measure)
      ? windowMeasures[measure]?.(window)
      : undefined
  }
  if (measure === classMeasure)
    return window.probabilities?.find((one) => one.name === name)?.distance
  const column = window.columns.find((one) => one.name === name)
  return column && columnMeasures[measure]?.(column)
}

/** What is known of windows with too few rows: all but what is compared. */
const knownOfSmall: ReadonlySet<string> = new Set([
  'rows',
  'labels',
  'positive_share',
  ...allPerformanceMeasures,
])

/** A segment with the names of a window, so that one table of measures serves both. */
function segmentAsWindow(window: MonitoredWindow, name: string): MonitoredWindow | undefined {
  const drift = window.segments.find((one) => one.name === name)
  const performance = window.performance.segments.find((one) => one.name === name)
  if (drift === undefined && performance === undefined) return undefined
  const { prediction: _prediction, probabilities: _own, meanScore: _meanScore, ...rest } = window
  const { rows, drifted, driftShare, columns } = drift ?? {
    ...noDrift,
    rows: performance?.labels ?? 0,
  }
  return {
    ...rest,
    rows,
    drifted,
    driftShare,
    state: drift === undefined ? 'too-few-rows' : window.state,
    columns: columns.map((column) => Object.assign({}, noQuality, column)),
    performance: { ...(performance ?? noPerformance), segments: [] },
  }
}

const noDrift = { drifted: [], driftShare: 0, columns: [] } as const
const noQuality = { missingShare: 0, outOfRangeShare: 0, unseenShare: 0, unfit: [] } as const
const noPerformance = {
  state: 'no-labels',
  labels: 0,
  metrics: {},
} as const

/** Whether a measure is beyond the limit. */
export function isMet({ comparison, limit }: Condition, value: number): boolean {
  switch (comparison) {
    case '>':
      return value > limit
    case '>=':
      return value >= limit
    case '<':
      return value < limit
    case '<=':
      return value <= limit
  }
}
