import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { hideValues } from '../../../src/data/expectations/hide-values.ts'
import { parseSuite } from '../../../src/data/expectations/parse-suite.ts'
import type { ResultFormatOption } from '../../../src/data/expectations/result-settings.ts'
import { validateTable } from '../../../src/data/validate.ts'
import { renderValidation } from '../../../src/data/validation-text.ts'

// Every value of the table has these digits or letters in it; the suite has none.
const table = `(SELECT 'secret ' || range AS name, 777000 + range AS id, '{"a": 777' AS json FROM range(9))`
const secret = /secret|777/

const asked = [
  { type: 'expect_column_values_to_be_in_set', kwargs: { column: 'name', value_set: ['a'] } },
  { type: 'expect_column_max_to_be_between', kwargs: { column: 'id', max_value: 5 } },
  { type: 'expect_column_distinct_values_to_equal_set', kwargs: { column: 'id', value_set: [1] } },
  {
    type: 'expect_column_most_common_value_to_be_in_set',
    kwargs: { column: 'name', value_set: ['a'] },
  },
  {
    type: 'expect_column_values_to_match_json_schema',
    kwargs: { column: 'json', json_schema: {} },
  },
  { type: 'expect_column_pair_values_to_be_equal', kwargs: { column_A: 'id', column_B: 'name' } },
  { type: 'expect_compound_columns_to_be_unique', kwargs: { column_list: ['json', 'json'] } },
  {
    type: 'expect_column_quantile_values_to_be_between',
    kwargs: { column: 'id', quantile_ranges: { quantiles: [0.5], value_ranges: [[1, 2]] } },
  },
]

describe('a result with hidden values', () => {
  const formats: readonly ResultFormatOption[] = [
    'BASIC',
    'SUMMARY',
    'COMPLETE',
    {
      result_format: 'COMPLETE',
      unexpected_index_column_names: ['id'],
      include_unexpected_rows: true,
    },
  ]
  for (const format of formats) {
    test(`has none of them, as JSON and as text, in the form ${JSON.stringify(format)}`, async () => {
      const open = await validate(format)
      assert.match(JSON.stringify(open), secret)
      const hidden = hideValues(open)
      assert.doesNotMatch(JSON.stringify(hidden), secret)
      assert.doesNotMatch(renderValidation(hidden), secret)
    })
  }

  test('keeps verdicts, counts, shares and positions of rows', async () => {
    const open = await validate('SUMMARY')
    const hidden = hideValues(open)
    assert.deepEqual(hidden.statistics, open.statistics)
    assert.deepEqual(hidden.results[0]?.result, {
      element_count: 9,
      unexpected_count: 9,
      unexpected_percent: 100,
      missing_count: 0,
      missing_percent: 0,
      unexpected_percent_total: 100,
      unexpected_percent_nonmissing: 100,
      partial_unexpected_index_list: [0, 1, 2, 3, 4, 5, 6, 7, 8],
    })
    assert.match(
      renderValidation(hidden),
      /'name' must be one of 'a': 9 of 9 rows \(100 %\) do not$/m,
    )
    assert.deepEqual(hideValues(hidden), hidden)
  })

  test('says how many notes it hides', async () => {
    const open = await validate('SUMMARY')
    const noted = { ...open, meta: { ...open.meta, warnings: ['secret', 'b'] } }
    assert.deepEqual(hideValues(noted).meta.warnings, ['2 notes are hidden'])
  })
})

async function validate(resultFormat: ResultFormatOption) {
  using database = await openDatabase()
  const suite = parseSuite(JSON.stringify({ name: 's', expectations: asked }), 's.json')
  return await validateTable({ database, relation: table, suite, resultFormat })
}
