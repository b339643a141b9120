import { countCodePoints } from '../core/code-points.ts'
import { toCategories } from '../data/profile/read-distributions.ts'
import type {
  CategoryDistribution,
  Distribution,
  NumberDistribution,
} from '../data/profile/distribution.ts'

/** The label of all rows whose value a stored profile does not list. */
export const othersLabel = '(other values)'

/** Two distributions of categories over the same list of values. */
export interface CategoryPair {
  readonly reference: CategoryDistribution
  readonly current: CategoryDistribution
}

/**
 * Both sides by value. Where a side does not list all its values, those that it
 * does not list are pooled on both sides: nobody can say which they are.
 */
export function pairCategories(reference: Distribution, current: Distribution): CategoryPair {
  const before = asCategories(reference)
  const after = asCategories(current)
  if (before.others === 0 && after.others === 0) return { reference: before, current: after }
  const isKnown = (value: string): boolean =>
    (before.others === 0 || before.counts.has(value)) &&
    (after.others === 0 || after.counts.has(value))
  return { reference: poolOthers(before, isKnown), current: poolOthers(after, isKnown) }
}

function asCategories(distribution: Distribution): CategoryDistribution {
  return distribution.kind === 'categories' ? distribution : toCategories(distribution)
}

function poolOthers(
  distribution: CategoryDistribution,
  isKnown: (value: string) => boolean,
): CategoryDistribution {
  const counts = new Map<string, number>()
  let pooled = distribution.others
  for (const [value, count] of distribution.counts) {
    if (isKnown(value)) counts.set(value, count)
    else pooled += count
  }
  if (pooled > 0) counts.set(othersLabel, pooled)
  return { kind: 'categories', counts, total: distribution.total, others: 0 }
}

/**
 * Half the sum of the differences of shares: the share of rows that would have
 * to take another value to make the two alike, from 0 to 1.
 */
export function totalVariation({ reference, current }: CategoryPair): number {
  const values = new Set([...reference.counts.keys(), ...current.counts.keys()])
  let sum = 0
  for (const value of values) {
    const before = (reference.counts.get(value) ?? 0) / reference.total
    const after = (current.counts.get(value) ?? 0) / current.total
    sum += Math.abs(before - after)
  }
  return sum / 2
}

/** Distinct values of both sides together. */
export function countUnion(reference: Distribution, current: Distribution): number {
  if (reference.kind === 'numbers' && current.kind === 'numbers') {
    return countMerged(reference.values, current.values)
  }
  const pair = pairCategories(reference, current)
  return new Set([...pair.reference.counts.keys(), ...pair.current.counts.keys()]).size
}

/** Of two ascending lists without repeats. */
function countMerged(a: Float64Array, b: Float64Array): number {
  let [i, j, n] = [0, 0, 0]
  while (i < a.length && j < b.length) {
    const [left, right] = [a[i]!, b[j]!]
    if (left <= right) i++
    if (right <= left) j++
    n++
  }
  return n + a.length - i + b.length - j
}

/** The lengths of texts in code points, as numbers; of those that are listed. */
export function toLengths(distribution: CategoryDistribution): NumberDistribution {
  const byLength = new Map<number, number>()
  for (const [text, count] of distribution.counts) {
    const length = countCodePoints(text)
    byLength.set(length, (byLength.get(length) ?? 0) + count)
  }
  const lengths = [...byLength.keys()].toSorted((a, b) => a - b)
  return {
    kind: 'numbers',
    values: Float64Array.from(lengths),
    counts: Float64Array.from(lengths, (length) => byLength.get(length) ?? 0),
    total: distribution.total - distribution.others,
    resolution: distribution.total === 0 ? 0 : distribution.others / distribution.total,
  }
}
