/** The parts of an inferred suite, by what they speak of. */

const parts = {
  rows: ['expect_table_row_count_to_be_between'],
  columns: ['expect_table_columns_to_match_set', 'expect_table_columns_to_match_ordered_list'],
  types: ['expect_column_values_to_be_in_type_list'],
  missing: ['expect_column_values_to_not_be_null'],
  keys: ['expect_column_values_to_be_unique'],
  sets: ['expect_column_values_to_be_in_set'],
  limits: ['expect_column_values_to_be_between'],
  days: ['expect_column_min_to_be_between'],
  lengths: ['expect_column_value_lengths_to_be_between'],
  patterns: ['expect_column_values_to_match_regex'],
} as const

/** A part that may be left out. */
export type SuitePart = keyof typeof parts

/** In the order of the documentation. */
export const suiteParts: readonly SuitePart[] = [
  'rows',
  'columns',
  'types',
  'missing',
  'keys',
  'sets',
  'limits',
  'days',
  'lengths',
  'patterns',
]

/** The part that an inferred expectation of a type belongs to, unless its draft says another. */
export function partOf(type: string): SuitePart {
  const part = suiteParts.find((name) => parts[name].some((each) => each === type))
  if (part === undefined) throw new Error(`no part of a suite has '${type}'`)
  return part
}
