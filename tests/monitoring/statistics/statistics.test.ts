/** Each statistic against a calculation by hand, and bad input. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { findStatistic, statisticNames } from '../../../src/monitoring/statistics/catalogue.ts'
import { compareSamples } from '../../../src/monitoring/statistics/compare-samples.ts'
import { sampleDistribution } from '../../../src/monitoring/statistics/sample-distribution.ts'
import { assertClose } from '../../assert-close.ts'
import { toCategories } from './random-distributions.ts'

const few = Float64Array.of(1, 2, 3)
const others = Float64Array.of(2, 3, 4, 5)

describe('by hand', () => {
  test('KS: of two times four values apart, 2 of the 70 orders are as extreme', () => {
    const { score, statistic } = compareSamples(
      'ks',
      Float64Array.of(1, 2, 3, 4),
      Float64Array.of(5, 6, 7, 8),
    )
    assertClose(score, 2 / 70)
    assert.equal(statistic, 1)
  })

  test('KS: of two and three values apart, 2 of the 10 orders are as extreme', () => {
    const { score } = compareSamples('ks', Float64Array.of(1, 2), Float64Array.of(5, 6, 7))
    assertClose(score, 0.2)
  })

  test('Mann-Whitney: of three and four values, two of the 35 orders have U of 1 or less', () => {
    // 1 2 3.5 | 3 4 5 6: 3.5 > 3 is the one pair of 12; the orders: U = 0 and U = 1, one each.
    const current = Float64Array.of(3, 4, 5, 6)
    const { score, statistic } = compareSamples('mannw', Float64Array.of(1, 2, 3.5), current)
    assert.equal(statistic, 1)
    assertClose(score, 2 / 35)
  })

  test('Cramér-von Mises: of two and two values apart, 2 of the 6 orders are as extreme', () => {
    // U = 2·((1−1)² + (2−2)²) + 2·((3−1)² + (4−2)²) = 16; T = 16/16 − 15/24
    const { score, statistic } = compareSamples(
      'cramer_von_mises',
      Float64Array.of(1, 2),
      Float64Array.of(3, 4),
    )
    assertClose(statistic, 0.375)
    assertClose(score, 1 / 3)
  })

  test('t: means 2 and 3.5, squares 2 and 5, 5 degrees', () => {
    const { statistic } = compareSamples('t_test', few, others)
    assertClose(statistic, -1.5 / Math.sqrt((7 / 5) * (1 / 3 + 1 / 4)))
  })

  test('Wasserstein: the areas between the steps, in standard deviations', () => {
    // |F − G| is 1/3 on [1, 2), 2/3 − 1/4 on [2, 3), 1/2 on [3, 4), 1/4 on [4, 5): 1.5; σ² = 2/3
    assertClose(compareSamples('wasserstein', few, others).score, 1.5 / Math.sqrt(2 / 3))
  })

  test('Wasserstein: a reference of one value is measured in thousandths', () => {
    const reference = Float64Array.of(7, 7, 7)
    assertClose(compareSamples('wasserstein', reference, Float64Array.of(9)).score, 2000)
  })

  test('energy: the squares of the same differences', () => {
    const area = 1 / 9 + (5 / 12) ** 2 + 1 / 4 + 1 / 16
    assertClose(compareSamples('ed', few, others).score, Math.sqrt(2 * area))
  })

  test('chi-square: 40 and 60 where 50 and 50 were, χ² = 4, p = 0.0455', () => {
    const { score, statistic } = compareCounts('chisquare', { a: 50, b: 50 }, { a: 40, b: 60 })
    assertClose(statistic, 4)
    assertClose(score, 0.04550026389635857)
  })

  test('chi-square: an unseen value leaves no chance, as in Evidently', () => {
    assert.equal(compareCounts('chisquare', { a: 500 }, { a: 499, b: 1 }).score, 0)
  })

  test('G: 2·(40·ln 0.8 + 60·ln 1.2)', () => {
    const { statistic } = compareCounts('g_test', { a: 50, b: 50 }, { a: 40, b: 60 })
    assertClose(statistic, 2 * (40 * Math.log(0.8) + 60 * Math.log(1.2)))
  })

  test('z: 50 of 100 against 60 of 100', () => {
    const { statistic } = compareCounts('z', { a: 50, b: 50 }, { a: 40, b: 60 })
    assertClose(statistic, -0.1 / Math.sqrt(0.55 * 0.45 * 0.02))
  })

  test('z: takes numbers by size, not as text', () => {
    // '9' is the smallest, so that 10 and 100 are the rest: no difference.
    const { statistic } = compareCounts('z', { '9': 5, '10': 5 }, { '9': 5, '100': 5 })
    assert.equal(statistic, 0)
  })

  test('Fisher: the tea of the lady, 3 of 4 and 1 of 4, p = 34/70', () => {
    const { score, statistic } = compareCounts('fisher_exact', { a: 3, b: 1 }, { a: 1, b: 3 })
    assertClose(score, 34 / 70)
    assert.equal(statistic, 9)
  })

  test('Jensen-Shannon: √ln 2 where nothing is shared', () => {
    const { score } = compareCounts('jensenshannon', { a: 5 }, { b: 7 })
    assertClose(score, Math.sqrt(Math.LN2))
  })

  test('PSI: (0.5 − 0.4)·ln(0.5/0.4) + (0.5 − 0.6)·ln(0.5/0.6)', () => {
    const { score } = compareCounts('psi', { a: 50, b: 50 }, { a: 40, b: 60 })
    assertClose(score, 0.1 * Math.log(1.25) - 0.1 * Math.log(5 / 6))
  })

  test('PSI: an empty value is a ten-thousandth', () => {
    const { score } = compareCounts('psi', { a: 50, b: 50 }, { a: 100 })
    assertClose(score, 0.5 * Math.log(2) + (0.5 - 0.0001) * Math.log(5000))
  })

  test('KL: 0.5·ln(0.5/0.4) + 0.5·ln(0.5/0.6)', () => {
    const { score } = compareCounts('kl_div', { a: 50, b: 50 }, { a: 40, b: 60 })
    assertClose(score, 0.5 * Math.log(1.25) + 0.5 * Math.log(5 / 6))
  })

  test('Hellinger: √(1 − √0.2 − √0.3)', () => {
    const { score } = compareCounts('hellinger', { a: 50, b: 50 }, { a: 40, b: 60 })
    assertClose(score, Math.sqrt(1 - Math.sqrt(0.2) - Math.sqrt(0.3)))
  })

  test('bins of integers are at least 1 wide, those of numbers are not', () => {
    const { compare } = findStatistic('hellinger')
    const a = sampleDistribution(Float64Array.of(0, 0, 0, 1))
    const b = sampleDistribution(Float64Array.of(0, 1, 1, 1))
    assert.equal(compare(a, b).score, 0)
    const [c, d] = [
      { ...a, areIntegers: false },
      { ...b, areIntegers: false },
    ]
    // Two bins: 3/4 and 1/4 against 1/4 and 3/4
    assertClose(compare(c, d).score, Math.sqrt(1 - 2 * Math.sqrt(3 / 16)))
  })
})

test('numbers too close together for several bins are in one', () => {
  const sample = Float64Array.of(-4e-323, -3.5e-323)
  assert.equal(compareSamples('hellinger', sample, sample.subarray(1)).score, 0)
})

describe('counts stand for rows', () => {
  test('a stored profile that lists some values is compared by these and the rest', () => {
    const reference = toCategories(new Map([['a', 50]]), 50)
    const current = toCategories(
      new Map([
        ['a', 40],
        ['b', 30],
        ['c', 30],
      ]),
    )
    const { statistic, score } = findStatistic('chisquare').compare(reference, current)
    assertClose(statistic, 4)
    assertClose(score, 0.04550026389635857)
  })

  test('so that a million rows of two values are as quick as two', () => {
    const { statistic } = compareCounts('z', { a: 5e11, b: 5e11 }, { a: 5e11, b: 5e11 })
    assert.equal(statistic, 0)
  })
})

describe('bad input', () => {
  const none = new Float64Array()

  for (const name of statisticNames) {
    test(`${name}: an empty side is named`, () => {
      const { compare } = findStatistic(name)
      const [full, empty] = [sampleDistribution(Float64Array.of(1, 2)), sampleDistribution(none)]
      const code = 'DATA_INCOMPARABLE'
      assert.throws(() => compare(empty, full), { code, message: /the reference side has no/ })
      assert.throws(() => compare(full, empty), { code, message: /the current side has no/ })
    })

    test(`${name}: numbers are not compared with categories`, () => {
      const { compare } = findStatistic(name)
      const number = sampleDistribution(Float64Array.of(1, 2))
      const category = toCategories(new Map([['a', 3]]))
      assert.throws(() => compare(number, category), { code: 'DATA_INCOMPARABLE' })
      assert.throws(() => compare(category, number), { code: 'DATA_INCOMPARABLE' })
    })

    if (name === 'es') continue
    test(`${name}: one value on both sides is no drift`, () => {
      const { compare, isDrift, defaultThreshold } = findStatistic(name)
      const one = sampleDistribution(Float64Array.of(7, 7, 7))
      const { score } = compare(one, sampleDistribution(Float64Array.of(7)))
      assert.ok(!isDrift(score, defaultThreshold), String(score))
      assert.ok(Number.isFinite(score), String(score))
    })

    test(`${name}: two single values have a score`, () => {
      const [a, b] = [Float64Array.of(3), Float64Array.of(4)].map(sampleDistribution)
      assert.ok(Number.isFinite(findStatistic(name).compare(a!, b!).score))
    })
  }

  test('missing values and infinities are left out, and -0 is 0', () => {
    assert.deepEqual(
      sampleDistribution(Float64Array.of(NaN, 2, -0, Infinity, 0, -Infinity, 2, -5)),
      {
        kind: 'numbers',
        values: Float64Array.of(-5, 0, 2),
        counts: Float64Array.of(1, 2, 2),
        total: 5,
        resolution: 0,
      },
    )
    assert.throws(() => compareSamples('ks', Float64Array.of(NaN), few), {
      code: 'DATA_INCOMPARABLE',
    })
  })

  test('an unknown statistic is named with the nearest one', () => {
    assert.throws(() => findStatistic('wassertein'), {
      code: 'CONFIG_INVALID',
      message: `there is no statistic 'wassertein'`,
      hint: /'wasserstein'/,
    })
  })

  test('Epps-Singleton refuses few values, and a middle half of one value', () => {
    const code = 'DATA_INCOMPARABLE'
    assert.throws(() => compareSamples('es', few, others), { code, message: /has 3 values, not 5/ })
    const zeros = Float64Array.of(0, 0, 0, 0, 0, 0, 0, 1)
    assert.throws(() => compareSamples('es', zeros, zeros), {
      code,
      message: /the middle half of all values is 0/,
    })
  })

  test('Fisher refuses more than two values', () => {
    assert.throws(() => compareCounts('fisher_exact', { a: 1, b: 2 }, { c: 3 }), {
      code: 'DATA_INCOMPARABLE',
      message: /there are 3/,
    })
  })

  test('the threshold of the caller decides', () => {
    const isDrift = (threshold: number): boolean =>
      compareSamples('wasserstein', few, others, { threshold }).isDrift
    assert.deepEqual([isDrift(1.8), isDrift(1.9)], [true, false])
  })
})

function compareCounts(
  name: string,
  reference: Readonly<Record<string, number>>,
  current: Readonly<Record<string, number>>,
): { score: number; statistic: number } {
  const [before, after] = [reference, current].map((counts) =>
    toCategories(new Map(Object.entries(counts))),
  )
  return findStatistic(name).compare(before!, after!)
}
