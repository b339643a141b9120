import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { isInShare } from '../../../src/serving/rollout/canary-share.ts'

const share = fc.double({ min: 0, max: 1, noNaN: true })

test('a key that is in a share is in every larger one; none is in 0, all are in 1', () => {
  fc.assert(
    fc.property(fc.string(), fc.string(), share, share, (key, salt, one, other) => {
      const [small, large] = [Math.min(one, other), Math.max(one, other)]
      if (isInShare(key, { salt, share: small })) assert.ok(isInShare(key, { salt, share: large }))
      assert.ok(!isInShare(key, { salt, share: 0 }))
      assert.ok(isInShare(key, { salt, share: 1 }))
    }),
  )
})

test('keys that differ in a digit spread evenly, and every salt draws others', () => {
  const drawn = (salt: string, part: number): readonly number[] =>
    Array.from({ length: 20_000 }, (_, user) => user).filter((user) =>
      isInShare(`user-${user}`, { salt, share: part }),
    )
  for (const part of [0.01, 0.1, 0.5]) {
    // Five standard deviations of a binomial count.
    const slack = 5 * Math.sqrt(20_000 * part * (1 - part))
    assert.ok(Math.abs(drawn('a', part).length - 20_000 * part) < slack, String(part))
  }
  const again = new Set(drawn('b', 0.1))
  const both = drawn('a', 0.1).filter((user) => again.has(user)).length
  assert.ok(both > 100 && both < 300, String(both)) // 20,000 · 0.1 · 0.1 = 200
})
