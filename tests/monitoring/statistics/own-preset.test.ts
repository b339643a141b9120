/** What our own preset adds to Evidently's statistics. */

import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createRandom, type Random } from '../../../src/core/random.ts'
import { adjustPValues } from '../../../src/monitoring/statistics/adjust-p-values.ts'
import { compareCategories } from '../../../src/monitoring/statistics/compare-categories.ts'
import { compareShares } from '../../../src/monitoring/statistics/compare-shares.ts'
import { correctedStabilityIndex, psi } from '../../../src/monitoring/statistics/psi.ts'
import { sampleDistribution } from '../../../src/monitoring/statistics/sample-distribution.ts'
import { assertClose } from '../../assert-close.ts'
import { categories, numbers, toCategories } from './random-distributions.ts'

describe('adjustPValues', () => {
  test('agrees with a hand calculation', () => {
    // Sorted 0.01, 0.02, 0.03, 0.5 times 4/rank: 0.04, 0.04, 0.04, 0.5
    const adjusted = adjustPValues(Float64Array.of(0.5, 0.03, 0.01, 0.02))
    assert.deepEqual(adjusted, Float64Array.of(0.5, 0.04, 0.04, 0.04))
  })

  test('never lessens a p-value, keeps their order, and stays within 1', () => {
    const chances = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 30 })
    fc.assert(
      fc.property(chances, (list) => {
        const before = Float64Array.from(list)
        const after = adjustPValues(before)
        for (let i = 0; i < before.length; i++) {
          assert.ok(after[i]! >= before[i]! && after[i]! <= 1)
          for (let j = 0; j < i; j++) {
            if (before[j]! <= before[i]!) assert.ok(after[j]! <= after[i]!)
          }
        }
      }),
    )
  })

  test('leaves a single one and equal ones as they are', () => {
    assert.deepEqual(adjustPValues(Float64Array.of(0.03)), Float64Array.of(0.03))
    assert.deepEqual(adjustPValues(new Float64Array(9).fill(0.2)), new Float64Array(9).fill(0.2))
    assert.deepEqual(adjustPValues(new Float64Array()), new Float64Array())
  })

  test('does not count what was not tested', () => {
    assert.deepEqual(
      adjustPValues(Float64Array.of(0.02, NaN, 0.5)),
      Float64Array.of(0.04, NaN, 0.5),
    )
  })
})

describe('compareShares', () => {
  test('is the z test where counts are large', () => {
    const result = compareShares({ count: 50, of: 100 }, { count: 60, of: 100 })
    assert.equal(result.test, 'z')
    assertClose(result.statistic, 0.1 / Math.sqrt(0.55 * 0.45 * 0.02))
  })

  test('is exact where counts are small: none of 10 and 4 of 10 missing', () => {
    const result = compareShares({ count: 0, of: 10 }, { count: 4, of: 10 })
    assert.equal(result.test, 'fisher_exact')
    // Both tails are C(10, 4) / C(20, 4) = 210 / 4845
    assertClose(result.pValue, 420 / 4845)
  })

  test('does not take one missing row among few for drift, and a jump to a third for one', () => {
    assert.ok(compareShares({ count: 0, of: 500 }, { count: 1, of: 30 }).pValue > 0.05)
    assert.ok(compareShares({ count: 0, of: 500 }, { count: 10, of: 30 }).pValue < 1e-9)
  })

  test('is a probability, the same the other way round, and 1 for equal shares', () => {
    const share = fc
      .tuple(fc.nat(200), fc.nat(200))
      .filter(([no, yes]) => no + yes > 0)
      .map(([no, yes]) => ({ count: yes, of: no + yes }))
    fc.assert(
      fc.property(share, share, (a, b) => {
        const { pValue } = compareShares(a, b)
        assert.ok(pValue >= 0 && pValue <= 1)
        assertClose(compareShares(b, a).pValue, pValue, 1e-9)
        assertClose(compareShares(a, a).pValue, 1)
      }),
    )
  })
})

