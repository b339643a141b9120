import fc from 'fast-check'
import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { sineCosine } from '../../src/math/index.ts'

const angles = fc.double({ min: -1e6, max: 1e6, noNaN: true })

describe('sineCosine', () => {
  test('is within some units in the last place of 1 of the engine’s', () => {
    fc.assert(
      fc.property(angles, (x) => {
        const [sine, cosine] = sineCosine(x)
        assert.ok(Math.abs(sine - Math.sin(x)) < 4e-16, `sin ${x}`)
        assert.ok(Math.abs(cosine - Math.cos(x)) < 4e-16, `cos ${x}`)
      }),
    )
  })

  test('lies on the circle, and turns about with its angle', () => {
    fc.assert(
      fc.property(angles, (x) => {
        const [sine, cosine] = sineCosine(x)
        assert.ok(Math.abs(sine * sine + cosine * cosine - 1) < 1e-15)
        const [back, same] = sineCosine(-x)
        assert.ok(Math.abs(back + sine) < 4e-16 && Math.abs(same - cosine) < 4e-16)
      }),
    )
  })

  test('of 0 is 0 and 1', () => assert.deepEqual(sineCosine(0), [0, 1]))
})
