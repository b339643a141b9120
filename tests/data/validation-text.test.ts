import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openDatabase } from '../../src/data/duckdb-store.ts'
import { parseSuite } from '../../src/data/expectations/parse-suite.ts'
import type { ValidationResult } from '../../src/data/expectations/validation-result.ts'
import { validateTable } from '../../src/data/validate.ts'
import { renderValidation } from '../../src/data/validation-text.ts'

const table = '(SELECT range AS x, range % 8 AS y FROM range(200))'

describe('renderValidation', () => {
  test('shows each failure as a sentence with its place, counts and first values, critical ones first', async () => {
    const result = await validate([
      ['expect_column_values_to_be_between', { column: 'y', max_value: 1 }, 'warning'],
      ['expect_column_values_to_be_unique', { column: 'x' }, 'critical'],
      ['expect_column_mean_to_be_between', { column: 'x', max_value: 50 }, 'info'],
      ['expect_column_to_exist', { column: 'z' }, 'critical'],
      ['expect_column_max_to_be_between', { column: 'zz' }, 'critical'],
      ['expect_table_columns_to_match_ordered_list', { column_list: ['x'] }, 'critical'],
      ['expect_compound_columns_to_be_unique', { column_list: ['y', 'x'] }, 'critical'],
      [
        'expect_column_pair_values_a_to_be_greater_than_b',
        { column_A: 'y', column_B: 'x' },
        'critical',
      ],
      [
        'expect_column_values_to_be_in_set',
        { column: 'y', value_set: ['7', 0, 1, 2, 3, 4, 5, 6, 7] },
        'info',
      ],
    ])
    assert.deepEqual(renderValidation(result).split('\n'), [
      "critical: expectations[3] there must be a column 'z': does not hold",
      "critical: expectations[4] the greatest value of 'zz' must be whatever it is: could not be checked: there is no column 'zz'; the columns are: x, y",
      `critical: expectations[5] the columns must be, in this order, 'x': differs: [{"Expected Column Position":1,"Expected":null,"Found":"y"}]`,
      "critical: expectations[7] 'y' must be greater than 'x': 200 of 200 rows (100 %) do not, such as [0,0], [1,1], [2,2], [3,3], [4,4], …",
      "warning: expectations[0] 'y' must be at most 1: 150 of 200 rows (75 %) do not, such as 2, 3, 4, 5, 6, …",
      "info: expectations[2] the mean of 'x' must be at most 50: it is 99.5",
      "note: expectations[8] 'y' must be one of '7', 0, 1, 2, 3, 4, 5, 6, 7: 'y' is BIGINT: '7' of the value_set can never match",
      "suite 's': 3 of 9 expectations hold; failed: 4 critical, 1 warning, 1 info",
    ])
  })

  test('control characters of the data are escaped, and what is said of the table is noted', async () => {
    using database = await openDatabase()
    const item = {
      type: 'expect_column_values_to_be_in_set',
      kwargs: { column: 'x', value_set: ['a'] },
    }
    const suite = parseSuite(JSON.stringify({ name: 's', expectations: [item] }), 's')
    const relation = "(SELECT 'b' || chr(27) || '[2J' || chr(155) || chr(10) AS x)"
    const text = renderValidation(
      await validateTable({ database, relation, suite: { ...suite, warnings: ['old'] } }),
    )
    assert.match(text, /such as 'b\\u001b\[2J\\u009b\\u000a'/)
    assert.deepEqual(text.split('\n').slice(1), [
      'note: old',
      "suite 's': 0 of 1 expectations hold; failed: 1 critical",
    ])
    const empty = await validateTable({ database, relation: `(SELECT 1 AS x LIMIT 0)`, suite })
    assert.match(renderValidation(empty), /note: the table has no rows/)
  })

  test('one row reads as one', async () => {
    using database = await openDatabase()
    const result = await validateTable({
      database,
      relation: '(SELECT unnest([7, NULL]) AS x)',
      suite: {
        name: 's',
        meta: {},
        expectations: [
          {
            type: 'expect_column_values_to_be_between',
            kwargs: { column: 'x', max_value: 5 },
            meta: {},
            severity: 'critical',
          },
        ],
      },
    })
    assert.match(
      renderValidation(result),
      /: 1 of 1 row \(100 %\) does not, such as 7; 1 row without a value does not count\n/,
    )
  })

  test('quantiles stand with what they are', async () => {
    const ranges = {
      quantiles: [0, 0.5, 1],
      value_ranges: [
        [1, 2],
        [null, 9],
        [0, null],
      ],
    }
    const kwargs = { column: 'x', quantile_ranges: ranges }
    const result = await validate([['expect_column_quantile_values_to_be_between', kwargs, 'info']])
    assert.match(renderValidation(result), /: they are 0: 0, 0\.5: 100, 1: 199\n/)
  })

  test('long lists of failures and notes are cut, and the rest is counted', async () => {
    const items = Array.from(
      { length: 80 },
      (_, i) => ['expect_column_to_exist', { column: `c${i}` }, 'info'] as const,
    )
    const result = await validate(items)
    const noted = { ...result, meta: { ...result.meta, warnings: Array(25).fill('odd') } }
    const lines = renderValidation(noted).split('\n')
    assert.equal(lines.length, 50 + 1 + 20 + 1 + 1)
    assert.equal(lines[50], '… and 30 more failed expectations')
    assert.equal(lines.at(-2), '… and 5 more notes')
  })

  test('is one line when all hold', async () => {
    const result = await validate([['expect_column_to_exist', { column: 'x' }, 'critical']])
    assert.equal(renderValidation(result), "suite 's': 1 of 1 expectations hold")
  })
})

describe('highest_failing_severity', () => {
  const failing = ['expect_column_to_exist', { column: 'z' }] as const
  const holding = ['expect_column_to_exist', { column: 'x' }] as const

  const worstOf = async (...suite: Parameters<typeof validate>) =>
    (await validate(...suite)).meta.highest_failing_severity

  test('is that of the worst failure, and null without one', async () => {
    assert.equal(await worstOf([[...holding, 'critical']]), null)
    assert.equal(
      await worstOf([
        [...failing, 'info'],
        [...holding, 'critical'],
      ]),
      'info',
    )
    assert.equal(
      await worstOf([
        [...failing, 'warning'],
        [...failing, 'critical'],
        [...failing, 'info'],
      ]),
      'critical',
    )
  })
})

async function validate(
  items: readonly (readonly [type: string, kwargs: object, severity: string])[],
): Promise<ValidationResult> {
  using database = await openDatabase()
  const expectations = items.map(([type, kwargs, severity]) => ({ type, kwargs, severity }))
  const suite = parseSuite(JSON.stringify({ name: 's', expectations }), 's.json')
  return await validateTable({ database, relation: table, suite })
}