describe('compareCategories', () => {
  test('agrees with a hand calculation', () => {
    // All expected counts are 45 or 55: χ² = 4·25/45·… = 2·25/45 + 2·25/55
    const a = counted({ a: 50, b: 50 })
    const b = counted({ a: 40, b: 60 })
    assertClose(compareCategories(a, b).statistic, 50 / 45 + 50 / 55)
  })

  test('does not take one row of a new value for drift', () => {
    const before = counted({ a: 500, b: 500 })
    const after = counted({ a: 250, b: 249, new: 1 })
    assert.ok(compareCategories(before, after).score > 0.9)
  })

  test('takes a tenth of the rows of a new value for drift', () => {
    const before = counted({ a: 500, b: 500 })
    const after = counted({ a: 225, b: 225, new: 50 })
    assert.ok(compareCategories(before, after).score < 1e-9)
  })

  test('judges few rows exactly: 3 of 4 and 1 of 4, p = 34/70', () => {
    const before = counted({ a: 3, b: 1 })
    const after = counted({ a: 1, b: 3 })
    assertClose(compareCategories(before, after).score, 34 / 70)
  })

  test('is a probability, the same the other way round, 1 of a side and itself', () => {
    fc.assert(
      fc.property(fc.oneof(categories, numbers), (side) => {
        assertClose(compareCategories(side, side).score, 1)
      }),
    )
    fc.assert(
      fc.property(categories, categories, (a, b) => {
        const { score } = compareCategories(a, b)
        assert.ok(score >= 0 && score <= 1)
        assertClose(compareCategories(b, a).score, score, 1e-9)
      }),
    )
  })

  test('finds a third of fifty rows on one of twenty or five hundred texts that are all rare', () => {
    for (const levels of [20, 500]) {
      const random = createRandom(levels)
      const [alarms, found] = [0, 0.3].map((moved) => {
        let below = 0
        for (let round = 0; round < 200; round++) {
          const before = drawEven(random, 5000, { levels, moved: 0 })
          const after = drawEven(random, 50, { levels, moved })
          if (compareCategories(before, after).score <= 0.05) below++
        }
        return below / 200
      })
      // 5 % with a deviation of 1.5 %.
      assert.ok(alarms! < 0.1, `${levels}: ${alarms}`)
      assert.ok(found! > 0.9, `${levels}: ${found}`)
    }
  })

  test('has the false alarms it says, with rare values too', () => {
    const random = createRandom(3)
    let alarms = 0
    for (let round = 0; round < 2000; round++) {
      const [before, after] = [drawLabels(random, 300), drawLabels(random, 120)]
      if (compareCategories(before, after).score < 0.05) alarms++
    }
    // 5 % of 2000 is 100, with a deviation of 9.7.
    assert.ok(alarms > 60 && alarms < 135, String(alarms))
  })
})

describe('correctedStabilityIndex', () => {
  test('is around nothing where the plain index cries drift: 30 against 500 rows of one kind', () => {
    const random = createRandom(9)
    let plain = 0
    let corrected = 0
    for (let round = 0; round < 200; round++) {
      const [before, after] = [drawNumbers(random, 500), drawNumbers(random, 30)]
      plain += psi.compare(before, after).score / 200
      corrected += correctedStabilityIndex(before, after) / 200
    }
    assert.ok(plain > 0.2, String(plain))
    assert.ok(corrected < 0.1, String(corrected))
  })

  test('sees a shift of one standard deviation', () => {
    const random = createRandom(10)
    const before = drawNumbers(random, 5000)
    const after = drawNumbers(random, 5000, 1)
    assert.ok(correctedStabilityIndex(before, after) > 0.5)
  })

  test('is not negative, 0 of a side and itself, the same the other way round', () => {
    fc.assert(
      fc.property(numbers, numbers, (a, b) => {
        assert.equal(correctedStabilityIndex(a, a), 0)
        assert.ok(correctedStabilityIndex(a, b) >= 0)
        assertClose(correctedStabilityIndex(a, b), correctedStabilityIndex(b, a), 1e-9)
      }),
    )
  })

  test('of many rows is the plain index', () => {
    const a = counted({ a: 5e8, b: 5e8 })
    const b = counted({ a: 4e8, b: 6e8 })
    assertClose(correctedStabilityIndex(a, b), psi.compare(a, b).score, 1e-7)
  })
})

/** A common value, two less common ones and many rare ones. */
function drawLabels(random: Random, rows: number): ReturnType<typeof toCategories> {
  const counts = new Map<string, number>()
  for (let row = 0; row < rows; row++) {
    const label = `v${Math.floor(12 * random.next() ** 3)}`
    counts.set(label, (counts.get(label) ?? 0) + 1)
  }
  return toCategories(counts)
}

/** Texts that are all as frequent, but for a share of the rows that have the eighth. */
function drawEven(
  random: Random,
  rows: number,
  { levels, moved }: { readonly levels: number; readonly moved: number },
): ReturnType<typeof toCategories> {
  const counts = new Map<string, number>()
  for (let row = 0; row < rows; row++) {
    const label = `v${random.next() < moved ? 7 : random.nextInteger(levels)}`
    counts.set(label, (counts.get(label) ?? 0) + 1)
  }
  return toCategories(counts)
}

function drawNumbers(
  random: Random,
  rows: number,
  shift = 0,
): ReturnType<typeof sampleDistribution> {
  const draw = (): number => {
    let sum = shift - 6
    for (let i = 0; i < 12; i++) sum += random.next()
    return sum
  }
  return sampleDistribution(Float64Array.from({ length: rows }, draw))
}

function counted(counts: Readonly<Record<string, number>>): ReturnType<typeof toCategories> {
  return toCategories(new Map(Object.entries(counts)))
}
