import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readQuantiles } from '../../../src/data/profile/quantiles.ts'

test('a quantile is the least value at or below which lies its share, counted one by one', () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: -9, max: 9 }), { minLength: 1, maxLength: 300 }),
      (cells) => {
        const values = [...new Set(cells)].sort((a, b) => a - b)
        const counts = values.map((value) => cells.filter((cell) => cell === value).length)
        const numbers = { values: Float64Array.from(values), counts: Float64Array.from(counts) }
        for (const { share, value } of readQuantiles({ ...numbers, total: cells.length })) {
          const percent = Math.round(share * 100)
          const reaches = (limit: number): boolean =>
            cells.filter((cell) => cell <= limit).length * 100 >= percent * cells.length
          assert.equal(value, values.find(reaches))
        }
      },
    ),
  )
})
