import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { exp } from '../../src/math/index.ts'
import { errorOfExp } from './exact.ts'

describe('exp', () => {
  test('agrees with Math.exp to fifteen digits wherever the result is normal', () => {
    fc.assert(
      fc.property(fc.double({ min: -708, max: 709.78, noNaN: true }), (x) => {
        assertNear(exp(x), Math.exp(x))
      }),
      { numRuns: 20_000, seed: 1 },
    )
  })

  test('agrees with Math.exp to fifteen digits near 0, where r needs no reduction', () => {
    for (let i = -4000; i <= 4000; i++) assertNear(exp(i / 8192), Math.exp(i / 8192))
  })

  test('is within one smallest step where the result is subnormal', () => {
    for (let x = -745.2; x < -708; x += 0.01) {
      assert.ok(Math.abs(exp(x) - Math.exp(x)) <= Number.MIN_VALUE, `exp(${x})`)
    }
  })

  test('is within one unit in the last place of the truth', () => {
    fc.assert(
      fc.property(fc.double({ min: -30, max: 30, noNaN: true }), (x) => {
        const error = errorOfExp(x, exp(x))
        assert.ok(error < 1, `exp(${x}) is ${error} units off`)
      }),
      { numRuns: 3000, seed: 1 },
    )
    // The hardest of 80,000 arguments, with and without what the reduction lost.
    for (const x of [5.204960000025026, 3.850280000025378]) assert.ok(errorOfExp(x, exp(x)) < 0.92)
    for (let x = -0.35; x <= 0.35; x += 0.0003) assert.ok(errorOfExp(x, exp(x)) < 1, `exp(${x})`)
    for (let x = -20; x <= 20; x += 0.0137) assert.ok(errorOfExp(x, exp(x)) < 1, `exp(${x})`)
  })

  test('multiplies where its arguments add', () => {
    const small = fc.double({ min: -300, max: 300, noNaN: true })
    // Rounding a + b moves its exponential by up to |a + b|·2⁻⁵³, at most 600·2⁻⁵³ < 7e-14.
    fc.assert(fc.property(small, small, (a, b) => assertNear(exp(a) * exp(b), exp(a + b), 1e-13)))
  })

  test('knows the edges', () => {
    assert.equal(exp(0), 1)
    assert.equal(exp(-0), 1)
    assert.equal(exp(Infinity), Infinity)
    assert.equal(exp(-Infinity), 0)
    assert.ok(Number.isNaN(exp(NaN)))
    assertNear(exp(1), Math.E)
    assert.equal(exp(Number.MIN_VALUE), 1)
    assert.equal(exp(-Number.MIN_VALUE), 1)
  })

  test('overflows only above the logarithm of the largest float64', () => {
    assertNear(exp(709.782712893384), 1.797693134862273e308)
    assert.equal(exp(709.7827128933841), Infinity)
    assert.equal(exp(Number.MAX_VALUE), Infinity)
  })

  test('underflows only below the logarithm of half the smallest float64', () => {
    assert.equal(exp(-745.133219101941), Number.MIN_VALUE)
    assert.equal(exp(-745.1332191019412), 0)
    assert.equal(exp(-Number.MAX_VALUE), 0)
  })
})

function assertNear(actual: number, expected: number, relative = 1e-15): void {
  const error = Math.abs(actual - expected) / Math.abs(expected)
  assert.ok(error <= relative, `${actual} differs from ${expected} by ${error}`)
}
