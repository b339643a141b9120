/** Conditions of alert rules: a measure of a window against a number. */

import type { MonitoredColumn, MonitoredWindow } from '../../core/monitored-window.ts'
import { nameHint } from '../../core/nearest.ts'
import { ageMeasures } from './alert-age.ts'

/** `psi(AGE) > 0.2`, taken apart. */
export interface Condition {
  readonly measure: string
  /** The column in parentheses. */
  readonly column?: string
  readonly comparison: '>' | '>=' | '<' | '<='
  readonly limit: number
}

/** Measures of a whole window. `undefined` where the window does not have it. */
const windowMeasures = {
  drift_share: ({ driftShare }) => driftShare,
  prediction_drift: ({ prediction }) => prediction?.distance,
  prediction_psi: ({ prediction }) => prediction?.psi,
  mean_score: ({ meanScore }) => meanScore,
  rows: ({ rows }) => rows,
  labels: ({ performance }) => performance.labels,
  roc_auc: ({ performance }) => performance.metrics['roc_auc']?.value,
  log_loss: ({ performance }) => performance.metrics['log_loss']?.value,
  brier_score: ({ performance }) => performance.metrics['brier_score']?.value,
  accuracy: ({ performance }) => performance.metrics['accuracy']?.value,
  mean_absolute_error: ({ performance }) => performance.metrics['mean_absolute_error']?.value,
  root_mean_squared_error: ({ performance }) =>
    performance.metrics['root_mean_squared_error']?.value,
  r2: ({ performance }) => performance.metrics['r2']?.value,
  positive_share: ({ performance: { state, positives, labels } }) =>
    state === 'measured' || state === 'one-class' ? positives / labels : undefined,
} as const satisfies Readonly<Record<string, (window: MonitoredWindow) => number | undefined>>

/** Measures of one input. */
const columnMeasures = {
  drift: ({ distance }) => distance,
  psi: ({ psi }) => psi,
  jensenshannon: ({ jensenshannon }) => jensenshannon,
  missing_share: ({ missingShare }) => missingShare,
  out_of_range_share: ({ outOfRangeShare }) => outOfRangeShare,
  unseen_share: ({ unseenShare }) => unseenShare,
} as const satisfies Readonly<Record<string, (column: MonitoredColumn) => number | undefined>>

const performanceMeasures = [
  'roc_auc',
  'log_loss',
  'brier_score',
  'accuracy',
  'mean_absolute_error',
  'root_mean_squared_error',
  'r2',
]

/** Measures that say that the data, or what the model makes of it, is another than it was: those that retrain. */
const driftMeasures: ReadonlySet<string> = new Set([
  'drift_share',
  'prediction_drift',
  'prediction_psi',
  'drift',
  'psi',
  'jensenshannon',
  ...performanceMeasures,
])

/** All measures, for messages. */
export const measureNames: readonly string[] = [
  ...Object.keys(windowMeasures),
  ...Object.keys(columnMeasures),
  ...ageMeasures,
]

/** Measures that a segment has too. */
const segmentMeasures = ['drift_share', 'drift', 'rows', 'labels', ...performanceMeasures]

/** Whether such a condition may lead to a new training. */
export function isAboutDrift({ measure }: Condition): boolean {
  return driftMeasures.has(measure)
}

/**
 * Reads `measure > number` or `measure(column) > number`.
 *
 * @param columns - the names that may stand in parentheses
 * @returns the condition, or what is wrong with the text
 */
export function parseCondition(
  text: unknown,
  columns: readonly string[] | undefined,
): Condition | string {
  const form = `expected a condition such as 'drift_share > 0.3' or 'psi(AGE) > 0.2'`
  if (typeof text !== 'string') return `is ${JSON.stringify(text)}, ${form}`
  const [, measure = '', column, comparison, number = ''] =
    /^\s*(\w+)\s*(?:\((.+)\))?\s*(>=|<=|>|<)\s*(\S+)\s*$/.exec(text) ?? []
  if (!isComparison(comparison)) return `is ${JSON.stringify(text)}, ${form}`
  const limit = Number(number)
  if (!Number.isFinite(limit)) return `compares with '${number}', expected a number`
  const problem = findMeasureProblem(measure, column?.trim(), columns)
  if (problem !== undefined) return problem
  return { measure, comparison, limit, ...(column !== undefined && { column: column.trim() }) }
}

function isComparison(text: string | undefined): text is Condition['comparison'] {
  return text === '>' || text === '>=' || text === '<' || text === '<='
}

function findMeasureProblem(
  measure: string,
  column: string | undefined,
  columns: readonly string[] | undefined,
): string | undefined {
  const isOfWindow = Object.hasOwn(windowMeasures, measure)
  if (!isOfWindow && !Object.hasOwn(columnMeasures, measure)) {
    return `asks for '${measure}', which is no measure (${nameHint(measure, measureNames, 'measures')})`
  }
  if (isOfWindow) {
    return column === undefined
      ? undefined
      : `asks '${measure}' of a column, but it is one of the whole window`
  }
  if (column === undefined)
    return `asks for '${measure}' without a column, expected '${measure}(COLUMN)'`
  if (columns === undefined || columns.includes(column)) return undefined
  return `asks about '${column}', which is no input of the model (${nameHint(column, columns, 'inputs')})`
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
  if (isKey(windowMeasures, measure)) {
    return window.state === 'judged' || knownOfSmall.has(measure)
      ? windowMeasures[measure](window)
      : undefined
  }
  const column = window.columns.find((one) => one.name === name)
  return column !== undefined && isKey(columnMeasures, measure)
    ? columnMeasures[measure](column)
    : undefined
}

/** What is known of windows with too few rows: all but what is compared. */
const knownOfSmall: ReadonlySet<string> = new Set([
  'rows',
  'labels',
  'positive_share',
  ...performanceMeasures,
])

function isKey<T extends object>(table: T, key: string): key is keyof T & string {
  return Object.hasOwn(table, key)
}

/** A segment with the names of a window, so that one table of measures serves both. */
function segmentAsWindow(window: MonitoredWindow, name: string): MonitoredWindow | undefined {
  const drift = window.segments.find((one) => one.name === name)
  const performance = window.performance.segments.find((one) => one.name === name)
  if (drift === undefined && performance === undefined) return undefined
  const { prediction: _prediction, meanScore: _meanScore, ...rest } = window
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
  positives: 0,
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
