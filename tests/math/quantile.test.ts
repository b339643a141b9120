import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { quantile } from '../../src/math/index.ts'

describe('quantile', () => {
  test('interpolates between the two nearest numbers', () => {
    // position 0.25 · 3 = 0.75: 10 + 0.75 · (20 − 10)
    assert.equal(quantile([10, 20, 40, 80], 0.25), 17.5)
    assert.equal(quantile([10, 20, 40, 80], 0.5), 30)
  })

  test('has the smallest at 0 and the largest at 1', () => {
    assert.equal(quantile([1, 5, 9], 0), 1)
    assert.equal(quantile([1, 5, 9], 1), 9)
    assert.equal(quantile([7], 0.3), 7)
    assert.equal(quantile([-Infinity, 0, Infinity], 0.5), 0)
  })

  test('never falls as p rises, and stays between its neighbours', () => {
    const numbers = fc.array(fc.integer(), { minLength: 1, maxLength: 30 })
    const share = fc.double({ min: 0, max: 1, noNaN: true })
    fc.assert(
      fc.property(numbers, share, share, (values, p, q) => {
        const sorted = values.toSorted((a, b) => a - b)
        const [low, high] = [quantile(sorted, Math.min(p, q)), quantile(sorted, Math.max(p, q))]
        assert.ok(sorted[0]! <= low && low <= high && high <= sorted.at(-1)!)
      }),
    )
  })

  test('is NaN for no numbers and for a p that is no share', () => {
    for (const p of [-0.1, 1.1, NaN]) assert.ok(Number.isNaN(quantile([1, 2], p)))
    assert.ok(Number.isNaN(quantile([], 0.5)))
  })
})
