import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Distribution, NumberDistribution } from '../../../src/data/profile/distribution.ts'
import { findStatistic, statisticNames } from '../../../src/monitoring/statistics/catalogue.ts'
import { sampleDistribution } from '../../../src/monitoring/statistics/sample-distribution.ts'
import { assertClose } from '../../assert-close.ts'
import { binary, categories, numbers, tiedSamples } from './random-distributions.ts'

/** The others judge the current side by the reference. */
const symmetric = new Set([
  'ks',
  'anderson',
  'cramer_von_mises',
  't_test',
  'z',
  'fisher_exact',
  'ed',
  'jensenshannon',
  'hellinger',
  'es',
])

for (const name of statisticNames) {
  const statistic = findStatistic(name)
  const scoreOf = (reference: Distribution, current: Distribution): number =>
    statistic.compare(reference, current).score
  const kinds: [string, fc.Arbitrary<Distribution>][] = [
    ['numbers', numbersFor(name)],
    ['categories', name === 'fisher_exact' ? binary : categories],
  ]

  for (const [kind, sides] of kinds) {
    if (!statistic.compares.some((compared) => compared === kind)) continue
    describe(`${name} of ${kind}`, () => {
      test('is a probability, or not negative; never NaN', () => {
        fc.assert(
          fc.property(sides, sides, (reference, current) => {
            const score = scoreOf(reference, current)
            assert.ok(score >= 0, String(score))
            if (statistic.kind === 'p-value') assert.ok(score <= 1 + 1e-12, String(score))
          }),
        )
      })

      test('sees no drift between a sample and itself', () => {
        fc.assert(
          fc.property(sides, (side) => {
            const score = scoreOf(side, side)
            if (statistic.kind === 'distance') assertClose(score, 0, 1e-7)
            // One-sided, and of one sample itself a coin's toss.
            else if (name === 'mannw') assert.ok(score >= 0.49, String(score))
            else assertClose(score, name === 'anderson' ? 0.25 : 1)
          }),
        )
      })

      if (symmetric.has(name)) {
        test('is the same the other way round', () => {
          fc.assert(
            fc.property(sides, sides, (a, b) => assertClose(scoreOf(a, b), scoreOf(b, a), 1e-9)),
          )
        })
      }
    })
  }

  test(`${name}: at the threshold drift is what Evidently says`, () => {
    const atThreshold = new Set(['ks', 'cramer_von_mises', 'wasserstein', 'jensenshannon'])
    for (const distance of ['psi', 'kl_div', 'hellinger']) atThreshold.add(distance)
    assert.equal(statistic.isDrift(0.1, 0.1), atThreshold.has(name))
    assert.equal(statistic.isDrift(0.05, 0.1), statistic.kind === 'p-value')
    assert.equal(statistic.isDrift(0.2, 0.1), statistic.kind === 'distance')
  })
}

describe('statistics of ranks', () => {
  for (const name of ['ks', 'anderson', 'cramer_von_mises', 'mannw']) {
    test(`${name} does not change under a growing function of the values`, () => {
      const { compare } = findStatistic(name)
      const bend = (x: number): number => x ** 3 + 2 * x - 7
      fc.assert(
        fc.property(tiedSamples, tiedSamples, (a, b) => {
          const before = compare(sampleDistribution(a), sampleDistribution(b))
          const after = compare(sampleDistribution(a.map(bend)), sampleDistribution(b.map(bend)))
          assert.deepEqual(after, before)
        }),
      )
    })
  }
})

test('the greatest and the smallest numbers make no score NaN', () => {
  const extreme = fc.oneof(
    fc.constantFrom(Number.MAX_VALUE, -Number.MAX_VALUE, Number.MIN_VALUE, 1e200, 0),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
  )
  const sample = fc
    .array(extreme, { minLength: 1, maxLength: 40 })
    .map((values) => sampleDistribution(Float64Array.from(values)))
  const names = statisticNames.filter((name) => name !== 'fisher_exact' && name !== 'es')
  fc.assert(
    fc.property(sample, sample, (a, b) => {
      for (const name of names) {
        const { score } = findStatistic(name).compare(a, b)
        assert.ok(!Number.isNaN(score), name)
      }
    }),
  )
})

