import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { assertClose } from '../../assert-close.ts'
import { emptyTable, one, outcome, success, table } from './hold-table.ts'

describe('expectations about one number of a column', () => {
  const observed = async (statistic: string, column: string, relation = table): Promise<unknown> =>
    (await outcome(`column_${statistic}_to_be_between`, { column }, relation))[1]['observed_value']

  test('the numbers, by hand', async () => {
    assert.equal(await observed('min', 'i'), 1)
    assert.equal(await observed('max', 'i'), 50)
    assert.equal(await observed('sum', 'i'), 58)
    assert.equal(await observed('mean', 'i'), 58 / 5)
    assert.equal(await observed('median', 'i'), 2)
    assert.equal(await observed('median', 'k'), 3.5)
    // 1 … 6: the squares of ±2.5, ±1.5, ±0.5 sum to 17.5
    assertClose(Number(await observed('stdev', 'k')), Math.sqrt(17.5 / 5))
    assert.equal(await observed('unique_value_count', 'i'), 4)
    assert.equal(await observed('proportion_of_unique_values', 'i'), 4 / 5)
    assert.equal(await observed('mean', 'b'), 3 / 5)
    assert.equal(await observed('min', 'd'), '2024-01-01')
    assert.equal(await observed('max', 'f'), 'Infinity')
    assert.equal(await observed('min', 'f'), -1)
    assert.equal(await observed('stdev', 'f'), null)
  })

  test('limits decide, strict when asked', async () => {
    const max = (kwargs: object): Promise<boolean> =>
      success('column_max_to_be_between', { column: 'i', ...kwargs })
    assert.equal(await max({ min_value: 50, max_value: 50 }), true)
    assert.equal(await max({ max_value: 50, strict_max: true }), false)
    assert.equal(await max({ min_value: 50.5 }), false)
    assert.equal(
      await success('column_max_to_be_between', { column: 'd', max_value: '2024-02-02' }),
      true,
    )
    assert.equal(
      await success('column_max_to_be_between', { column: 'd', max_value: '2024-02-01' }),
      false,
    )
  })

  test('without values there is no number, and the expectation fails even without limits', async () => {
    for (const statistic of ['min', 'max', 'mean', 'median', 'stdev']) {
      for (const relation of [table, emptyTable]) {
        const found = await outcome(`column_${statistic}_to_be_between`, { column: 'n' }, relation)
        assert.deepEqual(found, [false, { observed_value: null }], statistic)
      }
    }
    assert.deepEqual(
      await outcome('column_unique_value_count_to_be_between', { column: 'n', max_value: 0 }),
      [true, { observed_value: 0 }],
    )
    assert.equal(await observed('proportion_of_unique_values', 'n'), 0)
  })

  test('the sum of no values is 0, with a warning', async () => {
    const result = await one('column_sum_to_be_between', { column: 'n', min_value: 0 })
    assert.equal(result.success, true)
    assert.deepEqual(result.result, { observed_value: 0 })
    assert.match(String(result.meta.warnings), /no values/)
    assert.equal((await one('column_sum_to_be_between', { column: 'k' })).meta.warnings, undefined)
  })

  test('one value has no standard deviation, equal values have 0', async () => {
    assert.equal(await observed('stdev', 'x', '(SELECT 3 AS x)'), null)
    assert.equal(await observed('stdev', 'x', '(SELECT 0.1 AS x FROM range(2))'), 0)
  })

  test('infinities of both signs have no mean', async () => {
    const both = `(SELECT * FROM (VALUES ('inf'::DOUBLE), ('-inf'::DOUBLE)) v(x))`
    assert.equal(await observed('mean', 'x', both), null)
    assert.equal(await observed('sum', 'x', both), null)
  })
})
