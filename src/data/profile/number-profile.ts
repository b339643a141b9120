import type { ColumnFamily } from '../table/column.ts'
import { countBetween, divideRange } from './bins.ts'
import type { NumberDistribution } from './distribution.ts'
import type { NumberProfile, ValueCount } from './profile.ts'
import { readQuantiles } from './quantiles.ts'
import { topValues } from './store-distribution.ts'

/** Moments, histogram and quantiles of counted numbers, of which there is at least one. */
export function describeNumbers(numbers: NumberDistribution): NumberProfile {
  const { values, counts, total } = numbers
  let [mean, squares, zeros, negatives, isWhole] = [0, 0, 0, 0, true]
  for (const [i, value] of values.entries()) mean += (value / total) * counts[i]!
  for (const [i, value] of values.entries()) {
    squares += counts[i]! * (value - mean) * (value - mean)
    if (value === 0) zeros += counts[i]!
    if (value < 0) negatives += counts[i]!
    isWhole &&= Number.isInteger(value)
  }
  return {
    count: total,
    min: values[0]!,
    max: values.at(-1)!,
    mean,
    squaredDeviations: Math.min(squares, Number.MAX_VALUE),
    zeros,
    negatives,
    isWhole,
    ...describeShape(numbers),
  }
}

const bins = 20

/**
 * Equally wide bins from the least to the greatest value, one bin for a single
 * value, and quantiles: as exact as the distribution is.
 */
export function describeShape(
  numbers: NumberDistribution,
): Required<Pick<NumberProfile, 'histogram' | 'quantiles'>> {
  const edges = divideRange(numbers.values[0]!, numbers.values.at(-1)!, bins)
  return {
    quantiles: readQuantiles(numbers),
    histogram: { edges, counts: countBetween(numbers, edges) },
  }
}

/** The most frequent values; of equally frequent ones the lower. */
export function listTop(
  { values, counts }: Pick<NumberDistribution, 'values' | 'counts'>,
  family: ColumnFamily,
): ValueCount[] {
  const top: number[] = []
  for (const [i, count] of counts.entries()) {
    const place = top.findLastIndex((other) => counts[other]! >= count) + 1
    if (place === topValues) continue
    top.splice(place, 0, i)
    if (top.length > topValues) top.pop()
  }
  return top.map((i) => ({ value: showNumber(values[i]!, family), count: counts[i]! }))
}

function showNumber(value: number, family: ColumnFamily): string {
  if (family === 'boolean') return value === 1 ? 'true' : 'false'
  if (family !== 'time') return String(value)
  const date = new Date(value / 1000)
  return Number.isNaN(date.getTime()) ? String(value) : date.toISOString()
}
