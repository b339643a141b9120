import { ToolkitError } from '../core/errors.ts'
import { nameHint } from '../core/nearest.ts'
import type { CheckOptions } from './draft-check.ts'
import type { ColumnKind, PresetName } from './drift-report.ts'
import { findStatistic } from './statistics/catalogue.ts'

/** What a comparison looks at, and when it calls something drift. */
export interface DriftOptions {
  /** `mlpt` unless said otherwise. */
  readonly preset?: PresetName
  /** The columns to compare; by default all but the toolkit's own `row` and `fold`. Target and prediction always are. */
  readonly columns?: readonly string[]
  /** Name of the column a model learns. */
  readonly target?: string
  /** Name of the column with a model's answers. */
  readonly prediction?: string
  /** Evidently's name of a statistic, for all columns; the three that follow go before it. */
  readonly method?: string
  readonly numericalMethod?: string
  readonly categoricalMethod?: string
  /** By name of the column. */
  readonly columnMethods?: Readonly<Record<string, string>>
  /**
   * For values: the least distance that matters, or the level of a method that
   * gives a p-value. By default 0.1, or the method's own.
   */
  readonly threshold?: number
  /**
   * The table has drifted when so large a share of its columns has, from 0 to 1.
   * By default one column suffices, with the preset `evidently` half of them.
   */
  readonly driftShare?: number
}

/** Evidently's share of columns. */
const evidentlyDriftShare = 0.5

/** @throws {ToolkitError} `CONFIG_INVALID` when the share is not from 0 to 1 or the threshold not above 0. */
export function driftShareOf({ preset, driftShare, threshold }: DriftOptions): number {
  if (driftShare !== undefined && !(driftShare >= 0 && driftShare <= 1)) {
    throw new ToolkitError('CONFIG_INVALID', `the drift share is ${driftShare}`, {
      hint: 'give a share of the columns from 0 to 1',
    })
  }
  if (threshold !== undefined && !(threshold > 0 && Number.isFinite(threshold))) {
    throw new ToolkitError('CONFIG_INVALID', `the threshold is ${threshold}`, {
      hint: 'give a number above 0',
    })
  }
  return driftShare ?? (preset === 'evidently' ? evidentlyDriftShare : 0)
}

/** What was asked for this column: its own method before that of its kind before that of all. */
export function checkOptionsOf(
  name: string,
  kind: ColumnKind,
  options: DriftOptions,
): CheckOptions {
  const ofKind = { numerical: options.numericalMethod, categorical: options.categoricalMethod }
  const method =
    kind === 'numerical' || kind === 'categorical'
      ? (options.columnMethods?.[name] ?? ofKind[kind] ?? options.method)
      : undefined
  return {
    ...(method !== undefined && { method }),
    ...(options.threshold !== undefined && { threshold: options.threshold }),
  }
}

/** @throws {ToolkitError} `CONFIG_INVALID` for a method nobody knows, `DATA_COLUMN_MISSING` for a column neither side has. */
export function checkNames(options: DriftOptions, known: readonly string[]): void {
  const { method, numericalMethod, categoricalMethod, columnMethods = {} } = options
  const methods = [method, numericalMethod, categoricalMethod, ...Object.values(columnMethods)]
  for (const name of methods) if (name !== undefined) findStatistic(name)
  const { columns = [], target, prediction } = options
  const named = [...columns, target, prediction, ...Object.keys(columnMethods)]
  const unknown = named.filter(
    (name): name is string => name !== undefined && !known.includes(name),
  )
  if (unknown.length === 0) return
  throw new ToolkitError(
    'DATA_COLUMN_MISSING',
    `neither table has ${unknown.map((name) => `'${name}'`).join(', ')}`,
    { hint: unknown.map((name) => nameHint(name, known, 'columns')).join('; ') },
  )
}
