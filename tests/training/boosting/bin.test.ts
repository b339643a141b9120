import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { binMatrix } from '../../../src/training/boosting/bin.ts'

test('codes have bins by how often they occur, then by their size, whatever numbers they are', () => {
  const code = fc.constantFrom(0, -0, 1, 2, 7, 1023, 1024, 5e9, -1, -1024, 0.5, 1.5, NaN)
  fc.assert(
    fc.property(
      fc.array(code, { minLength: 1, maxLength: 60 }),
      fc.integer({ min: 2, max: 20 }),
      (cells, maxBins) => {
        const values = Float32Array.from(cells)
        const x = { rows: values.length, columns: 1, values }
        const { features, byFeature } = binMatrix(x, [true], maxBins)
        const countOf = (one: number): number => values.filter((other) => other === one).length
        const known = [...new Set(values)].filter((value) => !Number.isNaN(value))
        const ordered = known.sort((a, b) => countOf(b) - countOf(a) || a - b)
        const named = ordered.length <= maxBins ? ordered : ordered.slice(0, maxBins - 1)
        const bins = Math.min(ordered.length, maxBins)
        assert.deepEqual(features, [{ kind: 'category', codes: named, bins }])
        const expected = Array.from(values, (value) => {
          if (Number.isNaN(value)) return bins
          return named.includes(value) ? named.indexOf(value) : bins - 1
        })
        assert.deepEqual([...byFeature[0]!], expected)
      },
    ),
  )
})
