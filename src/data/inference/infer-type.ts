import type { ColumnProfile } from '../profile/profile.ts'
import type { Drafted } from './strictness.ts'

/**
 * Names of a type for DuckDB, for the databases that call it otherwise, and for pandas. Types that
 * databases and pandas tell apart in other ways are not here; days and moments have a pattern instead,
 * since pandas reads them from text files as text.
 */
const typeLists: Readonly<Record<string, readonly string[]>> = {
  SMALLINT: ['SMALLINT', 'int16'],
  INTEGER: ['INTEGER', 'int32'],
  BIGINT: ['BIGINT', 'int64'],
  FLOAT: ['FLOAT', 'float32'],
  DOUBLE: ['DOUBLE', 'DOUBLE_PRECISION', 'float64'],
  VARCHAR: ['VARCHAR', 'TEXT', 'str'],
  BOOLEAN: ['BOOLEAN', 'bool'],
}

/** The type, and that numbers are whole where the type alone no longer says so. */
export function inferType(column: ColumnProfile, rows: number): Drafted[] {
  const { type, nulls, nans, numbers } = column
  const names = typeLists[type]
  if (names === undefined || nulls + nans === rows) return []
  const isWhole = names.some((name) => name.startsWith('int'))
  const list = { type: 'expect_column_values_to_be_in_type_list', reason: `the column is ${type}` }
  if (!isWhole || nulls === 0) return [{ ...list, kwargs: { type_list: names } }]
  const typed = {
    ...list,
    kwargs: { type_list: [...names, 'float64'] },
    reason: `${list.reason}; pandas reads whole numbers as float64 when some are missing`,
  }
  const largest = Math.max(Math.abs(numbers?.min ?? 0), Math.abs(numbers?.max ?? 0))
  if (largest > largestPlain) return [typed]
  return [
    typed,
    {
      type: 'expect_column_values_to_match_regex',
      part: 'types',
      kwargs: { regex: String.raw`^-?\d+(\.0)?$` },
      reason: 'every value is a whole number',
    },
  ]
}

/** Greater floats are written with an exponent. */
const largestPlain = 1e15
