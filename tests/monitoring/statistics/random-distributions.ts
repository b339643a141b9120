/** What fast-check draws the statistics from. */

import fc from 'fast-check'
import type {
  CategoryDistribution,
  NumberDistribution,
} from '../../../src/data/profile/distribution.ts'
import { sampleDistribution } from '../../../src/monitoring/statistics/sample-distribution.ts'

/** Few distinct values, so that ties are common. */
export const tiedSamples: fc.Arbitrary<Float64Array> = fc
  .array(fc.integer({ min: -6, max: 6 }), { minLength: 2, maxLength: 60 })
  .map((values) => Float64Array.from(values))

export const samples: fc.Arbitrary<Float64Array> = fc
  .array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 2, maxLength: 60 })
  .map((values) => Float64Array.from(values))

export const numbers: fc.Arbitrary<NumberDistribution> = fc
  .oneof(tiedSamples, samples)
  .map(sampleDistribution)

export const categories: fc.Arbitrary<CategoryDistribution> = fc
  .dictionary(fc.constantFrom('a', 'b', 'c', 'd', 'e', 'f'), fc.integer({ min: 1, max: 500 }), {
    minKeys: 1,
  })
  .map((counts) => toCategories(new Map(Object.entries(counts))))

/** Two values, both on either side. */
export const binary: fc.Arbitrary<CategoryDistribution> = fc
  .tuple(fc.integer({ min: 1, max: 300 }), fc.integer({ min: 1, max: 300 }))
  .map(([no, yes]) =>
    toCategories(
      new Map([
        ['no', no],
        ['yes', yes],
      ]),
    ),
  )

export function toCategories(
  counts: ReadonlyMap<string, number>,
  others = 0,
): CategoryDistribution {
  const listed = [...counts.values()].reduce((sum, count) => sum + count, 0)
  return { kind: 'categories', counts, total: listed + others, others }
}
