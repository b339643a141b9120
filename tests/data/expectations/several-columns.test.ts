import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { messageOf, one, outcome, success } from './hold-table.ts'

describe('expectations about several columns', () => {
  const rows = `(SELECT * FROM (VALUES
    (1, 'x', 1), (1, 'x', 2), (NULL, 'x', 3), (NULL, 'x', NULL), (NULL, NULL, 5), (NULL, NULL, 6)) v(a, b, c))`

  test('all copies of a combination are unexpected, and missing parts are equal', async () => {
    const [isMet, result] = await outcome(
      'compound_columns_to_be_unique',
      { column_list: ['a', 'b'] },
      rows,
    )
    assert.equal(isMet, false)
    assert.equal(result['missing_count'], 2)
    assert.equal(result['unexpected_count'], 4)
    assert.equal(result['unexpected_percent'], 100)
    assert.deepEqual(result['partial_unexpected_list'], [
      { a: 1, b: 'x' },
      { a: 1, b: 'x' },
      { a: null, b: 'x' },
      { a: null, b: 'x' },
    ])
    assert.deepEqual(result['partial_unexpected_counts'], [
      { value: [1, 'x'], count: 2 },
      { value: [null, 'x'], count: 2 },
    ])
  })

  test('ignore_row_if says which rows are left out of the combinations', async () => {
    const count = async (rule: string): Promise<unknown[]> => {
      const kwargs = { column_list: ['a', 'b'], ignore_row_if: rule }
      const [, result] = await outcome('compound_columns_to_be_unique', kwargs, rows)
      return [result['missing_count'], result['unexpected_count']]
    }
    assert.deepEqual(await count('all_values_are_missing'), [2, 4])
    assert.deepEqual(await count('any_value_is_missing'), [4, 2])
    assert.deepEqual(await count('never'), [0, 6])
    assert.equal(
      await success('compound_columns_to_be_unique', { column_list: ['b', 'c'] }, rows),
      true,
    )
  })

  test('a pair with one side missing is not greater', async () => {
    const type = 'column_pair_values_a_to_be_greater_than_b'
    const pair = { column_A: 'c', column_B: 'a' }
    const [isMet, result] = await outcome(type, pair, rows)
    assert.equal(isMet, false)
    assert.equal(result['missing_count'], 1)
    assert.deepEqual(result['partial_unexpected_list'], [
      [1, 1],
      [3, null],
      [5, null],
      [6, null],
    ])
    const found = async (kwargs: object): Promise<unknown[]> => {
      const [, each] = await outcome(type, { ...pair, ...kwargs }, rows)
      return [each['missing_count'], each['unexpected_count']]
    }
    assert.deepEqual(await found({ or_equal: true }), [1, 3])
    assert.deepEqual(
      await found({ or_equal: true, ignore_row_if: 'either_value_is_missing' }),
      [4, 0],
    )
    assert.deepEqual(await found({ ignore_row_if: 'neither' }), [0, 5])
    assert.equal(await success(type, { ...pair, mostly: 0.2 }, rows), true)
    assert.equal(await success(type, { ...pair, mostly: 0.21 }, rows), false)
  })

  test('a number and a text have no order', async () => {
    const result = await one(
      'column_pair_values_a_to_be_greater_than_b',
      { column_A: 'a', column_B: 'b' },
      rows,
    )
    assert.match(messageOf(result) ?? '', /'a' is INTEGER, .* 'b' is VARCHAR/)
  })
})
