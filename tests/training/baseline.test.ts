import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { fitBaseline, repeatAnswer } from '../../src/training/baseline.ts'

const probability = { kind: 'probability' } as const
const value = { kind: 'value' } as const
const classes = { kind: 'classes', classes: ['a', 'b', 'c'] } as const

describe('a model without features', () => {
  const y = Float64Array.of(0, 1, 0, NaN, 1, 1)

  test('gives the share of the positive, of the rows whose target is known', () => {
    // 3 of 5; with weights (2 + 1 + 1) of (1 + 2 + 1 + 1 + 1).
    assert.deepEqual(fitBaseline({ y }, probability, 'roc_auc'), Float32Array.of(0.6))
    const weights = Float64Array.of(1, 2, 1, 9, 1, 1)
    assert.deepEqual(fitBaseline({ y, weights }, probability, 'log_loss'), Float32Array.of(4 / 6))
  })

  test('gives the mean, and the median where absolute errors count', () => {
    const sizes = Float64Array.of(1, 2, 30)
    assert.deepEqual(fitBaseline({ y: sizes }, value, 'rmse'), Float32Array.of(11))
    assert.deepEqual(fitBaseline({ y: sizes }, value, 'mae'), Float32Array.of(2))
    // Half of the weight 4 lies at 1 already.
    const weights = Float64Array.of(2, 1, 1)
    assert.deepEqual(fitBaseline({ y: sizes, weights }, value, 'mae'), Float32Array.of(1))
  })

  test('gives the share of each class, also of one that no row has', () => {
    const kinds = Float64Array.of(0, 0, 1, 0)
    assert.deepEqual(fitBaseline({ y: kinds }, classes, 'accuracy'), Float32Array.of(0.75, 0.25, 0))
  })

  test('gives the same to every row', () => {
    assert.deepEqual(repeatAnswer(Float32Array.of(1, 2), 2), Float32Array.of(1, 2, 1, 2))
  })
})
