/** Every column of two tables with its checks, before they are judged together. */

import { ToolkitError } from '../core/errors.ts'
import { foldColumn, rowColumn } from '../data/features.ts'
import type { ColumnFamily } from '../data/table/column.ts'
import { chooseEvidentlyKind, chooseKind } from './column-kinds.ts'
import { canCompare } from './comparable.ts'
import { type ColumnPair, distributionsOf, type DraftCheck } from './draft-check.ts'
import { checkNames, checkOptionsOf, type DriftOptions } from './drift-options.ts'
import type { ColumnRole, ColumnStatus } from './drift-report.ts'
import { checkAsEvidently } from './evidently-preset.ts'
import type { ColumnDistribution, TableDistributions } from '../data/profile/read-distributions.ts'
import { countValues } from './column-counts.ts'
import { checkInfinite, checkMissing, checkUnseen } from './share-checks.ts'
import { findStatistic } from './statistics/catalogue.ts'
import { checkLengths, checkValues } from './value-checks.ts'

/** Two tables, or the same segment of two tables. */
export interface ObservedPair {
  readonly reference: TableDistributions
  readonly current: TableDistributions
}

export interface DraftColumn {
  readonly name: string
  readonly role: ColumnRole
  readonly status: ColumnStatus
  /** Absent where the side has no such column. */
  readonly reference?: ColumnDistribution
  readonly current?: ColumnDistribution
  /** What is compared; absent when a side has no such column or another type. */
  readonly pair?: ColumnPair
  readonly checks: readonly DraftCheck[]
}

/**
 * Target and prediction first, then the reference's order, then what only the current table has.
 *
 * @throws {ToolkitError} `DATA_COLUMN_MISSING` when the options name a column that neither side has,
 *   `CONFIG_INVALID` for a method that is unknown or cannot compare a column it was asked for.
 */
export function draftColumns(pair: ObservedPair, options: DriftOptions): readonly DraftColumn[] {
  const names = [...new Set([...pair.reference.columns.keys(), ...pair.current.columns.keys()])]
  checkNames(options, names)
  const named = [options.target, options.prediction].filter((name) => name !== undefined)
  const wanted =
    options.columns ?? names.filter((name) => name !== rowColumn && name !== foldColumn)
  const drafts = [...new Set([...named, ...wanted])].map((name) => draftColumn(name, pair, options))
  checkMethods(drafts, options)
  return drafts.map((draft) => Object.assign({}, draft, { checks: checksOf(draft, options) }))
}

function draftColumn(name: string, tables: ObservedPair, options: DriftOptions): DraftColumn {
  const role = roleOf(name, options)
  const reference = tables.reference.columns.get(name)
  const current = tables.current.columns.get(name)
  const sides = { ...(reference && { reference }), ...(current && { current }) }
  const draft = { name, role, ...sides, checks: [] }
  if (reference === undefined) return { ...draft, status: 'absent-in-reference' }
  if (current === undefined) return { ...draft, status: 'absent-in-current' }
  if (hasChangedType(reference, current)) return { ...draft, status: 'type-changed' }
  const kind =
    options.preset === 'evidently' ? chooseEvidentlyKind(current) : chooseKind(reference, current)
  if (kind === undefined) return { ...draft, status: 'not-compared' }
  const pair = { name, kind, reference, current }
  const hasValues = distributionsOf(pair) !== undefined
  return { ...draft, status: hasValues ? 'compared' : 'not-compared', pair }
}

function roleOf(name: string, { target, prediction }: DriftOptions): ColumnRole {
  if (name === target) return 'target'
  return name === prediction ? 'prediction' : 'feature'
}

/** A side without any value has no type to speak of: readers of text files cannot know it. */
function hasChangedType(reference: ColumnDistribution, current: ColumnDistribution): boolean {
  const isEmpty = [reference, current].some(
    (column) => countValues(column) === 0 && column.infinities === 0 && column.family !== 'other',
  )
  return !isEmpty && comparableFamily(reference.family) !== comparableFamily(current.family)
}

/** Booleans are numbers, as everywhere in the toolkit. */
function comparableFamily(family: ColumnFamily): ColumnFamily {
  return family === 'boolean' ? 'number' : family
}

/** @throws {ToolkitError} `CONFIG_INVALID` naming all columns that the method asked for cannot compare */
function checkMethods(drafts: readonly DraftColumn[], options: DriftOptions): void {
  const problems = drafts.flatMap(({ name, pair }) => {
    if (pair === undefined) return []
    const { method } = checkOptionsOf(name, pair.kind, options)
    if (method === undefined || canCompare(findStatistic(method), pair.kind)) return []
    return [`'${method}' does not compare ${pair.kind} columns such as '${name}'`]
  })
  if (problems.length === 0) return
  throw new ToolkitError('CONFIG_INVALID', problems.slice(0, 20).join('; '), {
    hint: 'name one method for numerical and another for categorical columns, or leave it to the preset',
  })
}

function checksOf(
  { name, pair, status, ...sides }: DraftColumn,
  options: DriftOptions,
): readonly DraftCheck[] {
  if (options.preset === 'evidently') {
    return pair === undefined
      ? []
      : checkAsEvidently(pair, checkOptionsOf(name, pair.kind, options))
  }
  if (pair !== undefined) return checkPair(pair, options)
  const { reference, current } = sides
  if (status !== 'not-compared' || reference === undefined || current === undefined) return []
  const missing = checkMissing({ reference, current })
  return missing === undefined ? [] : [missing]
}

function checkPair(pair: ColumnPair, options: DriftOptions): readonly DraftCheck[] {
  const { kind, name } = pair
  const checks = [
    kind === 'text' ? checkLengths(pair) : checkValues(pair, checkOptionsOf(name, kind, options)),
    checkMissing(pair),
    checkInfinite(pair),
    checkUnseen(pair),
  ]
  return checks.filter((check) => check !== undefined)
}
