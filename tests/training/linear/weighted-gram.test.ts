import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { createRandom } from '../../../src/core/random.ts'
import { createSparseRows } from '../../../src/training/linear/sparse-rows.ts'
import { planGram, weightedGram } from '../../../src/training/linear/weighted-gram.ts'
import { assertClose } from '../../assert-close.ts'

test('weightedGram is the sum of weighted outer products, however full the columns are', () => {
  fc.assert(
    fc.property(
      fc.integer(),
      fc.constantFrom(0, 1, 7, 1500),
      // From empty to full, so that some columns are dense and others not, in any order.
      fc.array(fc.constantFrom(0, 0.1, 0.4, 0.6, 1), { maxLength: 7 }),
      (seed, rows, filledShares) => {
        const random = createRandom(seed)
        const columns = filledShares.length
        const values = Float64Array.from({ length: rows * columns }, (_, i) =>
          random.next() < filledShares[i % columns]! ? random.next() - 0.5 : 0,
        )
        const weights = Float64Array.from({ length: rows }, () => random.nextInteger(3))
        const sparse = createSparseRows({ rows, columns, values })
        const gram = weightedGram(sparse, planGram(sparse), weights)
        const cell = (row: number, c: number): number =>
          c === columns ? 1 : values[row * columns + c]!
        const size = columns + 1
        assert.equal(gram.length, size ** 2)
        for (let i = 0; i < size; i++) {
          for (let j = 0; j <= i; j++) {
            const expected = weights.reduce(
              (sum, w, row) => sum + w * cell(row, i) * cell(row, j),
              0,
            )
            assertClose(gram[i * size + j]!, expected, 1e-9)
          }
        }
      },
    ),
    { numRuns: 60 },
  )
})
