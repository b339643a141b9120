import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { one, outcome, success } from './hold-table.ts'

const column = (values: readonly (number | string | null)[], type = 'DOUBLE'): string => {
  const cells = values.map((value) => (value === null ? 'NULL' : `'${value}'::${type}`))
  return `(SELECT unnest([${cells.join(', ')}]) AS x)`
}

describe('expectations about order', () => {
  const unexpected = async (type: string, kwargs: object, relation: string): Promise<unknown> =>
    (await outcome(`column_values_to_be_${type}`, { column: 'x', ...kwargs }, relation))[1][
      'partial_unexpected_list'
    ]

  test('each value is held against the last one that is not missing', async () => {
    const values = column([1, null, 2, 2, 'NaN', 1, 3])
    assert.deepEqual(await unexpected('increasing', {}, values), [1])
    assert.deepEqual(await unexpected('increasing', { strictly: true }, values), [2, 1])
    assert.deepEqual(await unexpected('decreasing', {}, values), [2, 3])
    assert.deepEqual(await unexpected('decreasing', { strictly: true }, values), [2, 2, 3])
  })

  test('one value has an order, and dates have one', async () => {
    assert.equal(
      await success('column_values_to_be_increasing', { column: 'x', strictly: true }, column([7])),
      true,
    )
    assert.equal(
      await success('column_values_to_be_increasing', { column: 'd', strictly: true }),
      true,
    )
    assert.equal(
      await success('column_values_to_be_decreasing', { column: 'd', mostly: 0.2 }),
      true,
    )
    assert.equal(
      await success('column_values_to_be_decreasing', { column: 'd', mostly: 0.21 }),
      false,
    )
  })
})

describe('expectations about outliers', () => {
  const unexpected = async (type: string, kwargs: object, relation: string): Promise<unknown> =>
    (await outcome(type, { column: 'x', ...kwargs }, relation))[1]['partial_unexpected_list']

  test('quartiles give the fences, which are inside', async () => {
    // 1 … 5: quartiles 2 and 4, fences 2 − 1.5 · 2 = −1 and 4 + 3 = 7; 7 moves none of them.
    const type = 'column_values_to_not_be_outliers'
    const values = column([1, 2, 3, 4, 5])
    assert.deepEqual(await unexpected(type, {}, values), [])
    assert.deepEqual(await unexpected(type, { multiplier: 0 }, values), [1, 5])
    // mean 3, deviation √2.5 ≈ 1.58.
    assert.deepEqual(await unexpected(type, { method: 'std', multiplier: 1 }, values), [1, 5])
    assert.deepEqual(await unexpected(type, { method: 'std', multiplier: 1.3 }, values), [])
  })

  test('without a spread nothing lies outside', async () => {
    const type = 'column_values_to_not_be_outliers'
    for (const values of [[3], [3, 3, 3], [1, 2, 'Infinity'], [null]]) {
      for (const method of ['iqr', 'std']) {
        const kwargs = { column: 'x', method }
        assert.equal(
          await success(type, kwargs, column(values)),
          true,
          `${method} ${JSON.stringify(values)}`,
        )
      }
    }
  })

  test('a z-score is a distance in deviations, on one side or both', async () => {
    const type = 'column_value_z_scores_to_be_less_than'
    const values = column([1, 2, 3, 4, 5])
    // The scores of 1 and 5 are ∓2 / 1.5811 = ∓1.265.
    assert.deepEqual(await unexpected(type, { threshold: 1.2, double_sided: true }, values), [1, 5])
    assert.deepEqual(await unexpected(type, { threshold: 1.2, double_sided: false }, values), [5])
    assert.deepEqual(await unexpected(type, { threshold: 1.3, double_sided: true }, values), [])
    const constant = column([4, 4])
    assert.equal(
      await success(type, { column: 'x', threshold: 0, double_sided: true }, constant),
      true,
    )
  })
})

