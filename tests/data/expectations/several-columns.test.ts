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

  const records = `(SELECT * FROM (VALUES
    (1::BIGINT, 1.0::DOUBLE, 2::BIGINT, '1'), (1, 2, 1, 'b'), (NULL, 'NaN', 2, NULL), (3, 3, 3, 'c'), (NULL, 4, 5, 'd'))
    v(a, b, c, t))`
  const places = async (type: string, kwargs: object): Promise<unknown> => {
    const [, result] = await outcome(type, kwargs, records)
    return [result['missing_count'], result['partial_unexpected_index_list']]
  }

  test('values of a pair are equal across kinds of numbers; two missing ones only where left out', async () => {
    const type = 'column_pair_values_to_be_equal'
    const pair = { column_A: 'a', column_B: 'b' }
    assert.deepEqual(await places(type, pair), [1, [1, 4]])
    assert.deepEqual(await places(type, { ...pair, ignore_row_if: 'neither' }), [0, [1, 2, 4]])
    assert.deepEqual(await places(type, { ...pair, ignore_row_if: 'either_value_is_missing' }), [
      2,
      [1],
    ])
  })

  test('null in a pair of a set is a missing value', async () => {
    const type = 'column_pair_values_to_be_in_set'
    const pair = { column_A: 'a', column_B: 't', ignore_row_if: 'neither' }
    const value_pairs_set = [
      [1, '1'],
      [true, 'b'],
      [null, null],
      [3, 3],
    ]
    assert.deepEqual(await places(type, { ...pair, value_pairs_set }), [0, [3, 4]])
    assert.deepEqual(await places(type, { ...pair, value_pairs_set: [] }), [0, [0, 1, 2, 3, 4]])
    const result = await one(type, { ...pair, value_pairs_set }, records)
    assert.deepEqual(result.meta.warnings, ["'t' is VARCHAR: 3 of the value_set can never match"])
  })

  test('values of a record differ when no two are equal, missing ones included', async () => {
    const type = 'select_column_values_to_be_unique_within_record'
    assert.deepEqual(await places(type, { column_list: ['a', 'c'] }), [0, [1, 3]])
    assert.deepEqual(await places(type, { column_list: ['a', 'b', 'c'] }), [0, [0, 1, 2, 3]])
    // 1 and '1' are two values; of the third row both are missing.
    assert.deepEqual(await places(type, { column_list: ['a', 't'], ignore_row_if: 'never' }), [
      0,
      [2],
    ])
    assert.deepEqual(await places(type, { column_list: ['a', 't'] }), [1, []])
  })

  test('values of a record are equal when all are, missing ones included', async () => {
    const type = 'multicolumn_values_to_be_equal'
    assert.deepEqual(await places(type, { column_list: ['a', 'b', 'c'] }), [0, [0, 1, 2, 4]])
    assert.deepEqual(await places(type, { column_list: ['a', 'b'], ignore_row_if: 'never' }), [
      0,
      [1, 4],
    ])
  })

  test('a sum with a missing part equals nothing; sums of integers are exact', async () => {
    const type = 'multicolumn_sum_to_equal'
    // 4, 4, –, 9, –
    const kwargs = { column_list: ['a', 'b', 'c'], sum_total: 4 }
    assert.deepEqual(await places(type, kwargs), [0, [2, 3, 4]])
    assert.deepEqual(await places(type, { ...kwargs, ignore_row_if: 'any_value_is_missing' }), [
      2,
      [3],
    ])
    const big = '(SELECT 9007199254740993::BIGINT AS a, -9007199254740992::BIGINT AS b)'
    assert.equal(await success(type, { column_list: ['a', 'b'], sum_total: 1 }, big), true)
    const texts = await one(type, { column_list: ['a', 't'], sum_total: 1 }, records)
    assert.match(messageOf(texts) ?? '', /'t' is VARCHAR, .* numbers/)
  })
})
