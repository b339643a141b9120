import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  averagePrecisionScore,
  kolmogorovSmirnovScore,
  precisionRecallCurve,
  rocAucScore,
  rocCurve,
} from '../../../src/training/metrics/index.ts'
import { assertAllClose, assertClose } from '../../assert-close.ts'
import { assertFails } from '../assert-fails.ts'
import { labelled } from './labelled.ts'

describe('rocAucScore', () => {
  test('counts the pairs in the right order, ties as half', () => {
    // Positives 0.4 and 0.8 against negatives 0.1 and 0.4: three right, one tie, of 4 pairs: 3.5 / 4
    assert.equal(rocAucScore([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8]), 0.875)
    assert.equal(rocAucScore([0, 0, 1], [1, 2, 3]), 1)
    assert.equal(rocAucScore([0, 0, 1], [3, 2, 1]), 0)
    assert.equal(rocAucScore([0, 1, 0], [5, 5, 5]), 0.5)
  })

  test('equals the share of pairs counted one by one', () => {
    fc.assert(
      fc.property(labelled(), ({ target, probability }) => {
        let right = 0
        let pairs = 0
        for (const [i, a] of target.entries()) {
          for (const [j, b] of target.entries()) {
            if (a !== 1 || b !== 0) continue
            pairs += 1
            right +=
              probability[i]! > probability[j]! ? 1 : probability[i] === probability[j] ? 0.5 : 0
          }
        }
        assert.equal(rocAucScore(target, probability), right / pairs)
      }),
    )
  })

  test('is that of weights in any unit, also when one class weighs next to nothing', () => {
    const target = [0, 1, 0, 1, 0]
    const score = [0.1, 0.2, 0.3, 0.4, 0.5]
    const weights = [1, 2, 3, 4, 5]
    // Pairs right: 2·1 + 4·1 + 4·3 of (2 + 4) · (1 + 3 + 5)
    const measured = (unit: number, unitOfClass0: number): number[] => {
      const scaled = weights.map((w, row) => w * unit * (target[row] === 0 ? unitOfClass0 : 1))
      return [rocAucScore, kolmogorovSmirnovScore].map((metric) =>
        metric(target, score, { weights: scaled }),
      )
    }
    for (const unit of [1, 1e-310, 1e-200, 1e300]) assertClose(measured(unit, 1)[0]!, 18 / 54)
    for (const unit of [1e-300, 1e300]) {
      assertAllClose(measured(unit, 1), measured(1, 1))
      const average = averagePrecisionScore(target, score, {
        weights: weights.map((w) => w * unit),
      })
      assertClose(average, averagePrecisionScore(target, score, { weights }))
    }
    for (const unit of [1e-12, 1e-18, 1e12]) assertAllClose(measured(1, unit), measured(1, 1))
  })

  test('depends on the order of the scores alone', () => {
    fc.assert(
      fc.property(labelled(), ({ target, probability }) => {
        const score = probability.map((p) => 3 * (8 * p) ** 3 - 7)
        assert.equal(rocAucScore(target, score), rocAucScore(target, probability))
      }),
    )
  })

  test('is mirrored by turning the target or the scores around', () => {
    fc.assert(
      fc.property(labelled(), ({ target, probability }) => {
        const auc = rocAucScore(target, probability)
        assertClose(
          rocAucScore(
            target.map((y) => 1 - y),
            probability,
          ),
          1 - auc,
        )
        assertClose(
          rocAucScore(
            target,
            probability.map((p) => -p),
          ),
          1 - auc,
        )
      }),
    )
  })

  test('does not depend on the order of the rows, to the last bit', () => {
    fc.assert(
      fc.property(labelled(), ({ target, probability }) => {
        assert.equal(
          rocAucScore(target.toReversed(), probability.toReversed()),
          rocAucScore(target, probability),
        )
      }),
    )
  })
})

