/** Experiments as a table: a row for each, its metrics and the parameters in which they differ. */

import { formatCsvCell } from '../../core/csv-cell.ts'
import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import { flattenValue } from '../compare/compare-values.ts'
import type { FileResults } from '../compare/file-values.ts'
import type { TextTable } from '../compare/text-table.ts'
import { compareCodePoints } from '../../core/code-point-order.ts'
import { areYamlValuesEqual, formatFloat, type YamlScalar } from '../yaml/yaml-value.ts'
import type { BaselineState, ExperimentState } from './collect-process.ts'
import { formatLocalTime } from './experiments-document.ts'

/** What the table shows. */
export interface ExperimentsTableOptions {
  /** Digits after the point; `undefined` shows all. */
  readonly precision: number | undefined
  /** Also parameters that are the same everywhere. */
  readonly showsAll: boolean
  /** A metric or parameter by which the experiments of each baseline are ordered. */
  readonly sortBy: string | undefined
  readonly isDescending: boolean
}

/** A metric or a parameter. */
interface Column {
  readonly kind: 'metrics' | 'params'
  readonly file: string
  readonly key: string
}

/**
 * Builds the table. Columns are ordered by name, metrics first; a name that two files have is
 * written `file:name`.
 *
 * @throws {ToolkitError} `CLI_USAGE` when there is no column to sort by
 */
export function toExperimentsTable(
  baselines: readonly BaselineState[],
  options: ExperimentsTableOptions,
): TextTable {
  const { columns, titles, sorted } = arrange(baselines, options)
  const toRow = (label: string, state: ExperimentState): string[] => [
    label,
    state.time === undefined ? '-' : formatLocalTime(state.time).slice(0, 16).replace('T', ' '),
    ...columns.map((column) => formatCell(valueIn(state, column), options.precision, '-')),
  ]
  const rows: string[][] = []
  for (const baseline of sorted) {
    rows.push(toRow(labelOf(baseline), baseline))
    for (const [i, state] of baseline.experiments.entries()) {
      const branch = i === baseline.experiments.length - 1 ? '└──' : '├──'
      rows.push(toRow(`${branch} ${state.revision.slice(0, 7)} [${state.name ?? ''}]`, state))
    }
  }
  return { header: ['Experiment', 'Created', ...titles], rows }
}

/** The same as comma-separated values with all digits; what is not there is empty. */
export function formatExperimentsCsv(
  baselines: readonly BaselineState[],
  options: ExperimentsTableOptions,
): string {
  const { columns, titles, sorted } = arrange(baselines, options)
  const toRow = (state: ExperimentState, type: string): string[] => [
    state.name ?? '',
    state.revision,
    type,
    state.time === undefined ? '' : formatLocalTime(state.time),
    ...columns.map((column) => formatCell(valueIn(state, column), options.precision, '')),
  ]
  const rows = [['name', 'revision', 'type', 'created', ...titles]]
  for (const baseline of sorted) {
    rows.push(toRow(baseline, 'baseline'))
    for (const state of baseline.experiments) rows.push(toRow(state, 'experiment'))
  }
  return rows.map((cells) => `${cells.map(formatCsvCell).join(',')}\r\n`).join('')
}

function arrange(
  baselines: readonly BaselineState[],
  { showsAll, sortBy, isDescending }: ExperimentsTableOptions,
): { columns: Column[]; titles: string[]; sorted: readonly BaselineState[] } {
  const states = baselines.flatMap((baseline) => [baseline, ...baseline.experiments])
  const all = [...columnsOf(states, 'metrics'), ...columnsOf(states, 'params')]
  const titles = titlesOf(all)
  const shown = all.filter(
    (column) => showsAll || column.kind === 'metrics' || isChanged(column, states),
  )
  return {
    columns: shown,
    titles: shown.map((column) => titles.get(column) ?? column.key),
    sorted:
      sortBy === undefined
        ? baselines
        : sortExperiments(baselines, findColumn(sortBy, titles), isDescending),
  }
}

function columnsOf(states: readonly ExperimentState[], kind: Column['kind']): Column[] {
  const found = new Map<string, Column>()
  for (const { data } of states) {
    for (const [file, result] of data?.[kind] ?? []) {
      if (result.kind === 'failed') continue
      for (const key of flattenValue(result.values).keys()) {
        found.set(`${file}\0${key}`, { kind, file, key })
      }
    }
  }
  return [...found.values()].sort(
    (a, b) => compareCodePoints(a.key, b.key) || compareCodePoints(a.file, b.file),
  )
}

function titlesOf(columns: readonly Column[]): ReadonlyMap<Column, string> {
  const count = new Map<string, number>()
  for (const { key } of columns) count.set(key, (count.get(key) ?? 0) + 1)
  return new Map(
    columns.map((column) => {
      const { file, key } = column
      if (key === '') return [column, file]
      return [column, count.get(key) === 1 ? key : `${file}:${key}`]
    }),
  )
}

function isChanged(column: Column, states: readonly ExperimentState[]): boolean {
  const [first, ...others] = states.filter(({ data }) => data !== undefined)
  if (first === undefined) return false
  const value = valueIn(first, column) ?? null
  return others.some((state) => !areYamlValuesEqual(valueIn(state, column) ?? null, value))
}

function valueIn({ data }: ExperimentState, { kind, file, key }: Column): YamlScalar | undefined {
  const results: FileResults | undefined = data?.[kind]
  const result = results?.get(file)
  return result?.kind === 'values' ? flattenValue(result.values).get(key) : undefined
}

function findColumn(name: string, titles: ReadonlyMap<Column, string>): Column {
  const found = [...titles].filter(
    ([{ file, key }, title]) => title === name || key === name || `${file}:${key}` === name,
  )
  if (found.length === 1) return found[0]![0]
  const message = found.length === 0 ? 'there is no column' : 'several columns are called'
  const known = found.length === 0 ? [...titles.values()] : found.map(([, title]) => title)
  throw new ToolkitError('CLI_USAGE', `${message} '${name}'`, {
    hint: nameHint(name, known, 'columns'),
    details: { name, known },
  })
}

/** What has no value comes last. */
function sortExperiments(
  baselines: readonly BaselineState[],
  column: Column,
  isDescending: boolean,
): BaselineState[] {
  const sign = isDescending ? -1 : 1
  return baselines.map((baseline) => ({
    ...baseline,
    experiments: baseline.experiments.toSorted((a, b) => {
      const [left, right] = [valueIn(a, column) ?? null, valueIn(b, column) ?? null]
      if (left === null || right === null) return Number(left === null) - Number(right === null)
      return sign * compareScalars(left, right)
    }),
  }))
}

function compareScalars(a: YamlScalar, b: YamlScalar): number {
  if (typeof a === 'string' || typeof b === 'string') return compareCodePoints(String(a), String(b))
  return Number(a) - Number(b)
}

function labelOf({ name, revision }: ExperimentState): string {
  return name ?? (/^[0-9a-f]{40,64}$/.test(revision) ? revision.slice(0, 7) : revision)
}

function formatCell(
  value: YamlScalar | undefined,
  precision: number | undefined,
  nothing: string,
): string {
  if (value === undefined || value === null) return nothing
  if (typeof value !== 'number') return String(value)
  if (precision === undefined || !Number.isFinite(value)) return formatFloat(value)
  return formatFloat(Number(value.toFixed(precision)))
}
