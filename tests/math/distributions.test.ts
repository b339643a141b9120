/** The special functions behind the statistics, by identities and by values that can be had by hand. */

import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import {
  binomialDensity,
  chiSquareTail,
  cramerVonMisesTail,
  hypergeometricDensity,
  kolmogorovTail,
  logGamma,
  normalTail,
  studentTails,
} from '../../src/math/index.ts'
import { assertClose } from '../assert-close.ts'

describe('logGamma', () => {
  test('is the logarithm of the factorials', () => {
    let factorial = 1
    for (let n = 1; n < 20; n++) {
      assertClose(logGamma(n), Math.log(factorial), 1e-14)
      factorial *= n
    }
    assertClose(logGamma(0.5), Math.log(Math.PI) / 2, 1e-14)
  })

  test('grows by ln x from x to x + 1', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-3, max: 1e6, noNaN: true }), (x) =>
        assertClose(logGamma(x + 1) - logGamma(x), Math.log(x), 1e-8),
      ),
    )
  })

  test('is infinite at 0 and at infinity, and not a number below 0', () => {
    assert.deepEqual([0, Infinity, -1, NaN].map(logGamma), [Infinity, Infinity, NaN, NaN])
  })
})

describe('densities', () => {
  test('of the binomial distribution agree with a hand calculation', () => {
    // C(10, 3)·0.2³·0.8⁷
    assertClose(binomialDensity(3, 10, { p: 0.2, q: 0.8 }), 120 * 0.008 * 0.8 ** 7, 1e-14)
    assertClose(binomialDensity(0, 10, { p: 0.5, q: 0.5 }), 1 / 1024, 1e-14)
    assertClose(binomialDensity(10, 10, { p: 0.5, q: 0.5 }), 1 / 1024, 1e-14)
  })

  test('of the binomial distribution have the sum 1, also where they are tiny', () => {
    for (const [n, p] of [
      [1, 0.3],
      [40, 1e-9],
      [3000, 0.7],
      [200_000, 0.5],
    ] as const) {
      let sum = 0
      for (let k = 0; k <= n; k++) sum += binomialDensity(k, n, { p, q: 1 - p })
      assertClose(sum, 1)
    }
  })

  test('at the ends of the range are 0 and 1', () => {
    assert.equal(binomialDensity(0, 5, { p: 0, q: 1 }), 1)
    assert.equal(binomialDensity(2, 5, { p: 0, q: 1 }), 0)
    assert.equal(binomialDensity(5, 5, { p: 1, q: 0 }), 1)
    assert.equal(binomialDensity(6, 5, { p: 0.5, q: 0.5 }), 0)
    assert.equal(binomialDensity(-1, 5, { p: 0.5, q: 0.5 }), 0)
  })

  test('of the hypergeometric distribution are shares of the tables', () => {
    // 2 of 5 drawn of 20, of which 4 are marked: C(4, 2)·C(16, 3) / C(20, 5)
    const density = hypergeometricDensity(2, { drawn: 5, marked: 4, total: 20 })
    assertClose(density, (6 * 560) / 15_504, 1e-13)
    assert.equal(hypergeometricDensity(5, { drawn: 5, marked: 4, total: 20 }), 0)
    assert.equal(hypergeometricDensity(4, { drawn: 20, marked: 4, total: 20 }), 1)
  })
})

