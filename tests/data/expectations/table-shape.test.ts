import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { emptyTable, outcome, success } from './hold-table.ts'

describe('expectations about the table', () => {
  test('row counts, with limits inclusive unless strict', async () => {
    assert.deepEqual(
      await outcome('table_row_count_to_be_between', { min_value: 6, max_value: 6 }),
      [true, { observed_value: 6 }],
    )
    assert.equal(
      await success('table_row_count_to_be_between', { min_value: 6, strict_min: true }),
      false,
    )
    assert.equal(await success('table_row_count_to_be_between', { max_value: 5.5 }), false)
    assert.equal(await success('table_row_count_to_equal', { value: 6 }), true)
    assert.equal(await success('table_row_count_to_equal', { value: 7 }), false)
    assert.deepEqual(await outcome('table_row_count_to_equal', { value: 0 }, emptyTable), [
      true,
      { observed_value: 0 },
    ])
  })

  test('column counts', async () => {
    assert.deepEqual(await outcome('table_column_count_to_equal', { value: 8 }), [
      true,
      { observed_value: 8 },
    ])
    assert.equal(await success('table_column_count_to_equal', { value: 7 }, emptyTable), false)
  })

  test('the ordered list of columns, with every position that differs', async () => {
    const small = '(SELECT 1 AS a, 2 AS b)'
    const type = 'table_columns_to_match_ordered_list'
    assert.deepEqual(await outcome(type, { column_list: ['a', 'b'] }, small), [
      true,
      { observed_value: ['a', 'b'] },
    ])
    assert.deepEqual(await outcome(type, { column_list: ['b'] }, small), [
      false,
      {
        observed_value: ['a', 'b'],
        details: {
          mismatched: [
            { 'Expected Column Position': 0, Expected: 'b', Found: 'a' },
            { 'Expected Column Position': 1, Expected: null, Found: 'b' },
          ],
        },
      },
    ])
    assert.equal(await success(type, { column_list: ['A', 'b'] }, small), false)
  })

  test('the set of columns, exact or not', async () => {
    const small = '(SELECT 1 AS b, 2 AS a)'
    const type = 'table_columns_to_match_set'
    assert.deepEqual(await outcome(type, { column_set: ['a', 'b'] }, small), [
      true,
      { observed_value: ['a', 'b'] },
    ])
    assert.deepEqual(await outcome(type, { column_set: ['c', 'b'] }, small), [
      false,
      {
        observed_value: ['a', 'b'],
        details: { mismatched: { unexpected: ['a'], missing: ['c'] } },
      },
    ])
    const loose = { column_set: ['b'], exact_match: false }
    assert.deepEqual(await outcome(type, loose, small), [
      true,
      { observed_value: ['a', 'b'], details: { mismatched: { unexpected: ['a'] } } },
    ])
    assert.equal(await success(type, { column_set: ['b', 'c'], exact_match: false }, small), false)
  })

  test('a column exists by its exact name, at its place when one is given, 0 included', async () => {
    const exists = (kwargs: object): Promise<boolean> => success('column_to_exist', kwargs)
    assert.equal(await exists({ column: 'i' }), true)
    assert.equal(await exists({ column: 'I' }), false)
    assert.equal(await exists({ column: 'i', column_index: 0 }), true)
    assert.equal(await exists({ column: 'k', column_index: 0 }), false)
    assert.equal(await exists({ column: 'w', column_index: -1 }), true)
    assert.equal(await exists({ column: 'w', column_index: 8 }), false)
  })
})
