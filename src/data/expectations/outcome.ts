/** What an expectation found, in the shape of Great Expectations' results. */

import { isObject } from '../../core/json.ts'
import type { Cell } from '../duckdb-store.ts'

export type JsonValue =
  | string
  | number
  | boolean
  | null
  | readonly JsonValue[]
  | { readonly [key: string]: JsonValue | undefined }

export type JsonObject = Readonly<Record<string, JsonValue>>

/** Whether a parsed JSON value is an object; its members are then JSON values too. */
export function isJsonObject(value: unknown): value is JsonObject {
  return isObject(value)
}

export interface Outcome {
  readonly success: boolean
  /** GX's `result` object. */
  readonly result: JsonObject
  /** What a reader should know although it decides nothing, such as a set with texts for a column of numbers. */
  readonly warnings?: readonly string[]
}

/** How much a result says: GX's result formats. */
export const resultFormats = ['BOOLEAN_ONLY', 'BASIC', 'SUMMARY'] as const
export type ResultFormat = (typeof resultFormats)[number]

/** Rows counted by one row-wise expectation. */
export interface RowCounts {
  readonly rows: number
  /** Rows left out because a value is missing. */
  readonly ignored: number
  readonly unexpected: number
}

/** One row that broke an expectation; `position` counts from 0. */
export interface Sample {
  readonly position: number
  readonly values: readonly Cell[]
}

/** How samples are shown: the value alone, the list of values, or values by column. */
export type SampleForm =
  | { readonly kind: 'value' }
  | { readonly kind: 'list' }
  | { readonly kind: 'record'; readonly names: readonly string[] }

/** GX shows the first twenty values that break an expectation. */
export const sampleLimit = 20

/**
 * Judges a row-wise expectation as GX does: the share of the rows not left out
 * that hold, against `mostly`; without such rows nothing is wrong.
 */
export function judgeRows(counts: RowCounts, mostly: number): boolean {
  const considered = counts.rows - counts.ignored
  return considered === 0 || (considered - counts.unexpected) / considered >= mostly
}

/** GX's `result` of a row-wise expectation; `hasMissing` is false for the one about missing values themselves. */
export function describeRows(
  counts: RowCounts,
  samples: readonly Sample[],
  options: {
    readonly form: SampleForm
    readonly hasMissing: boolean
    readonly format: ResultFormat
  },
): JsonObject {
  const { rows, ignored, unexpected } = counts
  const unexpectedPercent = percent(unexpected, rows - ignored)
  const basic = {
    element_count: rows,
    unexpected_count: unexpected,
    unexpected_percent: unexpectedPercent,
    partial_unexpected_list: samples.map((sample) => showSample(sample.values, options.form)),
    ...(options.hasMissing && {
      missing_count: ignored,
      missing_percent: percent(ignored, rows),
      unexpected_percent_total: percent(unexpected, rows),
      unexpected_percent_nonmissing: unexpectedPercent,
    }),
  }
  if (options.format === 'BASIC') return basic
  return {
    ...basic,
    partial_unexpected_counts: countSamples(samples, options.form),
    partial_unexpected_index_list: samples.map((sample) => sample.position),
  }
}

function percent(part: number, whole: number): number | null {
  return whole === 0 ? null : (part / whole) * 100
}

function showSample(values: readonly Cell[], form: SampleForm): JsonValue {
  const shown = values.map(toJsonValue)
  if (form.kind === 'value') return shown[0]!
  if (form.kind === 'list') return shown
  return Object.fromEntries(form.names.map((name, i) => [name, shown[i]!]))
}

/** Infinity and integers beyond 2⁵³ become text, because JSON has no number for them. */
export function toJsonValue(cell: Cell): JsonValue {
  if (typeof cell === 'bigint') return String(cell)
  if (typeof cell === 'number' && !Number.isFinite(cell)) return String(cell)
  return cell
}

/** Equal samples counted, the most frequent first, then by value. */
function countSamples(samples: readonly Sample[], form: SampleForm): JsonValue[] {
  const counted = new Map<string, { readonly values: readonly Cell[]; count: number }>()
  for (const { values } of samples) {
    const key = JSON.stringify(values.map(toJsonValue))
    const entry = counted.get(key)
    if (entry === undefined) counted.set(key, { values, count: 1 })
    else entry.count += 1
  }
  return [...counted.values()]
    .sort((a, b) => b.count - a.count || compareLists(a.values, b.values))
    .map(({ values, count }) => ({
      value: form.kind === 'value' ? toJsonValue(values[0]!) : values.map(toJsonValue),
      count,
    }))
}

function compareLists(a: readonly Cell[], b: readonly Cell[]): number {
  for (let i = 0; i < a.length; i++) {
    const order = compareCells(a[i]!, b[i]!)
    if (order !== 0) return order
  }
  return 0
}

/** Missing values come last. */
function compareCells(a: Cell, b: Cell): number {
  if (a === b) return 0
  if (a === null || b === null) return a === null ? 1 : -1
  return a < b ? -1 : 1
}
