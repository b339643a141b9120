import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { one, outcome, success } from './hold-table.ts'

describe('expectations about values', () => {
  test('a failing one counts over the values that are there and shows the rows', async () => {
    const [isMet, result] = await outcome('column_values_to_be_between', {
      column: 'i',
      min_value: 2,
      max_value: 3,
    })
    assert.equal(isMet, false)
    // Six rows, one missing; 1 and 50 of the five others are outside: 2/5 and 2/6.
    assert.deepEqual(result, {
      element_count: 6,
      unexpected_count: 2,
      unexpected_percent: 40,
      partial_unexpected_list: [1, 50],
      missing_count: 1,
      missing_percent: (1 / 6) * 100,
      unexpected_percent_total: (2 / 6) * 100,
      unexpected_percent_nonmissing: 40,
      partial_unexpected_counts: [
        { value: 1, count: 1 },
        { value: 50, count: 1 },
      ],
      partial_unexpected_index_list: [0, 5],
    })
  })

  test('mostly is met when the share that holds is at least that', async () => {
    const kwargs = { column: 'i', min_value: 2, max_value: 3 }
    assert.equal(await success('column_values_to_be_between', { ...kwargs, mostly: 0.6 }), true)
    assert.equal(await success('column_values_to_be_between', { ...kwargs, mostly: 0.61 }), false)
    assert.equal(await success('column_values_to_be_between', { ...kwargs, mostly: 0 }), true)
  })

  test('limits are inclusive unless strict, NaN is missing, infinity is a value', async () => {
    const shown = async (kwargs: object): Promise<unknown> =>
      (await outcome('column_values_to_be_between', { column: 'f', ...kwargs }))[1][
        'partial_unexpected_list'
      ]
    assert.deepEqual(await shown({ min_value: 1.5 }), [-1])
    assert.deepEqual(await shown({ min_value: 1.5, strict_min: true }), [1.5, -1])
    assert.deepEqual(await shown({ max_value: 3.5 }), ['Infinity'])
    assert.deepEqual(await shown({ max_value: 3.5, strict_max: true }), ['Infinity', 3.5])
  })

  test('booleans lie between as 0 and 1, dates between dates', async () => {
    const days = await outcome('column_values_to_be_between', {
      column: 'd',
      min_value: '2024-01-02',
      max_value: '2024-02-01T12:00:00',
    })
    assert.deepEqual(days[1]['partial_unexpected_list'], ['2024-01-01', '2024-02-02'])
    const flags = await outcome('column_values_to_be_between', { column: 'b', min_value: 1 })
    assert.deepEqual(flags[1]['partial_unexpected_list'], [false, false])
  })

  test('integers beyond 2⁵³ are compared exactly and shown as text', async () => {
    const big = '(SELECT 9007199254740993::BIGINT AS x)'
    const between = { column: 'x', max_value: 9007199254740991 }
    const [isMet, result] = await outcome('column_values_to_be_between', between, big)
    assert.equal(isMet, false)
    assert.deepEqual(result['partial_unexpected_list'], ['9007199254740993'])
  })

  test('null is unexpected only where it is the point', async () => {
    const [isMet, result] = await outcome('column_values_to_not_be_null', { column: 'f' })
    assert.equal(isMet, false)
    assert.deepEqual(result, {
      element_count: 6,
      unexpected_count: 1,
      unexpected_percent: (1 / 6) * 100,
      partial_unexpected_list: [null],
      partial_unexpected_counts: [{ value: null, count: 1 }],
      partial_unexpected_index_list: [1],
    })
    assert.equal(await success('column_values_to_not_be_null', { column: 'f', mostly: 0.8 }), true)
    assert.equal(await success('column_values_to_not_be_null', { column: 'k' }), true)
    assert.equal(await success('column_values_to_not_be_null', { column: 'n' }), false)
    assert.equal(await success('column_values_to_not_be_null', { column: 'n', mostly: 0 }), true)
  })

  test('all copies of a repeated value are unexpected, missing ones are not', async () => {
    const [isMet, result] = await outcome('column_values_to_be_unique', { column: 'i' })
    assert.equal(isMet, false)
    assert.equal(result['unexpected_count'], 2)
    assert.deepEqual(result['partial_unexpected_index_list'], [1, 2])
    assert.deepEqual(result['partial_unexpected_counts'], [{ value: 2, count: 2 }])
    assert.equal(await success('column_values_to_be_unique', { column: 'i', mostly: 0.6 }), true)
    assert.equal(await success('column_values_to_be_unique', { column: 'k' }), true)
    const twoNaN = `(SELECT 'NaN'::DOUBLE AS x FROM range(2))`
    assert.equal(await success('column_values_to_be_unique', { column: 'x' }, twoNaN), true)
  })

  test('a set matches as Python compares: 1, 1.0 and true are one, texts another', async () => {
    const inSet = async (column: string, members: readonly unknown[]): Promise<unknown> =>
      (await outcome('column_values_to_be_in_set', { column, value_set: members }))[1][
        'partial_unexpected_list'
      ]
    assert.deepEqual(await inSet('i', [true, 2, null]), [3, 50])
    assert.deepEqual(await inSet('b', [1]), [false, false])
    assert.deepEqual(await inSet('t', ['a', 'b']), ['ab', 'z'])
    assert.deepEqual(await inSet('f', [1.5, 2.5]), ['Infinity', 3.5, -1])
    assert.deepEqual(await inSet('i', []), [1, 2, 2, 3, 50])
    assert.deepEqual(await inSet('d', ['2024-01-01', '2024-01-02']), [
      '2024-01-03',
      '2024-02-01',
      '2024-02-02',
    ])
    assert.equal(
      await success('column_values_to_not_be_in_set', { column: 'i', value_set: [4] }),
      true,
    )
    assert.equal(
      await success('column_values_to_not_be_in_set', { column: 'i', value_set: [] }),
      true,
    )
    assert.equal(
      await success('column_values_to_not_be_in_set', { column: 'i', value_set: [3], mostly: 0.8 }),
      true,
    )
    assert.equal(
      await success('column_values_to_not_be_in_set', { column: 'i', value_set: [3] }),
      false,
    )
  })

  test('members that can never match are named in a warning', async () => {
    const result = await one('column_values_to_be_in_set', { column: 'k', value_set: ['1', 2] })
    assert.deepEqual(result.result['partial_unexpected_list'], [1, 3, 4, 5, 6])
    assert.deepEqual(result.meta.warnings, ["'k' is BIGINT: '1' of the value_set can never match"])
  })

  test('a quote in a member is a quote', async () => {
    const quoted = `(SELECT 'it''s' AS x)`
    assert.equal(
      await success('column_values_to_be_in_set', { column: 'x', value_set: ["it's"] }, quoted),
      true,
    )
  })

  test('a regular expression is searched, in the text of the value', async () => {
    const matches = async (column: string, regex: string): Promise<unknown> =>
      (await outcome('column_values_to_match_regex', { column, regex }))[1][
        'partial_unexpected_list'
      ]
    assert.deepEqual(await matches('t', 'b'), ['a', 'z'])
    assert.deepEqual(await matches('t', '^[ab]$'), ['ab', 'z'])
    assert.deepEqual(await matches('k', '^[1-4]$'), [5, 6])
    assert.deepEqual(await matches('b', '^True$'), [false, false])
    assert.equal(
      await success('column_values_to_match_regex', { column: 't', regex: 'b', mostly: 0.6 }),
      true,
    )
  })

  test('twenty unexpected values are shown, all are counted', async () => {
    const [, result] = await outcome(
      'column_values_to_be_between',
      { column: 'x', max_value: 9 },
      '(SELECT range % 40 AS x FROM range(400))',
    )
    assert.equal(result['unexpected_count'], 300)
    assert.deepEqual(
      result['partial_unexpected_list'],
      Array.from({ length: 20 }, (_, i) => 10 + i),
    )
  })

  test('types go by any of their names', async () => {
    const isOfType = (column: string, type: string): Promise<boolean> =>
      success('column_values_to_be_of_type', { column, type_: type })
    const ofProfilers = ['int_', 'LongType', 'LongType()', 'Int64Dtype']
    for (const name of ['BIGINT', 'bigint', 'int64', 'int', 'Int64', 'long', ...ofProfilers]) {
      assert.equal(await isOfType('k', name), true, name)
    }
    for (const name of [
      'INTEGER',
      'float64',
      'str',
      'bool',
      'BYTEINT',
      'IntegerType()',
      'NVARCHAR',
    ])
      assert.equal(await isOfType('k', name), false, name)
    for (const name of ['NVARCHAR', 'NTEXT', 'StringType', "dtype('O')"])
      assert.equal(await isOfType('t', name), true, name)
    assert.equal(await isOfType('f', 'float'), true)
    assert.equal(await isOfType('t', 'object'), true)
    assert.equal(await isOfType('w', 'INTEGER[]'), true)
    assert.deepEqual(await outcome('column_values_to_be_of_type', { column: 'k', type_: 'str' }), [
      false,
      { observed_value: 'BIGINT' },
    ])
    const price = '(SELECT 1.25::DECIMAL(10,2) AS x)'
    assert.equal(
      await success('column_values_to_be_of_type', { column: 'x', type_: 'decimal' }, price),
      true,
    )
    assert.equal(
      await success('column_values_to_be_of_type', { column: 'x', type_: 'DECIMAL(9,2)' }, price),
      false,
    )
  })
})
