import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/core/random.ts'
import { countValues } from '../../../src/data/profile/count-values.ts'

describe('countValues', () => {
  test('counts what a map counts, whether numbers are dense, far apart, broken or none', () => {
    fc.assert(
      fc.property(cells, (list) => {
        const { values, counts, nans, infinities } = countValues(Float64Array.from(list))
        const finite = list.filter(Number.isFinite)
        const expected = new Map<number, number>()
        for (const cell of finite) expected.set(cell + 0, (expected.get(cell + 0) ?? 0) + 1)
        assert.deepEqual(
          Array.from(values, (value, i) => [value, counts[i]]),
          [...expected].toSorted(([a], [b]) => a - b),
        )
        assert.equal(nans, list.filter(Number.isNaN).length)
        assert.equal(infinities, list.length - finite.length - nans)
      }),
    )
  })

  test('counts long columns, of few and of many different values, as short ones', () => {
    for (const different of [1, 7, 5000, 40_000, 400_000]) {
      const random = createRandom(different)
      const list = Float64Array.from({ length: 300_000 }, () => random.nextInteger(different) / 7)
      const sorted = list.toSorted()
      const { values, counts } = countValues(list)
      let at = 0
      for (const [i, value] of values.entries()) {
        for (let n = 0; n < counts[i]!; n++) assert.equal(sorted[at++], value)
      }
      assert.equal(at, sorted.length)
    }
  })

  test('leaves the cells as they are', () => {
    const cells = Float64Array.of(2.5, NaN, -1, 2.5)
    countValues(cells)
    assert.deepEqual([...cells], [2.5, NaN, -1, 2.5])
  })
})

const odd = fc.constantFrom(NaN, Infinity, -Infinity, 0, -0, 2 ** 53, -(2 ** 53), 5e-324)
const cells = fc.oneof(
  fc.array(fc.oneof({ weight: 9, arbitrary: fc.integer({ min: -5, max: 5 }) }, odd)),
  fc.array(fc.integer({ min: -40, max: 40 })),
  fc.array(fc.oneof(fc.double({ noNaN: true }), odd)),
)