describe('expectations about quantiles', () => {
  const quantiles = async (
    rule: string | false,
    values: readonly (number | null)[],
    type = 'DOUBLE',
  ): Promise<unknown> => {
    const quantile_ranges = {
      quantiles: [0.25, 0.5],
      value_ranges: [
        [0, 10],
        [null, 2],
      ],
    }
    const kwargs = { column: 'x', quantile_ranges, allow_relative_error: rule }
    const [isMet, result] = await outcome(
      'column_quantile_values_to_be_between',
      kwargs,
      column(values, type),
    )
    const observed = result['observed_value'] as { readonly values: unknown }
    return [isMet, observed.values]
  }

  test('lie at or between values in order', async () => {
    // Places 0.75 and 1.5 of 1, 2, 3, 4.
    assert.deepEqual(await quantiles(false, [4, 3, null, 2, 1]), [false, [2, 3]])
    assert.deepEqual(await quantiles('linear', [4, 3, 2, 1]), [false, [1.75, 2.5]])
    assert.deepEqual(await quantiles('lower', [4, 3, 2, 1]), [true, [1, 2]])
    assert.deepEqual(await quantiles('higher', [4, 3, 2, 1]), [false, [2, 3]])
    assert.deepEqual(await quantiles('midpoint', [4, 3, 2, 1]), [false, [1.5, 2.5]])
    // Places 0.25 and 0.5: half to even, the first of two.
    assert.deepEqual(await quantiles(false, [1, 9]), [true, [1, 1]])
    assert.deepEqual(await quantiles(false, [null]), [false, [null, null]])
  })

  test('a limit is kept to with a tolerance of 10⁻⁴ of it', async () => {
    assert.deepEqual(await quantiles(false, [2.0001]), [true, [2.0001, 2.0001]])
    assert.deepEqual(await quantiles(false, [2.0004]), [false, [2.0004, 2.0004]])
  })

  test('medians of decimals keep their digits', async () => {
    const prices = column([1.5, 2], 'DECIMAL(5,1)')
    const [, result] = await outcome('column_median_to_be_between', { column: 'x' }, prices)
    assert.equal(result['observed_value'], 1.75)
  })

  test('integers beyond 2⁵³ stay exact', async () => {
    const [, result] = await outcome(
      'column_quantile_values_to_be_between',
      { column: 'x', quantile_ranges: { quantiles: [1], value_ranges: [[null, null]] } },
      '(SELECT 9007199254740993::BIGINT AS x)',
    )
    assert.deepEqual(result['observed_value'], { quantiles: [1], values: ['9007199254740993'] })
  })
})

describe('expectations about distinct values', () => {
  test('say what is no member and what is no value', async () => {
    // i: 1 2 2 3 NULL 50
    const kwargs = { column: 'i', value_set: [true, 2, 4, null, 4.0] }
    assert.deepEqual(await outcome('column_distinct_values_to_equal_set', kwargs), [
      false,
      {
        observed_value: null,
        unexpected_count: 2,
        missing_count: 2,
        partial_unexpected_list: [3, 50],
        partial_missing_list: [4, null],
      },
    ])
    assert.deepEqual(await outcome('column_distinct_values_to_be_in_set', kwargs), [
      false,
      { observed_value: null, unexpected_count: 2, partial_unexpected_list: [3, 50] },
    ])
    assert.deepEqual(await outcome('column_distinct_values_to_contain_set', kwargs), [
      false,
      { observed_value: null, missing_count: 2, partial_missing_list: [4, null] },
    ])
  })

  test('a column without values is in every set and contains the empty one', async () => {
    const none = { column: 'n', value_set: [1] }
    assert.equal(await success('column_distinct_values_to_be_in_set', none), true)
    assert.equal(await success('column_distinct_values_to_contain_set', none), false)
    const empty = { column: 'n', value_set: [] }
    assert.equal(await success('column_distinct_values_to_equal_set', empty), true)
  })

  test('twenty are shown, all are counted; members of another kind are named', async () => {
    const many = '(SELECT range AS x FROM range(50))'
    const [, result] = await outcome(
      'column_distinct_values_to_be_in_set',
      { column: 'x', value_set: [0] },
      many,
    )
    assert.equal(result['unexpected_count'], 49)
    assert.deepEqual(
      result['partial_unexpected_list'],
      Array.from({ length: 20 }, (_, i) => i + 1),
    )
    const mixed = await one('column_distinct_values_to_contain_set', {
      column: 'k',
      value_set: ['1', 1.5, 1],
    })
    assert.deepEqual(mixed.result['partial_missing_list'], ['1', 1.5])
    assert.deepEqual(mixed.meta.warnings, [
      "'k' is BIGINT: '1', 1.5 of the value_set can never match",
    ])
  })

  test('the most common value may share its place when ties are okay', async () => {
    const type = 'column_most_common_value_to_be_in_set'
    assert.deepEqual(await outcome(type, { column: 'i', value_set: [2] }), [
      true,
      { observed_value: [2] },
    ])
    const tie = { column: 'k', value_set: [3] }
    assert.deepEqual(await outcome(type, tie), [false, { observed_value: [1, 2, 3, 4, 5, 6] }])
    assert.equal(await success(type, { ...tie, ties_okay: true }), true)
    assert.deepEqual(await outcome(type, { column: 'n', value_set: [1], ties_okay: true }), [
      false,
      { observed_value: [] },
    ])
    const many = await one(
      type,
      { column: 'x', value_set: [3] },
      '(SELECT range AS x FROM range(150))',
    )
    assert.equal((many.result['observed_value'] as unknown[]).length, 100)
    const text = await one(type, { column: 'k', value_set: ['1'] })
    assert.deepEqual(text.meta.warnings, ["'k' is BIGINT: '1' of the value_set can never match"])
    assert.deepEqual(many.meta.warnings, ['150 values are equally common; the first 100 are shown'])
  })
})

