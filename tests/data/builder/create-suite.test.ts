import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { defineSchema } from '../../../src/core/schema.ts'
import { createSuite } from '../../../src/data/builder/create-suite.ts'
import { nameMethod } from '../../../src/data/builder/method-names.ts'
import { expectationTypes } from '../../../src/data/expectations/catalogue.ts'
import { parseSuite } from '../../../src/data/expectations/parse-suite.ts'
import { formatSuite } from '../../../src/data/expectations/write-suite.ts'

const schema = defineSchema({
  age: { type: 'integer', min: 18 },
  income: { type: 'number' },
  sex: { type: 'category', levels: [1, 2] },
})

describe('createSuite', () => {
  test("writes Great Expectations' types and arguments", () => {
    const { expectations } = createSuite(schema, 'people', (expect) => [
      expect.column('age').toBeBetween(18, 100),
      expect.column('age').toBeBetween(18, undefined, { strict_min: true }),
      expect.column('sex').toBeInSet([1, 2]),
      expect.column('income').toNotBeNull(),
      expect.column('income').meanToBeBetween(1000, 2000),
      expect.column('income').valueZScoresToBeLessThan(3, true),
      expect.column('income').toNotBeOutliers({ method: 'iqr' }),
      expect.pair('income', 'age').aToBeGreaterThanB({ or_equal: true }),
      expect.columns(['age', 'sex']).toBeUnique(),
      expect.columns(['age', 'sex']).sumToEqual(20),
      expect.table.rowCountToBeBetween(1),
      expect.table.columnsToMatchSet(['age', 'sex'], { exact_match: false }),
    ])
    assert.deepEqual(
      expectations.map(({ type, kwargs }) => [type, kwargs]),
      [
        ['expect_column_values_to_be_between', { column: 'age', min_value: 18, max_value: 100 }],
        ['expect_column_values_to_be_between', { column: 'age', min_value: 18, strict_min: true }],
        ['expect_column_values_to_be_in_set', { column: 'sex', value_set: [1, 2] }],
        ['expect_column_values_to_not_be_null', { column: 'income' }],
        [
          'expect_column_mean_to_be_between',
          { column: 'income', min_value: 1000, max_value: 2000 },
        ],
        [
          'expect_column_value_z_scores_to_be_less_than',
          { column: 'income', threshold: 3, double_sided: true },
        ],
        ['expect_column_values_to_not_be_outliers', { column: 'income', method: 'iqr' }],
        [
          'expect_column_pair_values_a_to_be_greater_than_b',
          { column_A: 'income', column_B: 'age', or_equal: true },
        ],
        ['expect_compound_columns_to_be_unique', { column_list: ['age', 'sex'] }],
        ['expect_multicolumn_sum_to_equal', { column_list: ['age', 'sex'], sum_total: 20 }],
        ['expect_table_row_count_to_be_between', { min_value: 1 }],
        ['expect_table_columns_to_match_set', { column_set: ['age', 'sex'], exact_match: false }],
      ],
    )
  })

  test('takes share, severity, reason and condition in any order', () => {
    const condition = {
      or: [
        { column: 'age', isNull: true },
        { column: 'sex', operator: 'IN', value: [1] },
      ],
    } as const
    const [expectation] = createSuite(schema, 'people', (expect) => [
      expect
        .column('age')
        .toBeUnique()
        .because('a key')
        .where(condition)
        .severity('info')
        .mostly(0.5),
    ]).expectations
    assert.deepEqual(expectation, {
      type: 'expect_column_values_to_be_unique',
      kwargs: {
        column: 'age',
        row_condition: {
          type: 'or',
          conditions: [
            { type: 'nullity', column: { name: 'age' }, is_null: true },
            { type: 'comparison', column: { name: 'sex' }, operator: 'IN', parameter: [1] },
          ],
        },
        mostly: 0.5,
      },
      meta: { reason: 'a key' },
      severity: 'info',
    })
  })

  test('gives a suite that is written and read back as it is', () => {
    const suite = createSuite(schema, 'people', (expect) => [
      expect.column('age').toBeBetween(18).severity('warning'),
    ])
    assert.deepEqual(parseSuite(formatSuite(suite), 'people.json'), suite)
  })

  test('names everything that is wrong with the arguments at once', () => {
    assert.throws(
      () =>
        createSuite(schema, 'people', (expect) => [
          expect.column('age').toBeBetween(100, 18),
          expect.column('age').toMatchRegex('('),
          expect.column('age').toBeUnique().mostly(2),
        ]),
      (error: Error) => /100[^]*regex[^]*mostly/.test(error.message),
    )
  })

  test('refuses a column that the schema lacks where no compiler did', () => {
    assert.throws(
      // @ts-expect-error -- the schema has no such column
      () => createSuite(schema, 'people', (expect) => [expect.column('agee').toBeUnique()]),
      { code: 'SUITE_INVALID', message: /'agee'/ },
    )
  })

  test('what is wrong is an error of the compiler', () => {
    createSuite(schema, 'people', (expect) => {
      const age = expect.column('age')
      // The functions are never called: only their types count.
      const wrong = [
        // @ts-expect-error -- a limit is no list
        () => age.toBeBetween([18]),
        // @ts-expect-error -- the set is missing
        () => age.toBeInSet(),
        // @ts-expect-error -- no such argument
        () => age.toBeBetween(18, 100, { strict: true }),
        // @ts-expect-error -- no such expectation
        () => age.toBeFine(),
        // @ts-expect-error -- a mean is not true of a share of the rows
        () => age.meanToBeBetween(1, 2).mostly(0.5),
        // @ts-expect-error -- no such severity
        () => age.toBeUnique().severity('fatal'),
        // @ts-expect-error -- no such column
        () => age.toBeUnique().where({ column: 'agee', isNull: true }),
        // @ts-expect-error -- no such column
        () => expect.pair('age', 'agee'),
        // @ts-expect-error -- no such column
        () => expect.columns(['age', 'agee']),
      ]
      assert.equal(wrong.length, 9)
      return [age.toBeUnique()]
    })
  })
})

test('every type of the catalogue that a table can answer has a method of its own', () => {
  const refused = new Set([
    'expect_query_results_to_match_comparison',
    'unexpected_rows_expectation',
    'expect_table_row_count_to_equal_other_table',
  ])
  const names = [...expectationTypes.keys()].filter((name) => !refused.has(name)).map(nameMethod)
  assert.ok(names.every((name) => name !== undefined))
  assert.equal(new Set(names.map((name) => `${name?.subject}.${name?.method}`)).size, names.length)
  assert.ok(names.length > 50)
})
