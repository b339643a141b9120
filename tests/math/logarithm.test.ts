import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { exp, log, log1p } from '../../src/math/index.ts'
import { errorOfLog, errorOfLog1p } from './exact.ts'

const many = { numRuns: 20_000, seed: 1 }

describe('log', () => {
  test('agrees with Math.log to fifteen digits for every positive float64', () => {
    const positive = fc.double({ min: Number.MIN_VALUE, noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(positive, (x) => assertNear(log(x), Math.log(x))),
      many,
    )
  })

  test('agrees with Math.log to fifteen digits around 1, where its result vanishes', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.5, max: 2, noNaN: true }), (x) => {
        assertNear(log(x), Math.log(x))
      }),
      many,
    )
  })

  test('is within one unit in the last place of the truth', () => {
    for (let x = 0.5; x <= 2; x += 0.00037) assert.ok(errorOfLog(x, log(x)) < 0.9, `log(${x})`)
    for (let x = 1e-60; x <= 1e60; x *= 1.37) assert.ok(errorOfLog(x, log(x)) < 0.9, `log(${x})`)
  })

  test('undoes exp', () => {
    for (let x = -700; x <= 700; x += 0.37) assertNear(log(exp(x)), x, 1e-14)
  })

  test('knows the edges', () => {
    assert.equal(log(1), 0)
    assert.equal(log(0), -Infinity)
    assert.equal(log(-0), -Infinity)
    assert.equal(log(Infinity), Infinity)
    assert.equal(log(Math.E), 1)
    // 1074 · ln 2
    assertNear(log(Number.MIN_VALUE), -744.4400719213812)
    for (const x of [-1, -Number.MIN_VALUE, -Infinity, NaN]) assert.ok(Number.isNaN(log(x)))
  })
})

describe('log1p', () => {
  test('agrees with Math.log1p to fifteen digits for every number above -1', () => {
    const above = fc.double({ min: -1, minExcluded: true, noNaN: true, noDefaultInfinity: true })
    fc.assert(
      fc.property(above, (x) => assertNear(log1p(x), Math.log1p(x))),
      many,
    )
  })

  test('agrees with Math.log1p to fifteen digits for small numbers', () => {
    for (let x = 1e-20; x < 2; x *= 1.01) {
      assertNear(log1p(x), Math.log1p(x))
      if (x < 1) assertNear(log1p(-x), Math.log1p(-x))
    }
  })

  test('is within one and a half units in the last place of the truth', () => {
    for (let x = -0.9; x <= 1; x += 0.00037)
      assert.ok(errorOfLog1p(x, log1p(x)) < 1.5, `log1p(${x})`)
    for (let x = 1e-18; x < 1; x *= 1.17) assert.ok(errorOfLog1p(x, log1p(x)) < 1.5, `log1p(${x})`)
  })

  test('knows the edges', () => {
    assert.ok(Object.is(log1p(0), 0))
    assert.ok(Object.is(log1p(-0), -0))
    assert.equal(log1p(-1), -Infinity)
    assert.equal(log1p(Infinity), Infinity)
    assert.equal(log1p(Number.MIN_VALUE), Number.MIN_VALUE)
    assertNear(log1p(Number.MAX_VALUE), 709.782712893384)
    for (const x of [-1.1, -Infinity, NaN]) assert.ok(Number.isNaN(log1p(x)))
  })
})

function assertNear(actual: number, expected: number, relative = 1e-15): void {
  const error = Math.abs(actual - expected)
  assert.ok(
    error <= relative * Math.abs(expected),
    `${actual} differs from ${expected} by ${error}`,
  )
}
