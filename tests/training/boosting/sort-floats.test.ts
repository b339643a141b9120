import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/core/random.ts'
import { sortFloats } from '../../../src/training/boosting/sort-floats.ts'

const special = [0, -0, Infinity, -Infinity, 1e-45, -1e-45, 3.4e38, -3.4e38]

test('sortFloats sorts as the comparison does, to the bit, few and many', () => {
  fc.assert(
    fc.property(fc.integer(), fc.constantFrom(0, 1, 10, 999, 1000, 3000), (seed, length) => {
      const random = createRandom(seed)
      const values = Float32Array.from({ length }, () =>
        random.next() < 0.1
          ? special[random.nextInteger(8)]!
          : (random.next() - 0.5) * 10 ** random.nextInteger(9),
      )
      const before = values.slice()
      const sorted = sortFloats(values)
      assert.deepEqual(sorted, values.slice().sort())
      assert.deepEqual(values, before)
    }),
    { numRuns: 40 },
  )
})

test('sortFloats sorts numbers that differ in few of their digits, or in none', () => {
  for (const choices of [[1.5], [1, 1 + 2 ** -23], [-2, 2], [0, 1, 2, 3, 4, 5]]) {
    const values = Float32Array.from({ length: 2000 }, (_, i) => choices[(i * 7) % choices.length]!)
    assert.deepEqual(sortFloats(values), values.slice().sort())
  }
})
