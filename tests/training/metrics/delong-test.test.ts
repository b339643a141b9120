import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/core/random.ts'
import { normalTail } from '../../../src/math/index.ts'
import { normalUpperQuantile } from '../../../src/math/normal-quantile.ts'
import { delongTest, pairedBootstrap, rocAucScore } from '../../../src/training/metrics/index.ts'
import { assertClose } from '../../assert-close.ts'
import { assertFails } from '../assert-fails.ts'
import { labelled } from './labelled.ts'

describe('delongTest', () => {
  test('finds what is printed of the patients of DeLong 1988', () => {
    // SAS/STAT 15.1 User's Guide, example 78.8: ROC association statistics and contrast estimates.
    const albumin = delongTest(patients.outcome, patients.kg, patients.albumin)
    assert.equal(albumin.areaA.toFixed(4), '0.7258')
    assert.equal(albumin.areaB.toFixed(4), '0.7366')
    assert.equal(albumin.difference.toFixed(4), '0.0108')
    assert.equal(albumin.standardError.toFixed(4), '0.0953')
    assert.deepEqual(
      albumin.interval.map((end) => end.toFixed(4)),
      ['-0.1761', '0.1976'],
    )
    assert.equal((albumin.statistic ** 2).toFixed(4), '0.0127')
    assert.equal(albumin.pValue.toFixed(4), '0.9102')

    const protein = delongTest(patients.outcome, patients.kg, patients.protein)
    assert.equal(protein.areaB.toFixed(4), '0.6478')
    assert.equal(protein.difference.toFixed(4), '-0.0780')
    assert.equal(protein.standardError.toFixed(4), '0.1046')
    assert.deepEqual(
      protein.interval.map((end) => end.toFixed(4)),
      ['-0.2830', '0.1271'],
    )
    assert.equal((protein.statistic ** 2).toFixed(4), '0.5554')
    assert.equal(protein.pValue.toFixed(4), '0.4561')
  })

  test('is what a hand calculates', () => {
    // Rows of class 0, class 0, class 1, class 1.
    // A places the rows of class 1 above (½, 1) of class 0, and those of class 0 below (1, ½) of class 1.
    // B places all of them right. Differences: (½, 0) and (0, ½); each has variance ⅛, its mean 1/16.
    const result = delongTest([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.8], [0.1, 0.2, 0.7, 0.8])
    assert.equal(result.areaA, 0.75)
    assert.equal(result.areaB, 1)
    assertClose(result.standardError, Math.sqrt(1 / 16 + 1 / 16))
    assertClose(result.statistic, 0.25 / Math.sqrt(1 / 8))
    assertClose(result.pValue, 2 * normalTail(0.25 / Math.sqrt(1 / 8)))
    assertClose(result.pValueBetter, result.pValue / 2)
  })

  test('is the variance of the paper, taken pair by pair', () => {
    fc.assert(
      fc.property(twoModels, ({ target, a, b }) => {
        const result = delongTest(target, a, b)
        const expected = pairwise(target, a, b)
        assertClose(result.areaA, expected.areaA)
        assertClose(result.areaB, expected.areaB)
        assertClose(result.standardError ** 2, expected.variance)
      }),
    )
  })

  test('changes sign when the models change places, and not when their scores are stretched', () => {
    fc.assert(
      fc.property(twoModels, ({ target, a, b }) => {
        const forth = delongTest(target, a, b)
        const back = delongTest(target, b, a)
        assertClose(back.difference, -forth.difference)
        assertClose(back.pValue, forth.pValue)
        assertClose(forth.difference, rocAucScore(target, b) - rocAucScore(target, a))
        const stretched = delongTest(
          target,
          a.map((score) => Math.exp(3 * score)),
          b,
        )
        assert.deepEqual(stretched, forth)
        assert.ok(forth.pValue >= 0 && forth.pValue <= 1)
      }),
    )
  })

  test('of a model with itself has no difference', () => {
    const result = delongTest([0, 0, 1, 1], [0.1, 0.6, 0.4, 0.8], [0.1, 0.6, 0.4, 0.8])
    assert.deepEqual([result.difference, result.standardError, result.pValue], [0, 0, 1])
    assert.equal(result.pValueBetter, 1)
  })

  test('of models between which no chance is left is certain', () => {
    const result = delongTest([0, 0, 1, 1], [4, 3, 2, 1], [1, 2, 3, 4])
    assert.deepEqual([result.difference, result.standardError], [1, 0])
    assert.deepEqual([result.pValue, result.pValueBetter], [0, 0])
    assert.equal(delongTest([0, 0, 1, 1], [1, 2, 3, 4], [4, 3, 2, 1]).pValueBetter, 1)
    assert.equal(
      delongTest([0, 0, 1, 1], [4, 3, 2, 1], [1, 2, 3, 4], { margin: 1 }).pValueBetter,
      1,
    )
  })

  test('has an interval and a p-value near those of the paired bootstrap', () => {
    const random = createRandom(5)
    const b = Array.from({ length: 800 }, () => random.next())
    const target = b.map((p) => Number(random.next() < p))
    const a = b.map((p) => (p + random.next()) / 2)
    const result = delongTest(target, a, b, { margin: 0.06 })
    const options = { random: createRandom(1), metric: 'rocAuc', margin: 0.06 } as const
    const bootstrap = pairedBootstrap(target, a, b, options)
    assertClose(result.interval[0], bootstrap.interval[0], 0.01)
    assertClose(result.interval[1], bootstrap.interval[1], 0.01)
    assertClose(result.pValueBetter, bootstrap.pValue, 0.05)
  })

  test('refuses a single row of a class and bad options', () => {
    const score = [0, 1, 0.5]
    assertFails(
      () => delongTest([0, 1, 0], score, score),
      'TRAINING_INVALID',
      'there are 2 rows of class 0 and 1 of class 1, expected two of each',
    )
    const run = (options: object) => () =>
      delongTest([0, 1, 0, 1], [0, 1, 1, 0], [1, 1, 1, 0], options)
    for (const level of [0, 1, NaN]) assertFails(run({ level }), 'TRAINING_INVALID', /'level'/)
    for (const margin of [-1, NaN]) assertFails(run({ margin }), 'TRAINING_INVALID', /'margin'/)
    assertFails(() => delongTest([0, 1], [0, 1], [0, NaN]), 'TRAINING_INVALID', /row 1: the score/)
  })
})