describe('averagePrecisionScore', () => {
  test('weighs each precision by the recall it adds', () => {
    // By score: 1, 0, 1, 0. Recall 1/2 at precision 1, recall 1 at precision 2/3: (1 + 2/3) / 2 = 5/6
    assertClose(averagePrecisionScore([1, 0, 1, 0], [0.9, 0.8, 0.7, 0.6]), 5 / 6)
    // All tied: one step to recall 1 at precision 1/3
    assertClose(averagePrecisionScore([0, 1, 0], [5, 5, 5]), 1 / 3)
  })

  test('is at least the share of positives over twice the rows and at most 1', () => {
    fc.assert(
      fc.property(labelled(), ({ target, probability }) => {
        const score = averagePrecisionScore(target, probability)
        assert.ok(score > 0 && score <= 1)
      }),
    )
  })

  test('is the area of the precision-recall curve in steps', () => {
    fc.assert(
      fc.property(labelled(), ({ target, probability }) => {
        const { precision, recall } = precisionRecallCurve(target, probability)
        let area = 0
        for (let i = 0; i + 1 < recall.length; i++)
          area += (recall[i]! - recall[i + 1]!) * precision[i]!
        assertClose(averagePrecisionScore(target, probability), area)
      }),
    )
  })
})

describe('rocCurve', () => {
  test('goes from nothing to everything, one point per turn', () => {
    // Falling: 0.8 is 1, 0.4 is 1, 0.35 is 0, 0.1 is 0. The middles of both straight sides are left out,
    // but the first group stays, as in scikit-learn.
    const curve = rocCurve([0, 1, 0, 1], [0.1, 0.4, 0.35, 0.8])
    assert.deepEqual(curve.falsePositiveRate, Float64Array.of(0, 0, 0, 1))
    assert.deepEqual(curve.truePositiveRate, Float64Array.of(0, 0.5, 1, 1))
    assert.deepEqual(curve.thresholds, Float64Array.of(Infinity, 0.8, 0.4, 0.1))
  })

  test('has the AUC as its area and never goes back', () => {
    fc.assert(
      fc.property(labelled(), ({ target, probability }) => {
        const {
          falsePositiveRate: x,
          truePositiveRate: y,
          thresholds,
        } = rocCurve(target, probability)
        let area = 0
        for (let i = 1; i < x.length; i++) {
          assert.ok(x[i]! >= x[i - 1]! && y[i]! >= y[i - 1]! && thresholds[i]! < thresholds[i - 1]!)
          area += ((x[i]! - x[i - 1]!) * (y[i]! + y[i - 1]!)) / 2
        }
        assert.deepEqual([x[0], y[0], x.at(-1), y.at(-1)], [0, 0, 1, 1])
        assertClose(area, rocAucScore(target, probability))
      }),
    )
  })
})

describe('precisionRecallCurve', () => {
  test('has a point per distinct score, by rising score, and ends at precision 1', () => {
    // From 0.1 up: 2 of 4; from 0.4 up: 2 of 3; from 0.8 up: 1 of 1
    const curve = precisionRecallCurve([0, 1, 0, 1], [0.1, 0.4, 0.4, 0.8])
    assert.deepEqual(curve.thresholds, Float64Array.of(0.1, 0.4, 0.8))
    assert.deepEqual(curve.precision, Float64Array.of(0.5, 2 / 3, 1, 1))
    assert.deepEqual(curve.recall, Float64Array.of(1, 1, 0.5, 0))
  })
})

describe('metrics of ranks refuse', () => {
  for (const metric of [rocAucScore, averagePrecisionScore, rocCurve, precisionRecallCurve]) {
    test(`${metric.name}: a single class, no rows, other labels, scores that are not finite`, () => {
      assertFails(() => metric([1, 1], [0.1, 0.2]), 'TRAINING_INVALID', /all 2 rows are of class 1/)
      assertFails(() => metric([], []), 'TRAINING_INVALID', /no rows/)
      assertFails(
        () => metric([0, 0.5], [0.1, 0.2]),
        'TRAINING_INVALID',
        /row 1: the target is 0.5/,
      )
      assertFails(() => metric([0, 1], [0.1, NaN]), 'TRAINING_INVALID', /row 1: the score is NaN/)
      assertFails(
        () => metric([0, 1], [-Infinity, 2]),
        'TRAINING_INVALID',
        /row 0: the score is -Infinity/,
      )
      assertFails(() => metric([0, 1], [0.1]), 'SHAPE_MISMATCH', /2 targets but 1 predictions/)
    })
  }
})
