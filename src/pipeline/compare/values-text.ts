/** Metrics and changes as tables. */

import { compareCodePoints } from '../../core/code-point-order.ts'
import { formatFloat, type YamlScalar } from '../yaml/yaml-value.ts'
import { flattenValue, type FlatValues, type ValueChanges } from './compare-values.ts'
import { shortRevision } from './short-revision.ts'
import type { RevisionResults } from './file-values.ts'
import type { TextTable } from './text-table.ts'

/** How numbers are shown, and what is left out. */
export interface ValueTableOptions {
  /** Digits after the point; `undefined` shows all. */
  readonly precision?: number | undefined
  /** Leaves out the column of file names. */
  readonly isPathHidden?: boolean
}

/** One row for each file, with a column for each metric; with several revisions, one for theirs in front. */
export function toMetricsTable(
  results: RevisionResults,
  { precision, hasRevisions }: ValueTableOptions & { readonly hasRevisions: boolean },
): TextTable {
  const rows = [...results].flatMap(([revision, result]) =>
    result.kind === 'failed'
      ? []
      : [...result.files].flatMap(([path, file]) =>
          file.kind === 'failed' ? [] : [{ revision, path, values: flattenValue(file.values) }],
        ),
  )
  const names = [...new Set(rows.flatMap(({ values }) => [...values.keys()]))]
  names.sort(compareCodePoints)
  const toCells = (values: FlatValues): string[] =>
    names.map((name) => formatCell(values.get(name), precision))
  return {
    header: [...(hasRevisions ? ['Revision'] : []), 'Path', ...names],
    rows: rows.map(({ revision, path, values }) =>
      (hasRevisions ? [shortRevision(revision), path] : [path]).concat(toCells(values)),
    ),
  }
}

/** What a table of changes is called and shows. */
export interface ChangesTableOptions extends ValueTableOptions {
  /** 'Metric' or 'Param'. */
  readonly title: string
  readonly oldName: string
  readonly newName: string
  /** Adds a column with the difference. */
  readonly hasDifference: boolean
}

/** One row for each key that changed. */
export function toChangesTable(changes: ValueChanges, options: ChangesTableOptions): TextTable {
  const { title, oldName, newName, hasDifference, isPathHidden = false, precision } = options
  const path = (text: string): string[] => (isPathHidden ? [] : [text])
  const difference = (text: string): string[] => (hasDifference ? [text] : [])
  return {
    header: [...path('Path'), title, oldName, newName, ...difference('Change')],
    rows: [...changes].flatMap(([file, keys]) =>
      Array.from(keys, ([key, change]) => [
        ...path(file),
        key,
        formatCell(change.old, precision),
        formatCell(change.new, precision),
        ...difference(formatCell(change.difference, precision)),
      ]),
    ),
  }
}

/** A dash for nothing. */
function formatCell(value: YamlScalar | undefined, precision: number | undefined): string {
  if (value === undefined || value === null) return '-'
  if (typeof value !== 'number') return String(value)
  if (precision === undefined || !Number.isFinite(value)) return formatFloat(value)
  return formatFloat(Number(value.toFixed(precision)))
}
