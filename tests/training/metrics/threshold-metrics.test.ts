import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import {
  accuracyScore,
  confusionCounts,
  f1Score,
  lowestCostThreshold,
  meanCost,
  precisionScore,
  recallScore,
} from '../../../src/training/metrics/index.ts'
import { assertClose } from '../../assert-close.ts'
import { assertFails } from '../assert-fails.ts'
import { labelled } from './labelled.ts'

// At 0.5: rows 0, 2 and 4 are called 1; of them row 0 is of class 0. Row 3 is missed.
const target = [0, 0, 1, 1, 1]
const probability = [0.5, 0.25, 0.75, 0.375, 1]

describe('metrics at a threshold', () => {
  test('are what the four counts make them', () => {
    const counts = { truePositives: 2, falsePositives: 1, falseNegatives: 1, trueNegatives: 1 }
    assert.deepEqual(confusionCounts(target, probability), counts)
    assert.equal(precisionScore(target, probability), 2 / 3)
    assert.equal(recallScore(target, probability), 2 / 3)
    // 2·2 / (2·2 + 1 + 1)
    assert.equal(f1Score(target, probability), 4 / 6)
    assert.equal(accuracyScore(target, probability), 3 / 5)
  })

  test('weigh the rows', () => {
    const weights = [3, 1, 1, 0, 2]
    // TP 1 + 2, FP 3, FN 0, TN 1
    assert.equal(precisionScore(target, probability, { weights }), 0.5)
    assert.equal(recallScore(target, probability, { weights }), 1)
    assert.equal(accuracyScore(target, probability, { weights }), 4 / 7)
  })

  test('are 0 where nothing is called class 1', () => {
    const options = { threshold: 0.9 }
    const low = [0.1, 0.2, 0.3, 0.4, 0.5]
    assert.equal(precisionScore(target, low, options), 0)
    assert.equal(recallScore(target, low, options), 0)
    assert.equal(f1Score(target, low, options), 0)
  })

  test('F1 is the harmonic mean of precision and recall', () => {
    fc.assert(
      fc.property(labelled(), fc.nat({ max: 8 }), (rows, eighths) => {
        const options = { threshold: eighths / 8 }
        const precision = precisionScore(rows.target, rows.probability, options)
        const recall = recallScore(rows.target, rows.probability, options)
        const expected =
          precision + recall === 0 ? 0 : (2 * precision * recall) / (precision + recall)
        assertClose(f1Score(rows.target, rows.probability, options), expected)
      }),
    )
  })

  test('refuse thresholds, weights and rows that are none', () => {
    for (const metric of [precisionScore, recallScore, f1Score, accuracyScore]) {
      const fails = (options: object, message: RegExp): void =>
        assertFails(() => metric(target, probability, options), 'TRAINING_INVALID', message)
      fails({ threshold: -0.1 }, /'threshold' is -0\.1/)
      fails({ threshold: NaN }, /'threshold' is NaN/)
      fails({ weights: [1, 1, 1, 1, -1] }, /row 4: the weight is -1/)
      fails({ weights: [1, Infinity, 1, 1, 1] }, /row 1: the weight is Infinity/)
      fails({ weights: [0, 0, 0, 0, 0] }, /add up to 0/)
      fails({ weights: [1e308, 1e308, 1, 1, 1] }, /add up to Infinity/)
      fails({ weights: [0, 0, 1, 1, 1] }, /class 0 weighs nothing/)
      fails({ weights: [1, 1, 0, 0, 0] }, /class 1 weighs nothing/)
      const short = (): number => metric(target, probability, { weights: [1] })
      assertFails(short, 'SHAPE_MISMATCH', /5 targets but 1 weights/)
      assertFails(() => metric([0, 2], [0, 1]), 'TRAINING_INVALID', /row 1: the target is 2/)
    }
  })
})

describe('costs', () => {
  const costs = { falsePositive: 1, falseNegative: 4 }

  test('are the mean over the rows', () => {
    // One false alarm and one miss: (1 + 4) / 5
    assert.equal(meanCost(target, probability, costs), 1)
    // At 0.3 only row 0 is wrong.
    assert.equal(meanCost(target, probability, { ...costs, threshold: 0.3 }), 0.2)
  })

  test('are least at the threshold that is found, which no other beats', () => {
    const cost = fc.nat({ max: 9 })
    fc.assert(
      fc.property(labelled(), cost, cost, (rows, falsePositive, falseNegative) => {
        const prices = { falsePositive, falseNegative }
        const found = lowestCostThreshold(rows.target, rows.probability, prices)
        for (let eighths = 0; eighths <= 8; eighths++) {
          const at = { ...prices, threshold: eighths / 8 }
          assert.ok(found.cost <= meanCost(rows.target, rows.probability, at))
        }
        if (found.threshold === Infinity) return
        const at = { ...prices, threshold: found.threshold }
        assertClose(meanCost(rows.target, rows.probability, at), found.cost)
      }),
    )
  })

  test('of alarms alone are least when there is none', () => {
    const prices = { falsePositive: 1, falseNegative: 0 }
    assert.deepEqual(lowestCostThreshold(target, probability, prices), {
      threshold: Infinity,
      cost: 0,
    })
  })

  test('refuse what is no price, all at once', () => {
    const bad = { falsePositive: -1, falseNegative: NaN }
    const message = /'falsePositive' is -1.*'falseNegative' is NaN/
    assertFails(() => lowestCostThreshold([0, 1], [0, 1], bad), 'TRAINING_INVALID', message)
    assertFails(() => meanCost([0, 1], [0, 1], bad), 'TRAINING_INVALID', message)
  })
})
