import type { ColumnProfile } from '../profile/profile.ts'
import type { Drafted } from './strictness.ts'

/** Times go on: only the first day is a limit. */
export function inferTimes({
  type,
  numbers,
  positiveInfinities,
  negativeInfinities,
}: ColumnProfile): Drafted[] {
  if (type !== 'DATE' && type !== 'TIMESTAMP') return []
  if (numbers === undefined || positiveInfinities + negativeInfinities > 0) return []
  const first = new Date(Math.floor(numbers.min / 1000))
  const year = first.getUTCFullYear()
  // Others are written otherwise in ISO 8601.
  if (Number.isNaN(year) || year < 1 || year > 9999) return []
  const day = first.toISOString().slice(0, 10)
  return [
    {
      type: 'expect_column_values_to_be_between',
      kwargs: { min_value: day },
      reason: `the first day is ${day}`,
    },
  ]
}
