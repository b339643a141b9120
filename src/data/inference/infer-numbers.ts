import type { ColumnProfile } from '../profile/profile.ts'
import { type Drafted, leastRepeats, type Margins, mostCodes } from './strictness.ts'

/** Codes as a set, other numbers by their limits. Where infinities occur nothing is said. */
export function inferNumbers(column: ColumnProfile, margins: Margins): Drafted[] {
  const { numbers, distinct, top, positiveInfinities, negativeInfinities } = column
  if (numbers === undefined || positiveInfinities + negativeInfinities > 0) return []
  const { min, max, count, isWhole } = numbers
  if (Math.max(Math.abs(min), Math.abs(max)) > Number.MAX_SAFE_INTEGER) return []
  const isCode = isWhole && distinct.count <= mostCodes && count >= leastRepeats * distinct.count
  if (isCode) {
    const values = top.map(({ value }) => Number(value)).sort((a, b) => a - b)
    const reason = `only these ${values.length} values occur`
    return [{ type: 'expect_column_values_to_be_in_set', kwargs: { value_set: values }, reason }]
  }
  const slack = (max - min) * margins.range
  const round = isWhole ? { down: Math.floor, up: Math.ceil } : { down: same, up: same }
  // What is never negative is a count or an amount: it stays so.
  const least = min >= 0 ? Math.max(0, min - slack) : min - slack
  return [
    {
      type: 'expect_column_values_to_be_between',
      kwargs: { min_value: round.down(least), max_value: round.up(max + slack) },
      reason: `the values lie between ${min} and ${max}`,
    },
  ]
}

function same(value: number): number {
  return value
}
