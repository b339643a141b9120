/** GX's result of a row-wise expectation, as long as its format wants it. */

import type { Cell } from '../duckdb-store.ts'
import {
  type JsonObject,
  type JsonValue,
  type RowCounts,
  type Sample,
  type SampleForm,
  toJsonValue,
} from './outcome.ts'
import type { ResultSettings } from './result-settings.ts'
import { compareCells } from '../table/compare-cells.ts'

/** What decides how a row-wise result looks. */
interface RowsForm {
  readonly form: SampleForm
  readonly hasMissing: boolean
  readonly settings: ResultSettings
  /** Names of the columns the expectation is about. */
  readonly domain: readonly string[]
}

/**
 * GX's `result` of a row-wise expectation; `hasMissing` is false for the one about missing values themselves.
 *
 * @param samples - the first unexpected rows: all of them for COMPLETE
 */
export function describeRows(
  counts: RowCounts,
  samples: readonly Sample[],
  options: RowsForm,
): JsonObject {
  const { rows, ignored, unexpected } = counts
  const { settings, form } = options
  if (settings.result_format === 'BOOLEAN_ONLY') return {}
  const hasValues = !settings.exclude_unexpected_values
  const partial = samples.slice(0, settings.partial_unexpected_count)
  const names = settings.unexpected_index_column_names
  const unexpectedPercent = percent(unexpected, rows - ignored)
  return {
    element_count: rows,
    unexpected_count: unexpected,
    unexpected_percent: unexpectedPercent,
    ...(hasValues && {
      partial_unexpected_list: partial.map((sample) => showSample(sample.values, form)),
    }),
    ...(names !== undefined && { unexpected_index_column_names: names }),
    ...(options.hasMissing && {
      missing_count: ignored,
      missing_percent: percent(ignored, rows),
      unexpected_percent_total: percent(unexpected, rows),
      unexpected_percent_nonmissing: unexpectedPercent,
    }),
    ...(settings.include_unexpected_rows && {
      unexpected_rows: partial.map((sample) => sample.row ?? {}),
    }),
    ...(settings.result_format !== 'BASIC' && describeSummary(samples, options)),
    ...(settings.result_format === 'COMPLETE' && describeComplete(samples, options)),
  }
}

/** What SUMMARY says beyond BASIC. */
function describeSummary(samples: readonly Sample[], options: RowsForm): JsonObject {
  const { settings, form } = options
  const limit = settings.partial_unexpected_count
  if (limit === 0) return {}
  return {
    ...(!settings.exclude_unexpected_values && {
      partial_unexpected_counts: countSamples(samples, form, limit),
    }),
    partial_unexpected_index_list: samples
      .slice(0, limit)
      .map((sample) => showIndex(sample, options)),
  }
}

/** What COMPLETE says beyond SUMMARY. */
function describeComplete(samples: readonly Sample[], options: RowsForm): JsonObject {
  const { settings, form } = options
  const positions = samples.map((sample) => sample.position)
  return {
    ...(!settings.exclude_unexpected_values && {
      unexpected_list: samples.map((sample) => showSample(sample.values, form)),
    }),
    unexpected_index_list: samples.map((sample) => showIndex(sample, options)),
    // A statement for pandas, as GX writes it.
    ...(settings.return_unexpected_index_query && {
      unexpected_index_query: `df.filter(items=[${positions.join(', ')}], axis=0)`,
    }),
  }
}

/** The row's position, or its values and what names it. */
function showIndex({ position, values, index }: Sample, options: RowsForm): JsonValue {
  if (options.settings.unexpected_index_column_names === undefined) return position
  const shown = options.domain.map((name, i) => [name, toJsonValue(values[i] ?? null)] as const)
  const kept = options.settings.exclude_unexpected_values ? [] : shown
  return { ...Object.fromEntries(kept), ...index }
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

/** Equal samples counted, the most frequent first, then by value. */
function countSamples(samples: readonly Sample[], form: SampleForm, limit: number): JsonValue[] {
  const counted = new Map<string, { readonly values: readonly Cell[]; count: number }>()
  for (const { values } of samples) {
    const key = JSON.stringify(values.map(toJsonValue))
    const entry = counted.get(key)
    if (entry === undefined) counted.set(key, { values, count: 1 })
    else entry.count += 1
  }
  return [...counted.values()]
    .sort((a, b) => b.count - a.count)
    .slice(0, limit)
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
