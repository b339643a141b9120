import type { ColumnProfile, NumberProfile } from '../profile/profile.ts'
import { inferCodes } from './infer-codes.ts'
import {
  type BrokenMargins,
  type Drafted,
  leastRepeats,
  type Margins,
  mostCodes,
  mostlyOf,
} from './strictness.ts'

/** Codes as a set, other numbers by their limits. Where infinities occur nothing is said. */
export function inferNumbers(column: ColumnProfile, margins: Margins): Drafted[] {
  const { numbers, distinct, top, positiveInfinities, negativeInfinities } = column
  if (numbers === undefined || positiveInfinities + negativeInfinities > 0) return []
  const { min, max, count, isWhole } = numbers
  if (Math.max(Math.abs(min), Math.abs(max)) > Number.MAX_SAFE_INTEGER) return []
  const isCode = isWhole && distinct.count <= mostCodes && count >= leastRepeats * distinct.count
  if (isCode) {
    const values = top.map(({ value }) => Number(value)).sort((a, b) => a - b)
    return inferCodes(values, margins)
  }
  const slack = (max - min) * margins.range
  const limits = limitsOf(numbers, { from: min - slack, to: max + slack })
  const reason = `the values lie between ${min} and ${max}`
  if (margins.broken === undefined) return [{ ...limits, reason }]
  return [{ ...limits, reason, severity: 'warning' }, inferFence(numbers, margins.broken)]
}

/**
 * Beyond it values are no longer of the same kind, such as cents in place of euros. From quantiles, since the greatest of
 * many values may be far from all others, and with a share that may lie there, since a few such values are not rare.
 */
function inferFence(numbers: NumberProfile, broken: BrokenMargins): Drafted {
  const { min, max, quantiles = [] } = numbers
  const [low = min, high = max] = [quantiles[0]?.value, quantiles.at(-1)?.value]
  // Where nearly all values are one, the others tell how far values go.
  const [from, to] = low < high ? [low, high] : [min, max]
  const slack = (to - from) * broken.range
  return {
    ...limitsOf(numbers, { from: from - slack, to: to + slack }, mostlyOf(broken.others)),
    reason: `most values lie between ${from} and ${to}; where many lie far beyond, it is another quantity or unit`,
  }
}

function limitsOf(
  { min, isWhole }: NumberProfile,
  { from, to }: { readonly from: number; readonly to: number },
  mostly: { readonly mostly?: number } = {},
): Pick<Drafted, 'type' | 'kwargs'> {
  const round = isWhole ? { down: Math.floor, up: Math.ceil } : { down: same, up: same }
  // What is never negative is a count or an amount: it stays so.
  const least = min >= 0 ? Math.max(0, from) : from
  return {
    type: 'expect_column_values_to_be_between',
    kwargs: { min_value: round.down(least), max_value: round.up(to), ...mostly },
  }
}

function same(value: number): number {
  return value
}
