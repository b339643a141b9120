import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  accuracyScore,
  brierScoreLoss,
  calibrationCurve,
  logLoss,
} from '../../../src/training/metrics/index.ts'
import { assertClose } from '../../assert-close.ts'
import { assertFails } from '../assert-fails.ts'
import { labelled } from './labelled.ts'

describe('logLoss', () => {
  test('is the mean of -ln of what the true class was given', () => {
    // −(ln 0.75 + ln 0.5) / 2
    assertClose(logLoss([0, 1], [0.25, 0.5]), -(Math.log(0.75) + Math.log(0.5)) / 2)
  })

  test('of a wrong certainty is 52 ln 2, not infinite; of a right one about 0', () => {
    // (52 ln 2 + 2⁻⁵²) / 2
    assertClose(logLoss([0, 1], [1, 1]), (52 * Math.log(2)) / 2, 1e-15)
    assertClose(logLoss(Float64Array.of(0, 1), Float32Array.of(1, 1)), (23 * Math.log(2)) / 2, 1e-7)
    assert.ok(logLoss([0, 1], [0, 1]) < 1e-15)
  })

  test('is least for the share of positives among constant predictions', () => {
    const target = [1, 0, 0, 0]
    const constant = (p: number): number => logLoss(target, [p, p, p, p])
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (p) => {
        assert.ok(constant(p) >= constant(0.25) - 1e-15)
      }),
    )
  })
})

describe('brierScoreLoss', () => {
  test('is the mean squared distance', () => {
    // (0.25² + 0.5²) / 2 = 0.3125 / 2
    assert.equal(brierScoreLoss([0, 1], [0.25, 0.5]), 0.15625)
    assert.equal(brierScoreLoss([0, 1], [0, 1]), 0)
    assert.equal(brierScoreLoss([0, 1], [1, 0]), 1)
  })
})

describe('accuracyScore', () => {
  test('calls positive what is at the threshold or above', () => {
    const target = [0, 1, 1, 0]
    const probability = [0.2, 0.5, 0.4, 0.1]
    assert.equal(accuracyScore(target, probability), 0.75)
    assert.equal(accuracyScore(target, probability, { threshold: 0.4 }), 1)
    assert.equal(accuracyScore(target, probability, { threshold: 0 }), 0.5)
    assert.equal(accuracyScore(target, probability, { threshold: 1 }), 0.5)
  })

  test('refuses a threshold that is no probability', () => {
    for (const threshold of [-0.1, 1.1, NaN]) {
      const run = (): number => accuracyScore([0, 1], [0, 1], { threshold })
      assertFails(run, 'TRAINING_INVALID', new RegExp(`'threshold' is ${threshold}`))
    }
  })
})

describe('calibrationCurve', () => {
  test('has means and shares per bin, an edge belonging to the bin below it', () => {
    // Two bins, edge 0.5: {0.25, 0.5} with one of two positive, and {0.75} positive
    assert.deepEqual(calibrationCurve([0, 1, 1], [0.25, 0.5, 0.75], { bins: 2 }), [
      { meanProbability: 0.375, observedShare: 0.5, count: 2 },
      { meanProbability: 0.75, observedShare: 1, count: 1 },
    ])
  })

  test('leaves empty bins out', () => {
    const curve = calibrationCurve([0, 1], [0, 1], { bins: 10 })
    assert.deepEqual(
      curve.map((bin) => bin.meanProbability),
      [0, 1],
    )
  })

  test('by quantiles has bins of equally many rows', () => {
    const probability = Array.from({ length: 100 }, (_, i) => (i / 100) ** 2)
    const target = probability.map((_, i) => i % 2)
    const curve = calibrationCurve(target, probability, { bins: 4, strategy: 'quantile' })
    assert.deepEqual(
      curve.map((bin) => bin.count),
      [25, 25, 25, 25],
    )
  })

  test('loses no row and no positive, whatever the bins', () => {
    const strategies = fc.constantFrom('uniform', 'quantile')
    fc.assert(
      fc.property(
        labelled(),
        fc.integer({ min: 1, max: 30 }),
        strategies,
        (rows, bins, strategy) => {
          const curve = calibrationCurve(rows.target, rows.probability, { bins, strategy })
          const total = (of: (bin: (typeof curve)[number]) => number): number =>
            curve.reduce((sum, bin) => sum + of(bin), 0)
          assert.equal(
            total((bin) => bin.count),
            rows.target.length,
          )
          assertClose(
            total((bin) => bin.count * bin.observedShare),
            rows.target.reduce((a, b) => a + b),
          )
          assertClose(
            total((bin) => bin.count * bin.meanProbability),
            rows.probability.reduce((a, b) => a + b),
          )
        },
      ),
    )
  })

  test('refuses a number of bins that is none', () => {
    for (const bins of [0, 1.5, NaN]) {
      assertFails(() => calibrationCurve([0, 1], [0, 1], { bins }), 'TRAINING_INVALID', /'bins' is/)
    }
  })
})

describe('metrics of probabilities', () => {
  for (const metric of [logLoss, brierScoreLoss, accuracyScore]) {
    test(`${metric.name} does not depend on the order of the rows`, () => {
      fc.assert(
        fc.property(labelled(), ({ target, probability }) => {
          assertClose(
            metric(target.toReversed(), probability.toReversed()),
            metric(target, probability),
          )
        }),
      )
    })
  }

  for (const metric of [logLoss, brierScoreLoss, accuracyScore, calibrationCurve]) {
    test(`${metric.name} refuses what is no probability, a single class, other lengths`, () => {
      assertFails(
        () => metric([0, 1], [0.5, 1.01]),
        'TRAINING_INVALID',
        /row 1: the probability is 1.01/,
      )
      assertFails(
        () => metric([0, 1], [-0.5, 1]),
        'TRAINING_INVALID',
        /row 0: the probability is -0.5/,
      )
      assertFails(
        () => metric([0, 1], [0.5, NaN]),
        'TRAINING_INVALID',
        /row 1: the probability is NaN/,
      )
      assertFails(() => metric([0, 0], [0.5, 0.5]), 'TRAINING_INVALID', /all 2 rows are of class 0/)
      assertFails(() => metric([], []), 'TRAINING_INVALID', /no rows/)
      assertFails(() => metric([0, 1], [0.5]), 'SHAPE_MISMATCH', /2 targets but 1/)
    })
  }
})
