/** Distributions of two parts of a column, as one. */

import type { CategoryDistribution, NumberDistribution } from './distribution.ts'
import type { ValueCount } from './profile.ts'
import { compareCodePoints } from '../../core/code-point-order.ts'

/**
 * Every value that either side has. What one side counts at a kept value
 * instead of below it, the other cannot correct: the errors are averaged.
 */
export function mergeNumberDistributions(
  a: NumberDistribution,
  b: NumberDistribution,
): NumberDistribution {
  const counts = new Map<number, number>()
  for (const { values, counts: each } of [a, b]) {
    for (const [i, value] of values.entries()) {
      counts.set(value, (counts.get(value) ?? 0) + each[i]!)
    }
  }
  const values = Float64Array.from(counts.keys()).sort()
  const total = a.total + b.total
  return {
    kind: 'numbers',
    values,
    counts: values.map((value) => counts.get(value)!),
    total,
    resolution: (a.resolution * a.total + b.resolution * b.total) / total,
    areIntegers: a.areIntegers,
  }
}

/** Every value that either side lists; one that a side has among its others stays uncounted there. */
export function mergeCategories(
  a: CategoryDistribution,
  b: CategoryDistribution,
): CategoryDistribution {
  const counts = new Map(a.counts)
  for (const [value, count] of b.counts) counts.set(value, (counts.get(value) ?? 0) + count)
  return { kind: 'categories', counts, total: a.total + b.total, others: a.others + b.others }
}

/** Counts of equal values added; most frequent first, of equally frequent ones the lower. */
export function mergeCounts(
  lists: readonly (readonly ValueCount[])[],
  compare: (a: string, b: string) => number = compareCodePoints,
): ValueCount[] {
  const counts = new Map<string, number>()
  for (const { value, count } of lists.flat()) counts.set(value, (counts.get(value) ?? 0) + count)
  return [...counts]
    .map(([value, count]) => ({ value, count }))
    .sort((a, b) => b.count - a.count || compare(a.value, b.value))
}
