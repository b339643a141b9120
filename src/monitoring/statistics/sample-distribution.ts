import type { NumberDistribution } from '../../data/profile/distribution.ts'

/**
 * The distribution of a sample of numbers, each counted once.
 *
 * @param sample - in any order; NaN (missing) and infinities are left out
 */
export function sampleDistribution(sample: Float64Array): NumberDistribution {
  // Adding 0 makes -0 and 0 one value.
  const sorted = sample
    .filter((value) => Number.isFinite(value))
    .map((value) => value + 0)
    .sort()
  const values = new Float64Array(sorted.length)
  const counts = new Float64Array(sorted.length)
  let distinct = 0
  for (const value of sorted) {
    if (distinct === 0 || values[distinct - 1] !== value) values[distinct++] = value
    counts[distinct - 1]!++
  }
  return {
    kind: 'numbers',
    values: values.slice(0, distinct),
    counts: counts.slice(0, distinct),
    total: sorted.length,
    resolution: 0,
  }
}
