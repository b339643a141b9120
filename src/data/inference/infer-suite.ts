import { ToolkitError } from '../../core/errors.ts'
import { nameHint } from '../../core/nearest.ts'
import type { JsonObject } from '../expectations/outcome.ts'
import type { Expectation, Severity, Suite } from '../expectations/suite.ts'
import type { ColumnProfile, Profile } from '../profile/profile.ts'
import { inferNumbers } from './infer-numbers.ts'
import { inferTexts } from './infer-texts.ts'
import { inferTimes } from './infer-times.ts'
import { inferType } from './infer-type.ts'
import { type SuitePart, partOf } from './suite-parts.ts'
import {
  type Drafted,
  type Margins,
  marginsOf,
  mostlyOf,
  roundDown,
  type Strictness,
} from './strictness.ts'
import { pluralize } from '../../core/format-number.ts'

/**
 * Proposes a suite for a table like the profiled one: which columns it has, of
 * which types, how much may be missing, limits, sets, lengths and keys. Each
 * expectation says why in `meta.reason`. It holds for the profiled table, here
 * and in Great Expectations on pandas.
 *
 * @param options.strictness - how far from this table others may be; 'normal' by default
 * @param options.without - the parts of a suite that are left out
 * @param options.columns - the only columns to speak of; others may then come and go
 * @param options.idle - columns that nobody learns from and that may be missing: nothing about them is critical
 * @param options.key - the column that names the rows: of the names of other rows only their type and that they are
 *   there and different is said, for they go on where these end
 * @throws {ToolkitError} `DATA_COLUMN_MISSING` when there is no such column
 *
 * @example
 * ```ts
 * import { inferSuite, type Profile } from 'ml-pipeline-toolkit'
 * const profile: Profile = { format: 'mlpt.profile/1', rows: 100, columns: [] }
 * const [rows] = inferSuite(profile, { name: 'people' }).expectations
 * rows.kwargs // => { min_value: 50, max_value: 200 }
 * rows.meta.reason // => 'the table has 100 rows'
 * ```
 */
export function inferSuite(profile: Profile, options: InferenceOptions): Suite {
  const { name, strictness = 'normal', without = [], columns, key, idle = [] } = options
  const margins = marginsOf[strictness]
  const named = columns === undefined ? profile.columns : selectColumns(profile, columns)
  const isWanted = ({ type, part = partOf(type) }: Pick<Drafted, 'type' | 'part'>): boolean =>
    !without.includes(part)
  const table = inferTable(profile.rows, named, {
    ...margins,
    ...(columns !== undefined && { isOrdered: false, isExact: false }),
  })
  const ofColumns = named.flatMap((column) =>
    inferColumn(column, profile.rows, { margins, key, isIdle: idle.includes(column.name) })
      .filter(isWanted)
      .map(({ type, severity = 'critical', kwargs, reason }) =>
        expectation(type, severity, { kwargs: { column: column.name, ...kwargs }, reason }),
      ),
  )
  return {
    name,
    meta: { inferred: { rows: profile.rows, strictness } },
    expectations: [...table.filter(isWanted), ...ofColumns],
  }
}

interface InferenceOptions {
  readonly name: string
  readonly strictness?: Strictness
  readonly without?: readonly SuitePart[]
  readonly columns?: readonly string[]
  readonly key?: string
  readonly idle?: readonly string[]
}

function selectColumns({ columns }: Profile, wanted: readonly string[]): readonly ColumnProfile[] {
  const names = columns.map(({ name }) => name)
  const unknown = wanted.filter((name) => !names.includes(name))
  if (unknown.length > 0) {
    const words = unknown.slice(0, 20).map((name) => `there is no column '${name}'`)
    throw new ToolkitError('DATA_COLUMN_MISSING', words.join('\n'), {
      hint: nameHint(unknown[0]!, names, 'columns'),
    })
  }
  return columns.filter(({ name }) => wanted.includes(name))
}

