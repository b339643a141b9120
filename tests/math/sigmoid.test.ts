import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { exp, log, sigmoid, softplus } from '../../src/math/index.ts'
import { assertClose } from '../assert-close.ts'

const finite = fc.double({ min: -800, max: 800, noNaN: true })

describe('sigmoid', () => {
  test('is one half at 0, and 3/4 at ln 3', () => {
    assert.equal(sigmoid(0), 0.5)
    // 1 / (1 + e^-ln3) = 1 / (1 + 1/3) = 3/4
    assertClose(sigmoid(log(3)), 0.75, 1e-15)
  })

  test('of x and of -x sum to 1', () => {
    fc.assert(fc.property(finite, (x) => assertClose(sigmoid(x) + sigmoid(-x), 1, 3e-16)))
  })

  test('never falls, and stays within 0 and 1', () => {
    fc.assert(
      fc.property(finite, fc.double({ min: 1e-6, max: 5, noNaN: true }), (x, step) => {
        assert.ok(sigmoid(x) >= 0 && sigmoid(x) <= sigmoid(x + step) && sigmoid(x + step) <= 1)
      }),
    )
  })

  test('keeps its digits far on the left, where it is eˣ', () => {
    assertClose(sigmoid(-700) / exp(-700), 1)
    assert.equal(sigmoid(-Infinity), 0)
    assert.equal(sigmoid(Infinity), 1)
    assert.ok(Number.isNaN(sigmoid(NaN)))
  })
})

describe('softplus', () => {
  test('is -ln of sigmoid(-x)', () => {
    fc.assert(
      fc.property(fc.double({ min: -30, max: 30, noNaN: true }), (x) => {
        assertClose(softplus(x), -log(sigmoid(-x)))
      }),
    )
  })

  test('does not overflow', () => {
    assert.equal(softplus(1e300), 1e300)
    assert.equal(softplus(-1e300), 0)
    assert.equal(softplus(0), log(2))
  })
})
