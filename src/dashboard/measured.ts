/** Metrics with their intervals: `<m>`, `<m>_lower` and `<m>_upper` are one thing to a reader. */

import type { MetricPoint, Run } from '../core/tracking.ts'

export interface Measured {
  readonly key: string
  readonly value: number
  readonly step: number
  /** Both bounds of the 95 % interval, or none. */
  readonly interval: { readonly lower: number; readonly upper: number } | undefined
}

/** A run's metrics by key, bounds folded into what they bound. */
export function measureRun(run: Run): ReadonlyMap<string, Measured> {
  const points = new Map(run.metrics.map((point) => [point.key, point]))
  const measured = new Map<string, Measured>()
  for (const { key, value, step } of run.metrics) {
    if (isBound(key, points)) continue
    const lower = points.get(`${key}_lower`)
    const upper = points.get(`${key}_upper`)
    const hasInterval = lower !== undefined && upper !== undefined
    const interval = hasInterval ? { lower: lower.value, upper: upper.value } : undefined
    measured.set(key, { key, value, step, interval })
  }
  return measured
}

/** The names of all metrics of the runs, sorted. */
export function metricNames(runs: readonly Run[]): readonly string[] {
  return namesOf(runs.map((run) => [...measureRun(run).keys()]))
}

/** The names of all params of the runs, sorted. */
export function paramNames(runs: readonly Run[]): readonly string[] {
  return namesOf(runs.map((run) => Object.keys(run.params)))
}

/** Whether the runs disagree on a param; one that a run does not have differs from any value. */
export function isDifferent(name: string, runs: readonly Run[]): boolean {
  return new Set(runs.map((run) => run.params[name])).size > 1
}

function isBound(key: string, points: ReadonlyMap<string, MetricPoint>): boolean {
  const match = /^(.+)_(lower|upper)$/.exec(key)
  const name = match?.[1]
  if (name === undefined || !points.has(name)) return false
  return points.has(`${name}_${match?.[2] === 'lower' ? 'upper' : 'lower'}`)
}

/** As people count: 'p2' before 'p10'. */
function namesOf(lists: readonly (readonly string[])[]): readonly string[] {
  return [...new Set(lists.flat())].sort(collator.compare)
}

const collator = new Intl.Collator('en', { numeric: true })
