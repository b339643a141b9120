import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/core/random.ts'
import { sigmoid } from '../../../src/math/index.ts'
import { applyCalibration, fitIsotonic, fitPlatt } from '../../../src/training/calibration/index.ts'
import { assertClose } from '../../assert-close.ts'
import { assertFails } from '../assert-fails.ts'

const rows = fc.array(
  fc.record({
    score: fc.integer({ min: -5, max: 5 }),
    target: fc.integer({ min: 0, max: 1 }),
    weight: fc.integer({ min: 1, max: 3 }),
  }),
  { minLength: 2, maxLength: 40 },
)

describe('fitPlatt', () => {
  test('finds the curve that the classes were drawn with', () => {
    const random = createRandom(3)
    const scores = Array.from({ length: 40_000 }, () => 8 * random.next() - 4)
    const target = scores.map((score) => Number(random.next() < sigmoid(0.5 * score - 1)))
    const { slope, intercept } = fitPlatt(scores, target)
    // Standard errors are near 0.006 and 0.012 with so many rows.
    assert.ok(Math.abs(slope - 0.5) < 0.03)
    assert.ok(Math.abs(intercept + 1) < 0.06)
  })

  test('predicts the mean of the smoothed targets, whatever the scores are', () => {
    fc.assert(
      fc.property(rows, (drawn) => {
        const all = [...drawn, { score: 0, target: 0 }, { score: 1, target: 1 }]
        const target = all.map((row) => row.target)
        const scores = all.map(({ score }) => score)
        const positives = target.reduce((sum, y) => sum + y, 0)
        const negatives = target.length - positives
        // The intercept is free: where its slope is 0, predictions and targets have one sum.
        const expected =
          (positives * (positives + 1)) / (positives + 2) + negatives / (negatives + 2)
        const predicted = applyCalibration(fitPlatt(scores, target), scores)
        assertClose(
          predicted.reduce((sum, p) => sum + p, 0),
          expected,
          1e-7,
        )
      }),
    )
  })

  test('stays finite where scores part the classes, and level where they say nothing', () => {
    const parted = fitPlatt([-2, -1, 1, 2], [0, 0, 1, 1])
    assert.ok(parted.slope > 0 && Number.isFinite(parted.slope))
    const level = fitPlatt([3, 3, 3], [0, 1, 1])
    // Smoothed targets: once 1/3 and twice 3/4, on average 11/18.
    assertClose(applyCalibration(level, [3])[0]!, 11 / 18, 1e-9)
  })

  test('refuses scores and targets it cannot use, all at once', () => {
    assertFails(
      () => fitPlatt([1, NaN, Infinity], [0, 1, 2]),
      'TRAINING_INVALID',
      /row 1: the score is NaN.*row 2: the score is Infinity.*row 2: the target is 2/,
    )
    assertFails(() => fitPlatt([1, 2], [1, 1]), 'TRAINING_INVALID', /all 2 rows are of class 1/)
    assertFails(() => fitPlatt([1], [0]), 'TRAINING_INVALID', /all 1 rows are of class 0/)
    assertFails(() => fitPlatt([1, 2], [1]), 'SHAPE_MISMATCH', /2 scores but 1 targets/)
    const weighted = () => fitPlatt([1, 2], [0, 1], { weights: [0, 1] })
    assertFails(weighted, 'TRAINING_INVALID', /class 0 weighs nothing/)
  })
})

describe('fitIsotonic', () => {
  test('never falls, keeps the sum, and no other rising curve is nearer', () => {
    fc.assert(
      fc.property(
        rows,
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { minLength: 11, maxLength: 11 }),
        (drawn, other) => {
          const scores = drawn.map(({ score }) => score)
          const target = drawn.map((row) => row.target)
          const weights = drawn.map(({ weight }) => weight)
          const fit = fitIsotonic(scores, target, { weights })
          const fitted = applyCalibration(fit, scores)
          const curve = applyCalibration(fit, [-6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6])
          curve.slice(1).forEach((value, i) => assert.ok(value >= curve[i]!))
          const errorOf = (guess: ArrayLike<number>): number =>
            drawn.reduce((sum, row, i) => sum + row.weight * (row.target - guess[i]!) ** 2, 0)
          const residual = drawn.reduce(
            (sum, row, i) => sum + row.weight * (row.target - fitted[i]!),
            0,
          )
          assertClose(residual, 0, 1e-9)
          const rising = other.toSorted((a, b) => a - b)
          assert.ok(errorOf(fitted) <= errorOf(scores.map((score) => rising[score + 5]!)) + 1e-9)
        },
      ),
    )
  })

  test('pools what falls, worked by hand', () => {
    // Means by score: 1 → 0, 2 → (1 + 0) / 2, 3 → 0, 4 → 1; 2 and 3 fall and pool to (1 + 0 + 0) / 3.
    const fit = fitIsotonic([1, 2, 2, 3, 4], [0, 1, 0, 0, 1])
    assert.deepEqual(fit.inputs, [1, 2, 3, 4])
    assertAllClose(fit.outputs, [0, 1 / 3, 1 / 3, 1])
    assertAllClose(applyCalibration(fit, [0, 1.5, 2.5, 3.5, 9]), [0, 1 / 6, 1 / 3, 2 / 3, 1])
  })

  test('a row of weight 2 counts as two rows, one of weight 0 as none', () => {
    const weighted = fitIsotonic([1, 2, 3, 4], [1, 0, 1, 0], { weights: [2, 1, 0, 1] })
    const repeated = fitIsotonic([1, 1, 2, 4], [1, 1, 0, 0])
    assert.deepEqual(weighted.inputs, repeated.inputs)
    assertAllClose(weighted.outputs, repeated.outputs)
  })

  test('refuses scores and targets it cannot use, all at once', () => {
    assertFails(
      () => fitIsotonic([NaN, 1], [0, Infinity]),
      'TRAINING_INVALID',
      /row 0: the score is NaN.*row 1: the target is Infinity/,
    )
    assertFails(() => fitIsotonic([], []), 'TRAINING_INVALID', /no rows/)
    const weighted = () => fitIsotonic([1, 2], [0, 1], { weights: [0, 0] })
    assertFails(weighted, 'TRAINING_INVALID', /add up to 0/)
  })
})

function assertAllClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  assert.equal(actual.length, expected.length)
  for (const [i, value] of expected.entries()) assertClose(actual[i]!, value, 1e-12)
}