describe('expectations about divergence', () => {
  const type = 'column_kl_divergence_to_be_less_than'
  const observed = async (kwargs: object, relation: string): Promise<unknown> => {
    const [isMet, result] = await outcome(
      type,
      { column: 'x', threshold: 0.2, ...kwargs },
      relation,
    )
    const value = result['observed_value']
    return [isMet, typeof value === 'number' ? Math.round(value * 1e9) / 1e9 : value]
  }
  const half = { values: ['a', 'b'], weights: [0.5, 0.5] }

  test('is the sum of p · ln(p / q)', async () => {
    assert.deepEqual(await observed({ partition_object: half }, column(['a', 'b'], 'VARCHAR')), [
      true,
      0,
    ])
    // 3/4 · ln(3/2) + 1/4 · ln(1/2) = 0.130812036
    const skewed = column(['a', 'a', 'a', 'b', null], 'VARCHAR')
    assert.deepEqual(await observed({ partition_object: half }, skewed), [true, 0.130812036])
    // Only a: ln 2.
    assert.deepEqual(await observed({ partition_object: half }, column(['a'], 'VARCHAR')), [
      false,
      Math.round(Math.LN2 * 1e9) / 1e9,
    ])
  })

  test('is infinite where a value had no weight, unless weight is held out for it', async () => {
    const other = column(['a', 'b', 'c', 'c'], 'VARCHAR')
    assert.deepEqual(await observed({ partition_object: half }, other), [false, null])
    // 2 · ¼ · ln(¼ / ¼) + ½ · ln(½ / ½) = 0
    const kwargs = { partition_object: half, tail_weight_holdout: 0.5 }
    assert.deepEqual(await observed(kwargs, other), [true, 0])
  })

  test('of bins, closes the last and counts the tails', async () => {
    const partition_object = { bins: [0, 1, 2], weights: [0.25, 0.25], tail_weights: [0.25, 0.25] }
    assert.deepEqual(await observed({ partition_object }, column([-1, 0, 2, 'Infinity'])), [
      true,
      0,
    ])
    const [, result] = await outcome(type, { column: 'x', partition_object }, column([-1, 0, 1, 2]))
    assert.deepEqual((result['details'] as { observed_partition: unknown }).observed_partition, {
      bins: [0, 1, 2],
      weights: [0.25, 0.5],
      tail_weights: [0.25, 0],
    })
  })

  test('has no value for a column without values', async () => {
    assert.deepEqual(await observed({ partition_object: half }, column([null], 'VARCHAR')), [
      false,
      null,
    ])
    const partition_object = { bins: [0, 1], weights: [1] }
    assert.deepEqual(await observed({ partition_object }, column([null])), [false, null])
  })
})
