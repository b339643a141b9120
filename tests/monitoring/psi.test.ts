import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { populationStabilityIndex } from '../../src/monitoring/psi.ts'
import { assertClose } from '../assert-close.ts'

describe('populationStabilityIndex', () => {
  test('agrees with a hand calculation', () => {
    // (0.4 − 0.5)·ln(0.4/0.5) + (0.6 − 0.5)·ln(0.6/0.5)
    const index = populationStabilityIndex(Float64Array.of(5, 5), Float64Array.of(4, 6))
    assertClose(index, 0.040546510810816436)
  })

  test('takes an empty bin as a tenth of an observation', () => {
    // Floor of the current side: 1/(10·10) = 0.01; (0.01 − 0.5)·ln(0.01/0.5) + (1 − 0.5)·ln(1/0.5)
    const index = populationStabilityIndex(Float64Array.of(5, 5), Float64Array.of(0, 10))
    assertClose(index, -0.49 * Math.log(0.02) + 0.5 * Math.log(2))
  })

  test('is never negative, zero on itself, and symmetric', () => {
    const counts = fc
      .array(fc.integer({ min: 0, max: 1e6 }), { minLength: 4, maxLength: 4 })
      .filter((bins) => bins.some((count) => count > 0))
    fc.assert(
      fc.property(counts, counts, (a, b) => {
        const [p, q] = [Float64Array.from(a), Float64Array.from(b)]
        assert.equal(populationStabilityIndex(p, p), 0)
        assert.ok(populationStabilityIndex(p, q) >= 0)
        assertClose(populationStabilityIndex(p, q), populationStabilityIndex(q, p))
      }),
    )
  })

  test('is NaN when a side has no observation', () => {
    assert.ok(Number.isNaN(populationStabilityIndex(Float64Array.of(0, 0), Float64Array.of(1, 1))))
  })

  test('refuses histograms of different lengths', () => {
    assert.throws(() => populationStabilityIndex(Float64Array.of(1), Float64Array.of(1, 2)), {
      code: 'SHAPE_MISMATCH',
      message: 'the reference has 1 bins and the current data 2',
    })
  })
})
