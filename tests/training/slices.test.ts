import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { listSlices, sliceByLevels, sliceByNumbers, tooFew } from '../../src/training/slices.ts'

const ages = Float64Array.of(25, 30, 39.5, NaN, 60, 18)

describe('slices', () => {
  test('by edges hold what is from one edge up to the next', () => {
    const { names, codes } = sliceByNumbers('AGE', ages, [30, 40, 60])
    assert.deepEqual(names, ['AGE<30', '30<=AGE<40', 'AGE>=60', 'AGE missing'])
    assert.deepEqual([...codes], [0, 1, 1, 3, 2, 0])
  })

  test('by levels are the values, and what is missing', () => {
    const { names, codes } = sliceByLevels('SEX', ['1', '2', '3'], Float64Array.of(0, NaN, 2))
    assert.deepEqual(names, ['SEX=1', 'SEX=3', 'SEX missing'])
    assert.deepEqual([...codes], [0, 2, 1])
  })

  test('by bins hold about as many rows each', () => {
    const values = Float64Array.from({ length: 100 }, (_, i) => i)
    const slices = listSlices([sliceByNumbers('x', values, 4)])
    assert.deepEqual(
      slices.map(({ rows }) => rows.length),
      [25, 25, 25, 25],
    )
    assert.equal(slices[0]!.name, 'x<24.75')
  })

  test('by bins are two where most rows have the smallest value', () => {
    const { names, codes } = sliceByNumbers('x', Float64Array.of(0, 0, 7, 0, 0, 2.5, 0, 0, NaN), 2)
    assert.deepEqual(names, ['x<2.5', 'x>=2.5', 'x missing'])
    assert.deepEqual([...codes], [0, 0, 1, 0, 0, 1, 0, 0, 2])
  })

  test('by levels that read alike have names of their own', () => {
    const { names } = sliceByLevels('x', ['a…', 'a…', 'a… (2)', 'a…'], Float64Array.of(0, 1, 2, 3))
    assert.deepEqual(names, ['x=a…', 'x=a… (2)', 'x=a… (2) (2)', 'x=a… (3)'])
  })

  test('of a column of one value are one', () => {
    const { names } = sliceByNumbers('x', Float64Array.of(3, 3, 3), 4)
    assert.deepEqual(names, ['any x'])
    assert.deepEqual(sliceByNumbers('x', Float64Array.of(NaN, NaN), 4).names, ['x missing'])
    assert.deepEqual(sliceByNumbers('x', Float64Array.of(), 4).names, [])
  })

  test('hold every row once, in order', () => {
    const value = fc.oneof(fc.integer({ min: -5, max: 5 }), fc.constant(NaN))
    const edges = fc
      .uniqueArray(fc.integer({ min: -6, max: 6 }), { minLength: 1, maxLength: 5 })
      .map((list) => list.toSorted((a, b) => a - b))
    const spec = fc.oneof(fc.integer({ min: 2, max: 6 }), edges)
    fc.assert(
      fc.property(fc.array(value), spec, (values, how) => {
        const slices = listSlices([sliceByNumbers('x', Float64Array.from(values), how)])
        const rows = slices.flatMap((slice) => [...slice.rows])
        assert.deepEqual(
          rows.toSorted((a, b) => a - b),
          [...values.keys()],
        )
        for (const slice of slices) {
          assert.ok(slice.rows.length > 0)
          assert.deepEqual(slice.rows, slice.rows.toSorted())
        }
      }),
    )
  })
})

test('too few rows, or rows of one class, say so', () => {
  assert.equal(tooFew([0, 1, 0], 3), undefined)
  assert.equal(tooFew([0, 1], 3), '2 rows, fewer than 3')
  assert.equal(tooFew([1, 1, 1], 3), 'all 3 rows are of class 1')
  assert.equal(tooFew([], 1), '0 rows, fewer than 1')
})