describe('tails', () => {
  test('of χ² with two degrees are e^(−x/2), with four that times 1 + x/2', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-9, max: 1200, noNaN: true }), (x) => {
        assertRatio(chiSquareTail(x, 2), Math.exp(-x / 2))
        assertRatio(chiSquareTail(x, 4), Math.exp(-x / 2) * (1 + x / 2))
      }),
    )
  })

  test('of χ² with one degree are those of the normal distribution', () => {
    fc.assert(
      fc.property(fc.double({ min: 1e-6, max: 30, noNaN: true }), (z) =>
        assertRatio(chiSquareTail(z * z, 1), 2 * normalTail(z)),
      ),
    )
  })

  test('of the normal distribution agree with tables', () => {
    assert.equal(normalTail(0), 0.5)
    assertRatio(normalTail(1.959963984540054), 0.025)
    assertRatio(normalTail(6), 9.865876450376946e-10)
    assertRatio(normalTail(-1), 0.8413447460685429)
    assert.ok(Number.isNaN(normalTail(NaN)))
  })

  test("of Student's t with one and two degrees have closed forms", () => {
    fc.assert(
      fc.property(fc.double({ min: -300, max: 300, noNaN: true }), (t) => {
        assertClose(studentTails(t, 1), 1 - (2 * Math.atan(Math.abs(t))) / Math.PI)
        assertClose(studentTails(t, 2), 1 - Math.abs(t) / Math.sqrt(2 + t * t))
      }),
    )
  })

  test("of Student's t with many degrees are those of the normal distribution", () => {
    for (const t of [0, 0.01, 1, 3, 6]) {
      assertRatio(studentTails(t, 1e9), 2 * normalTail(t), 1e-6)
    }
  })

  test('at the ends are 1 and 0, and not a number of none', () => {
    assert.deepEqual([chiSquareTail(0, 3), chiSquareTail(-1, 3)], [1, 1])
    assert.deepEqual([chiSquareTail(0, 0), chiSquareTail(1, 0)], [1, 0])
    assert.deepEqual([chiSquareTail(Infinity, 3), studentTails(Infinity, 3)], [0, 0])
    assert.deepEqual([studentTails(0, 5), studentTails(NaN, 5)], [1, NaN])
    assert.deepEqual([kolmogorovTail(9, 0), kolmogorovTail(9, 1)], [1, 0])
    assert.deepEqual([cramerVonMisesTail(0), cramerVonMisesTail(9)], [1, 0])
  })

  test('of Kolmogorov and Smirnov have closed forms near both ends', () => {
    for (const n of [1, 2, 5, 20, 100]) {
      // P(D < d) = n!·(2d − 1/n)ⁿ for d from 1/(2n) to 1/n
      const d = 0.8 / n
      let below = 1
      for (let i = 1; i <= n; i++) below *= i * (2 * d - 1 / n)
      assertClose(kolmogorovTail(n, d), 1 - below)
      // P(D ≥ d) = 2·(1 − d)ⁿ for d from 1 − 1/n
      const far = 1 - 0.3 / n
      if (n > 1) assertRatio(kolmogorovTail(n, far), 2 * (1 - far) ** n, 1e-9)
    }
  })

  test('of Kolmogorov and Smirnov reach the limit 2·Σ (−1)^(k−1)·e^(−2k²z²)', () => {
    for (const z of [0.6, 1, 1.36, 2]) {
      let limit = 0
      for (let k = 1; k < 20; k++) limit -= 2 * (-1) ** k * Math.exp(-2 * k * k * z * z)
      assertClose(kolmogorovTail(900_000, z / Math.sqrt(900_000)), limit, 1e-3)
    }
  })

  test('of Cramér and von Mises agree with the table of the limit', () => {
    // Anderson and Darling 1952: 10 %, 5 % and 1 %
    assertClose(cramerVonMisesTail(0.3473), 0.1, 1e-5)
    assertClose(cramerVonMisesTail(0.46136), 0.05, 1e-5)
    assertClose(cramerVonMisesTail(0.74346), 0.01, 1e-5)
  })

  test('never grow', () => {
    const ascending = fc
      .tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.double({ min: 0, max: 1, noNaN: true }))
      .map(([a, b]) => [Math.min(a, b), Math.max(a, b)] as const)
    fc.assert(
      fc.property(ascending, fc.integer({ min: 1, max: 3000 }), ([a, b], n) => {
        assert.ok(kolmogorovTail(n, b) <= kolmogorovTail(n, a) + 1e-6)
        assert.ok(chiSquareTail(2 * n * b, n) <= chiSquareTail(2 * n * a, n) + 1e-13)
        assert.ok(studentTails(9 * b, n) <= studentTails(9 * a, n) + 1e-13)
        assert.ok(cramerVonMisesTail(3 * b) <= cramerVonMisesTail(3 * a) + 1e-13)
      }),
    )
  })
})

/** Fails unless the numbers agree relative to their own size, however small. */
function assertRatio(actual: number, expected: number, relative = 1e-11): void {
  assertClose(actual / expected, 1, relative)
}
