import { type Column, valueOf } from '../../table/column.ts'

/** GX's names for the rows that an expectation about several columns leaves out. */
export type IgnoringRule =
  | 'all_values_are_missing'
  | 'both_values_are_missing'
  | 'any_value_is_missing'
  | 'either_value_is_missing'
  | 'never'
  | 'neither'

/** The SQL condition for rows left out; `undefined` when none is. */
export function ignoredWhen(columns: readonly Column[], rule: IgnoringRule): string | undefined {
  const missing = columns.map((column) => `${valueOf(column)} IS NULL`)
  switch (rule) {
    case 'all_values_are_missing':
    case 'both_values_are_missing':
      return `(${missing.join(' AND ')})`
    case 'any_value_is_missing':
    case 'either_value_is_missing':
      return `(${missing.join(' OR ')})`
    case 'never':
    case 'neither':
      return undefined
  }
}
