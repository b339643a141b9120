/** What users log, as the texts and points that trackers take. */

import { isObject } from '../../core/json.ts'
import type { MetricPoint, Pairs } from '../../core/tracking.ts'
import { checkMetric } from '../store/runs/run-rules.ts'

/** Params by name: texts, numbers and booleans, lists of them, and groups; `undefined` is left out. */
export type ParamTree = Readonly<Record<string, unknown>>

/**
 * Params as texts: groups are joined by dots, and a list is its JSON.
 *
 * @example
 * ```ts
 * import { flattenParams } from 'ml-pipeline-toolkit'
 * flattenParams({ seed: 7, train: { l2: 0.5, layers: [8, 4] } }) // => { seed: '7', 'train.l2': '0.5', 'train.layers': '[8,4]' }
 * ```
 */
export function flattenParams(tree: ParamTree): Pairs {
  return Object.fromEntries(leavesOf(tree, ''))
}

function leavesOf(tree: ParamTree, prefix: string): readonly (readonly [string, string])[] {
  return Object.entries(tree).flatMap(([name, value]) => {
    if (value === undefined) return []
    if (isObject(value)) return leavesOf(value, `${prefix}${name}.`)
    return [[prefix + name, formatParam(value)]]
  })
}

/** JSON would make `null` of NaN. */
function formatParam(value: unknown): string {
  if (typeof value === 'string') return value
  return typeof value === 'number' ? String(value) : JSON.stringify(value)
}

/** When and on what a metric was measured. */
export interface MetricOptions {
  /** 0 by default. */
  readonly step?: number
  /** Milliseconds since 1970; now by default. */
  readonly timestamp?: number
  /** The logged model that was measured. */
  readonly modelId?: string
  readonly datasetName?: string
  readonly datasetDigest?: string
}

/** @throws {ToolkitError} `TRACKING_INVALID` for what no tracker takes: it shows where it was logged */
export function toPoints(
  metrics: Readonly<Record<string, number>>,
  { step = 0, timestamp, ...rest }: MetricOptions,
  clock: () => number,
): readonly MetricPoint[] {
  const common = { timestamp: timestamp ?? clock(), step, ...rest }
  const points = Object.entries(metrics).map(([key, value]) =>
    Object.assign({ key, value }, common),
  )
  for (const point of points) checkMetric(point)
  return points
}
