import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { kolmogorovSmirnovScore, liftScore } from '../../../src/training/metrics/index.ts'
import { assertClose } from '../../assert-close.ts'
import { assertFails } from '../assert-fails.ts'
import { labelled } from './labelled.ts'

describe('kolmogorovSmirnovScore', () => {
  test('is the largest distance between the rates', () => {
    // From the top: 1, 0, 1, 0 → rates (½, 0), (½, ½), (1, ½), (1, 1)
    assert.equal(kolmogorovSmirnovScore([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.1]), 0.5)
    assert.equal(kolmogorovSmirnovScore([0, 0, 1, 1], [0, 0.1, 0.2, 0.3]), 1)
    assert.equal(kolmogorovSmirnovScore([0, 1], [0.5, 0.5]), 0)
  })

  test('does not change when the scores are turned round or the classes change places', () => {
    fc.assert(
      fc.property(labelled(), ({ target, probability }) => {
        const value = kolmogorovSmirnovScore(target, probability)
        const turned = probability.map((p) => -p)
        const swapped = target.map((label) => 1 - label)
        assertClose(kolmogorovSmirnovScore(target, turned), value)
        assertClose(kolmogorovSmirnovScore(swapped, probability), value)
      }),
    )
  })
})

describe('liftScore', () => {
  test('is how much more often class 1 comes at the top', () => {
    // 2 of 5 rows are of class 1; of the upper 2 rows one: ½ / ⅖
    const score = [0.9, 0.8, 0.3, 0.2, 0.1]
    assert.equal(liftScore([1, 0, 1, 0, 0], score, { share: 0.4 }), 1.25)
    // Half of the first row alone, which is of class 1.
    assert.equal(liftScore([1, 0, 1, 0, 0], score, { share: 0.1 }), 2.5)
    assert.equal(liftScore([1, 0, 1, 0, 0], score, { share: 1 }), 1)
  })

  test('counts a part of rows of equal score, in whatever order they come', () => {
    // Both upper rows tie; one of the two is wanted: half of it is of class 1.
    assert.equal(liftScore([1, 0, 0, 0], [0.5, 0.5, 0.1, 0.1], { share: 0.25 }), 2)
    assert.equal(liftScore([0, 1, 0, 0], [0.5, 0.5, 0.1, 0.1], { share: 0.25 }), 2)
    assert.equal(liftScore([0, 1, 0, 1], [0.5, 0.5, 0.5, 0.5], { share: 0.3 }), 1)
  })

  test('lies between 0 and what finding nothing but class 1 would give', () => {
    fc.assert(
      fc.property(labelled(), fc.integer({ min: 1, max: 100 }), (rows, percent) => {
        const share = percent / 100
        const lift = liftScore(rows.target, rows.probability, { share })
        const base = rows.target.reduce((sum, label) => sum + label, 0) / rows.target.length
        assert.ok(lift >= 0 && lift <= 1 / Math.max(base, share) + 1e-12, `${lift}`)
      }),
    )
  })

  test('refuses a share of nothing or of more than all', () => {
    for (const share of [0, -1, 1.1, NaN]) {
      const run = (): number => liftScore([0, 1], [0, 1], { share })
      assertFails(run, 'TRAINING_INVALID', new RegExp(`'share' is ${share}`))
    }
    assertFails(() => liftScore([0, 1], [0, NaN]), 'TRAINING_INVALID', /row 1: the score is NaN/)
  })
})
