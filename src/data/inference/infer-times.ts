import type { ColumnProfile } from '../profile/profile.ts'
import type { Drafted, Margins } from './strictness.ts'

/**
 * Days and moments look like ISO 8601, and since times go on only the first day is a limit. Said of the
 * least value: Great Expectations compares the values themselves only with what pandas made of them, and
 * finds the least of texts, which times of CSV are to pandas, only where none is missing. A day is compared
 * as a day, since Parquet and databases have days, so GX fails where pandas was told to make moments of them.
 */
export function inferTimes(
  { name, type, nulls, numbers, positiveInfinities, negativeInfinities }: ColumnProfile,
  { broken }: Margins,
): Drafted[] {
  if (type !== 'DATE' && type !== 'TIMESTAMP') return []
  if (numbers === undefined || positiveInfinities + negativeInfinities > 0) return []
  const first = new Date(Math.floor(numbers.min / 1000))
  if (!hasPlainYear(first) || !hasPlainYear(new Date(Math.floor(numbers.max / 1000)))) return []
  const day = first.toISOString().slice(0, 10)
  return [
    {
      type: 'expect_column_values_to_match_regex',
      part: 'types',
      kwargs: { regex: String.raw`^\d{4}-\d{2}-\d{2}` },
      reason: type === 'DATE' ? 'every value is a day' : 'every value is a moment',
    },
    {
      type: 'expect_column_min_to_be_between',
      kwargs: {
        min_value: type === 'DATE' ? day : `${day}T00:00:00`,
        ...(nulls > 0 && { row_condition: { type: 'nullity', column: { name }, is_null: false } }),
      },
      reason: `the first day is ${day}`,
      ...(broken !== undefined && { severity: 'warning' as const }),
    },
  ]
}

/** Others are written otherwise in ISO 8601. */
function hasPlainYear(date: Date): boolean {
  const year = date.getUTCFullYear()
  return !Number.isNaN(year) && year >= 1 && year <= 9999
}
