/** A column of a text file in which no row has a value has no type: expectations of any type hold for it. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { openDatabase, type Database } from '../../../src/data/duckdb-store.ts'
import { parseSuite } from '../../../src/data/expectations/parse-suite.ts'
import { splitTable } from '../../../src/data/quarantine/split-table-file.ts'
import { openTable } from '../../../src/data/reading/open-table-file.ts'
import type { ReadOptions } from '../../../src/data/reading/read-options.ts'
import { validateTable } from '../../../src/data/validate.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

const folder = makeScratchFolder()
const files = {
  csv: write('rows.csv', 'a,gap,other\n1,,\n2,NA,\n3,,\n'),
  'JSON lines': write(
    'rows.jsonl',
    '{"a":1,"gap":null,"other":null}\n{"a":2}\n{"a":3,"gap":null}\n',
  ),
  'csv without rows': write('none.csv', 'a,gap,other\n'),
}
const column = 'gap'
/** One of each type that values can have. */
const ofAnyType = [
  ['expect_column_values_to_be_between', { column, min_value: 1, max_value: 5 }],
  ['expect_column_values_to_be_between', { column, min_value: '2025-01-01T00:00:00' }],
  ['expect_column_values_to_be_in_set', { column, value_set: [true] }],
  ['expect_column_values_to_match_regex', { column, regex: '^x' }],
  ['expect_column_value_z_scores_to_be_less_than', { column, threshold: 3, double_sided: true }],
  ['expect_column_pair_values_a_to_be_greater_than_b', { column_A: 'gap', column_B: 'other' }],
  ['expect_column_values_to_be_of_type', { column, type_: 'float64' }],
  ['expect_column_values_to_be_in_type_list', { column, type_list: ['BIGINT'] }],
] as const

describe('a column without a value and without a type', () => {
  for (const [what, file] of Object.entries(files)) {
    test(`${what}: holds whatever type is asked for, and says that nothing was checked`, async () => {
      const { results, meta } = await validate(file, ofAnyType)
      assert.deepEqual(
        results.map(({ success, exception_info: info }) => [success, info.exception_message]),
        ofAnyType.map(() => [true, null]),
      )
      const isNoted = results.every(({ meta: { warnings = [] } }) =>
        warnings.some((each) => /holds because/.test(each)),
      )
      assert.ok(isNoted || meta.warnings?.includes('the table has no rows'))
    })
  }

  test('fails where nothing may be left unchecked', async () => {
    const { results } = await validate(files.csv, ofAnyType, { failsOnEmpty: true })
    assert.ok(results.every(({ success }) => !success))
  })

  test('an aggregate of no values is none: it fails as of a column with a type', async () => {
    const { results } = await validate(files.csv, [
      ['expect_column_mean_to_be_between', { column, min_value: 1 }],
    ])
    assert.deepEqual(
      results.map(({ success, result }) => [success, result]),
      [[false, { observed_value: null }]],
    )
  })

  test('has a type where one is asked for, or where a row has a value', async () => {
    const asked = [ofAnyType[0], ofAnyType[6]]
    const written = await validate(files.csv, asked, {}, { types: { gap: 'text' } })
    assert.deepEqual(
      written.results.map(({ success }) => success),
      [false, false],
    )
    const file = write('one.csv', 'a,gap,other\n1,,\n2,x,\n')
    const found = await validate(file, asked)
    assert.match(JSON.stringify(found.results[0]?.exception_info), /'gap' is VARCHAR/)
    assert.deepEqual(found.results[1]?.result, { observed_value: 'VARCHAR' })
  })

  test('what cannot be asked of any type is said of the table as it was read', async () => {
    const { results } = await validate(files.csv, [
      ['expect_column_values_to_be_between', { column: 'gab', min_value: 1 }],
    ])
    assert.match(JSON.stringify(results[0]?.exception_info), /there is no column 'gab'/)
  })

  test('no row is split off for it, and those of other columns are', async () => {
    using database = await openDatabase()
    await using opened = await openTable(database, files.csv)
    const suite = suiteOf([
      ofAnyType[0],
      ['expect_column_values_to_be_between', { column: 'a', max_value: 2 }],
    ])
    const path = join(folder, 'split.csv')
    const split = await splitTable({ database, table: opened.table, suite, parameters: {}, path })
    assert.equal(split.failing.rows, 1)
    assert.deepEqual(split.notSplit, [])
  })
})

type Asked = readonly (readonly [string, Readonly<Record<string, unknown>>])[]

function write(name: string, text: string): string {
  const path = join(folder, name)
  writeFileSync(path, text)
  return path
}

function suiteOf(asked: Asked): ReturnType<typeof parseSuite> {
  const expectations = asked.map(([type, kwargs]) => ({ type, kwargs }))
  return parseSuite(JSON.stringify({ name: 's', expectations }), 'suite.json')
}

async function validate(
  file: string,
  asked: Asked,
  options: { readonly failsOnEmpty?: boolean } = {},
  reading: ReadOptions = {},
): ReturnType<typeof validateTable> {
  using database: Database = await openDatabase()
  await using opened = await openTable(database, file, reading)
  return await validateTable({
    database,
    relation: opened.table,
    suite: suiteOf(asked),
    ...options,
  })
}
