import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { parseSuite } from '../../../src/data/expectations/parse-suite.ts'
import type { ValidationResult } from '../../../src/data/expectations/validation-result.ts'
import { validateTable } from '../../../src/data/validate.ts'

const rows = '(SELECT range AS x, NULL::BIGINT AS nothing FROM range(5))'
const noRows = '(SELECT 1 AS x LIMIT 0)'
const nobody = { row_condition: 'col("x")>99', condition_parser: 'great_expectations' }
const between = ['expect_column_values_to_be_between', { column: 'x', min_value: 0 }] as const
const distinct = [
  'expect_column_unique_value_count_to_be_between',
  { column: 'x', max_value: 9 },
] as const

describe('where nothing was checked', () => {
  test('an expectation holds with a note, and fails by the policy of the caller', async () => {
    const asked = [
      [...between],
      [between[0], { ...between[1], column: 'nothing' }],
      [between[0], { ...between[1], ...nobody }],
      [distinct[0], { ...distinct[1], ...nobody }],
      ['expect_column_sum_to_be_between', { column: 'nothing', max_value: 1 }],
    ] as const
    assert.deepEqual(notes(await validate(rows, asked)), [
      [true],
      [true, 'holds because there was no value to check'],
      [true, 'holds because its condition selects no row'],
      [true, 'holds because its condition selects no row'],
      [
        true,
        'there are no values: their sum is 0, as in pandas',
        'holds because there was no value to check',
      ],
    ])
    const strict = await validate(rows, asked, { failsOnEmpty: true })
    assert.deepEqual(
      strict.results.map(({ success }) => success),
      [true, false, false, false, false],
    )
    assert.equal(strict.meta.highest_failing_severity, 'critical')
    assert.deepEqual(strict.results[2]?.meta.warnings, [
      'fails because its condition selects no row',
    ])
  })

  test('a table without rows fails all but what is about rows and columns themselves', async () => {
    const asked = [
      between,
      distinct,
      ['expect_table_row_count_to_equal', { value: 0 }],
      ['expect_column_to_exist', { column: 'x' }],
      ['expect_column_values_to_be_of_type', { column: 'x', type_: 'INTEGER' }],
    ] as const
    const lax = await validate(noRows, asked)
    assert.equal(lax.success, true)
    assert.deepEqual(lax.meta.warnings, ['the table has no rows'])
    const strict = await validate(noRows, asked, { failsOnEmpty: true })
    assert.deepEqual(
      strict.results.map(({ success }) => success),
      [false, false, true, true, true],
    )
  })

  test('the suite may say so itself, and what it says is checked', async () => {
    assert.equal((await validate(noRows, [between], {}, { fail_on_empty: true })).success, false)
    assert.equal((await validate(noRows, [between], {}, { fail_on_empty: false })).success, true)
    const odd = await validate(noRows, [between], {}, { fail_on_empty: 'no' })
    assert.equal(odd.success, false)
    assert.match(odd.meta.warnings?.join() ?? '', /meta\.fail_on_empty is "no", expected true/)
    const lax = await validate(noRows, [between], { failsOnEmpty: false }, { fail_on_empty: true })
    assert.equal(lax.success, true)
  })

  test('an expectation that fails anyway and one that cannot be asked stay as they are', async () => {
    const asked = [
      ['expect_column_mean_to_be_between', { column: 'nothing', min_value: 0 }],
      ['expect_column_values_to_be_between', { column: 'y', min_value: 0 }],
    ] as const
    assert.deepEqual(
      (await validate(rows, asked, { failsOnEmpty: true })).results,
      (await validate(rows, asked)).results,
    )
  })
})

function notes({ results }: ValidationResult): readonly (readonly unknown[])[] {
  return results.map(({ success, meta }) => [success, ...(meta.warnings ?? [])])
}

async function validate(
  relation: string,
  asked: readonly (readonly [type: string, kwargs: object])[],
  options: { readonly failsOnEmpty?: boolean } = {},
  meta: object = {},
): Promise<ValidationResult> {
  using database = await openDatabase()
  const expectations = asked.map(([type, kwargs]) => ({ type, kwargs }))
  const suite = parseSuite(JSON.stringify({ name: 's', meta, expectations }), 's.json')
  return await validateTable({ database, relation, suite, ...options })
}