describe('distances', () => {
  for (const name of ['wasserstein', 'ed', 'jensenshannon', 'hellinger', 'kl_div', 'psi']) {
    test(`are those of shares, however many rows have them: ${name}`, () => {
      const { compare } = findStatistic(name)
      const times = (side: NumberDistribution, factor: number): NumberDistribution => ({
        ...side,
        counts: side.counts.map((count) => count * factor),
        total: side.total * factor,
      })
      const sides = tiedSamples.map(sampleDistribution)
      fc.assert(
        fc.property(sides, sides, fc.integer({ min: 2, max: 1e6 }), (a, b, factor) => {
          const { score } = compare(a, b)
          assertClose(compare(times(a, factor), times(b, factor)).score, score, 1e-9)
        }),
      )
    })
  }
})

describe('a shift', () => {
  for (const name of ['wasserstein', 'ed', 'ks', 'cramer_von_mises', 'anderson', 'mannw']) {
    test(`is never taken for less when it is greater: ${name}`, () => {
      const { compare, kind } = findStatistic(name)
      fc.assert(
        fc.property(tiedSamples, fc.nat(5), fc.nat(5), (sample, one, more) => {
          const scoreAt = (shift: number): number =>
            compare(sampleDistribution(sample), sampleDistribution(sample.map((x) => x + shift)))
              .score
          const [near, far] = [scoreAt(one), scoreAt(one + more)]
          assert.ok(kind === 'distance' ? far >= near - 1e-9 : far <= near + 1e-9)
        }),
      )
    })
  }

  test('of s standard deviations is s to Wasserstein', () => {
    fc.assert(
      fc.property(tiedSamples, fc.integer({ min: 1, max: 9 }), (sample, shift) => {
        const mean = sample.reduce((sum, x) => sum + x, 0) / sample.length
        const variance = sample.reduce((sum, x) => sum + (x - mean) ** 2, 0) / sample.length
        const moved = sampleDistribution(sample.map((x) => x + shift))
        const { score } = findStatistic('wasserstein').compare(sampleDistribution(sample), moved)
        assertClose(score, shift / Math.max(Math.sqrt(variance), 0.001), 1e-9)
      }),
    )
  })

  test('and another unit change neither Wasserstein, t nor Jensen and Shannon', () => {
    fc.assert(
      fc.property(tiedSamples, tiedSamples, (a, b) => {
        fc.pre(new Set(a).size > 1)
        const toUnit = (sample: Float64Array): Distribution =>
          sampleDistribution(sample.map((x) => 8 * x + 1024))
        for (const name of ['wasserstein', 't_test', 'jensenshannon']) {
          const { compare } = findStatistic(name)
          const { score } = compare(sampleDistribution(a), sampleDistribution(b))
          assertClose(compare(toUnit(a), toUnit(b)).score, score, 1e-9)
        }
      }),
    )
  })
})

/** What the statistic does not refuse. */
function numbersFor(name: string): fc.Arbitrary<NumberDistribution> {
  if (name === 'fisher_exact') return binaryNumbers()
  if (name !== 'es') return numbers
  // So many values from -2 to 2 that the middle half of both sides is not one of them.
  const spread = Float64Array.from({ length: 300 }, (_, i) => (i % 5) - 2)
  return tiedSamples.map((sample) => sampleDistribution(Float64Array.of(...spread, ...sample)))
}

function binaryNumbers(): fc.Arbitrary<NumberDistribution> {
  const count = fc.integer({ min: 1, max: 300 })
  return fc.tuple(count, count).map(([no, yes]) => ({
    kind: 'numbers',
    values: Float64Array.of(0, 1),
    counts: Float64Array.of(no, yes),
    total: no + yes,
    resolution: 0,
  }))
}