function inferTable(
  rows: number,
  columns: readonly ColumnProfile[],
  margins: Margins,
): Expectation[] {
  const names = columns.map((column) => column.name)
  const count = expectation('expect_table_row_count_to_be_between', 'warning', {
    kwargs: {
      min_value: Math.floor(rows / margins.rows),
      max_value: Math.ceil(rows * margins.rows),
    },
    reason: `the table has ${rows} ${pluralize(rows, 'row')}`,
  })
  if (names.length === 0) return [count]
  const reason =
    names.length === 1 ? 'the table has this column' : `the table has these ${names.length} columns`
  const shape = margins.isOrdered
    ? expectation('expect_table_columns_to_match_ordered_list', 'critical', {
        kwargs: { column_list: names },
        reason: `${reason}, in this order`,
      })
    : expectation('expect_table_columns_to_match_set', 'critical', {
        kwargs: { column_set: names, exact_match: margins.isExact },
        reason,
      })
  return [count, shape]
}

interface ColumnRole {
  readonly margins: Margins
  /** The column that names the rows, where that is known. */
  readonly key: string | undefined
  readonly isIdle: boolean
}

function inferColumn(
  column: ColumnProfile,
  rows: number,
  { margins, key, isIdle }: ColumnRole,
): Drafted[] {
  const isKey = column.name === key
  // That another column's values are all different may be chance.
  const unique = inferKey(column, rows, margins).map((draft) =>
    key === undefined || isKey || margins.broken === undefined
      ? draft
      : { ...draft, severity: 'warning' as const },
  )
  const drafts = [
    ...inferType(column, rows),
    ...(isIdle ? [] : inferMissing(column, rows, margins)),
    ...unique,
    ...(isKey ? [] : inferValues(column, margins)),
  ]
  return isIdle ? drafts.filter(isWarning) : drafts
}

function isWarning({ severity }: Drafted): boolean {
  return severity === 'warning'
}

function inferValues(column: ColumnProfile, margins: Margins): Drafted[] {
  const { family } = column
  return [
    ...(family === 'number' ? inferNumbers(column, margins) : []),
    ...(family === 'text' ? inferTexts(column, margins) : []),
    ...(family === 'time' ? inferTimes(column, margins) : []),
  ]
}

function expectation(
  type: string,
  severity: Severity,
  { kwargs, reason }: { readonly kwargs: JsonObject; readonly reason: string },
): Expectation {
  return { type, kwargs, meta: { reason }, severity }
}

function inferMissing({ nulls, nans }: ColumnProfile, rows: number, margins: Margins): Drafted[] {
  if (rows === 0) return []
  const share = (nulls + nans) / rows
  const type = 'expect_column_values_to_not_be_null'
  if (share === 0) return [{ type, kwargs: {}, reason: 'no value is missing' }]
  const reason = `${Number((share * 100).toPrecision(3))} % of the values are missing`
  const draft = (mostly: number, severity: Severity): Drafted[] =>
    mostly <= 0 ? [] : [{ type, kwargs: { mostly }, reason, severity }]
  const { broken } = margins
  return [
    ...draft(roundDown(1 - share * margins.missing), 'warning'),
    ...(broken === undefined
      ? []
      : draft(
          mostlyOf(share + Math.max(broken.missing, share * margins.missing)).mostly,
          'critical',
        )),
  ]
}

/** Fewer different values may be so by chance. */
const leastKeys = 20

function inferKey(column: ColumnProfile, rows: number, { hasKeys }: Margins): Drafted[] {
  const { distinct, family, numbers, nulls, nans } = column
  const isCode = family === 'text' || (family === 'number' && numbers?.isWhole === true)
  const isKey = distinct.isExact && distinct.count === rows && nulls + nans === 0
  if (!hasKeys || !isCode || !isKey || rows < leastKeys) return []
  const reason = `all ${rows} values are different`
  return [{ type: 'expect_column_values_to_be_unique', kwargs: {}, reason }]
}