describe('normalUpperQuantile', () => {
  test('is the inverse of the tail, out to where the tail is all but gone', () => {
    assertClose(normalUpperQuantile(0.025), 1.959963984540054, 1e-14)
    fc.assert(
      fc.property(fc.double({ min: -8, max: 30, noNaN: true }), (z) => {
        // Below 0 the tail is near 1, where few digits of z are left.
        assertClose(
          normalUpperQuantile(normalTail(z)),
          z,
          z < 0 ? 1e-16 * Math.exp((z * z) / 2) + 1e-13 : 1e-13,
        )
      }),
    )
  })

  test('has no value beyond a chance', () => {
    assert.equal(normalUpperQuantile(0), Infinity)
    assert.equal(normalUpperQuantile(1), -Infinity)
    for (const tail of [-0.1, 1.1, NaN]) assert.ok(Number.isNaN(normalUpperQuantile(tail)))
  })
})

const twoModels = labelled().chain(({ target, probability }) => {
  const rows = [0, 0, 1, 1, ...target]
  return fc
    .array(fc.nat({ max: 8 }), { minLength: rows.length, maxLength: rows.length })
    .map((other) => ({ target: rows, a: [0.5, 0.25, 0.5, 0.75, ...probability], b: other }))
})

/** DeLong 1988, equations 3 to 5: S₁₀ and S₀₁ of both models, and the variance of the contrast (1, −1). */
function pairwise(target: readonly number[], a: readonly number[], b: readonly number[]) {
  const rows = [...target.keys()]
  const positives = rows.filter((row) => target[row] === 1)
  const negatives = rows.filter((row) => target[row] === 0)
  const beats = (score: readonly number[], x: number, y: number): number =>
    score[x]! > score[y]! ? 1 : score[x] === score[y] ? 0.5 : 0
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / values.length
  const parts = [a, b].map((score) => ({
    v10: positives.map((x) => mean(negatives.map((y) => beats(score, x, y)))),
    v01: negatives.map((y) => mean(positives.map((x) => beats(score, x, y)))),
  }))
  const covariance = (u: readonly number[], v: readonly number[]): number => {
    const [atU, atV] = [mean(u), mean(v)]
    return u.reduce((sum, value, i) => sum + (value - atU) * (v[i]! - atV), 0) / (u.length - 1)
  }
  const [first, second] = parts
  const contrast = (part: 'v10' | 'v01'): number => {
    const [u, v] = [first![part], second![part]]
    return (covariance(u, u) + covariance(v, v) - 2 * covariance(u, v)) / u.length
  }
  return {
    areaA: mean(first!.v10),
    areaB: mean(second!.v10),
    variance: contrast('v10') + contrast('v01'),
  }
}

/**
 * Patients with ovarian cancer: albumin, total protein, K-G score and whether surgery was of no use,
 * as DeLong 1988 prints them; the six with a missing value are left out, as in the guide.
 * The guide turns the K-G score round and predicts outcome 0, so here its scores stand as printed and others turned.
 */
const patients = readPatients(`
  3.0 5.8 10 0  3.2 6.3 5 1  3.9 6.8 3 1  2.8 4.8 6 0  3.2 5.8 3 1  0.9 4.0 5 0  2.5 5.7 8 0  1.6 5.6 5 1
  3.8 5.7 5 1  3.7 6.7 6 1  3.2 5.4 4 1  3.8 6.6 6 1  4.1 6.6 5 1  3.6 5.7 5 1  4.3 7.0 4 1  3.6 6.7 4 0
  2.3 4.4 6 1  4.2 7.6 4 0  4.0 6.6 6 0  3.5 5.8 6 1  3.8 6.8 7 1  3.0 4.7 8 0  4.5 7.4 5 1  3.7 7.4 5 1
  3.1 6.6 6 1  4.1 8.2 6 1  4.3 7.0 5 1  4.3 6.5 4 1  3.2 5.1 5 1  2.6 4.7 6 1  3.3 6.8 6 0  1.7 4.0 7 0
  3.7 6.1 5 1  3.3 6.3 7 1  4.2 7.7 6 1  3.5 6.2 5 1  2.9 5.7 9 0  2.1 4.8 7 1  2.8 6.2 8 0  4.0 7.0 7 1
  3.3 5.7 6 1  3.7 6.9 5 1  3.6 6.6 5 1`)

function readPatients(text: string): Record<'albumin' | 'protein' | 'kg' | 'outcome', number[]> {
  const numbers = text.trim().split(/\s+/).map(Number)
  const column = (c: number, sign: number): number[] =>
    numbers.filter((_, i) => i % 4 === c).map((value) => sign * value)
  return {
    albumin: column(0, -1),
    protein: column(1, -1),
    kg: column(2, 1),
    outcome: column(3, 1).map((value) => 1 - value),
  }
}
