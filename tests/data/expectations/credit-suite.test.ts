/** The reference project's own suite, held against a table that keeps to it and against broken ones. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createRandom } from '../../../src/core/random.ts'
import { openDatabase, quoteName } from '../../../src/data/duckdb-store.ts'
import type {
  ExpectationResult,
  ValidationResult,
} from '../../../src/data/expectations/validation-result.ts'
import { generateTable } from '../../../src/data/generate.ts'
import { validateTable } from '../../../src/data/validate.ts'
import { readSuite } from '../../../src/data/validation-file.ts'
import project from '../../../project.ts'
import { createCreditTable, creditColumns } from './generated-credit-store.ts'

const suite = await readSuite(
  join(import.meta.dirname, '../../../expectations/credit_default.json'),
)

describe('expectations/credit_default.json', () => {
  test('a table that keeps to the codebook passes whole', async () => {
    const result = await validateCredit(1000)
    assert.deepEqual(failures(result), [])
    assert.equal(result.success, true)
  })

  test('it speaks of exactly the columns of the project', () => {
    assert.deepEqual(creditColumns, Object.keys(project.schema.fields))
    const list = suite.expectations.find(({ type }) => type.endsWith('_to_match_ordered_list'))
    assert.deepEqual(list?.kwargs['column_list'], creditColumns)
    for (const name of creditColumns) {
      const about = suite.expectations.filter(({ kwargs }) => kwargs['column'] === name)
      assert.ok(about.length >= 3, `${name}: type, not null and its values`)
    }
  })

  test('undocumented codes are a warning and nothing worse', async () => {
    const result = await validateCredit(1000, (value, row, column) => {
      if (column === 'EDUCATION' && row === 5) return 6
      return column === 'MARRIAGE' && row === 6 ? 0 : value
    })
    assert.deepEqual(failures(result), ['in_set EDUCATION', 'in_set MARRIAGE'])
    assert.equal(result.meta.highest_failing_severity, 'warning')
  })

  const broken: readonly [string, string, number | null, string][] = [
    ['a repeated client', 'ID', 1, 'unique ID'],
    ['no limit', 'LIMIT_BAL', 0, 'between LIMIT_BAL'],
    ['a third sex', 'SEX', 3, 'in_set SEX'],
    ['a minor', 'AGE', 17, 'between AGE'],
    ['a delay beyond the codebook', 'PAY_3', 10, 'between PAY_3'],
    ['a negative payment', 'PAY_AMT4', -1, 'between PAY_AMT4'],
    ['an absurd bill', 'BILL_AMT2', 1e9, 'between BILL_AMT2'],
    ['a missing cell', 'BILL_AMT6', null, 'not_be_null BILL_AMT6'],
    [
      'a target that is neither 0 nor 1',
      'default.payment.next.month',
      2,
      'in_set default.payment.next.month',
    ],
  ]
  for (const [what, column, cell, expected] of broken) {
    test(`${what} is critical`, async () => {
      const result = await validateCredit(1000, (value, row, name) =>
        name === column && row === 9 ? cell : value,
      )
      assert.deepEqual(failures(result), [expected])
      assert.equal(result.meta.highest_failing_severity, 'critical')
    })
  }

  test('a swapped target and too few rows are critical', async () => {
    const swapped = await validateCredit(1000, (value, _, name) =>
      name === 'default.payment.next.month' ? 1 - value : value,
    )
    assert.deepEqual(failures(swapped), ['mean default.payment.next.month'])
    assert.deepEqual(failures(await validateCredit(999)), ['row_count'])
  })

  for (const seed of [7, 8, 9]) {
    test(`generated demonstration data of seed ${seed} pass all that is critical`, async () => {
      using database = await openDatabase()
      const { schema, key, target } = project
      const table = generateTable(schema, { rows: 2000, key, target, random: createRandom(seed) })
      const names = [...table.keys()].map((name) => `${quoteName(name)} BIGINT`)
      await database.run(`CREATE TABLE demo (${names.join(', ')})`)
      const rows = Array.from(
        { length: 2000 },
        (_, r) => `(${[...table.values()].map((column) => column[r]).join(', ')})`,
      )
      await database.run(`INSERT INTO demo VALUES ${rows.join(', ')}`)
      const result = await validateTable({ database, relation: 'demo', suite })
      const critical = result.results.filter(
        ({ success, expectation_config: { severity } }) => !success && severity === 'critical',
      )
      assert.deepEqual(critical.map(describeResult), [])
    })
  }
})

async function validateCredit(
  rows: number,
  change?: (value: number, row: number, column: string) => number | null,
): Promise<ValidationResult> {
  using database = await openDatabase()
  await createCreditTable(database, rows, change)
  return await validateTable({ database, relation: 'credit', suite })
}

function failures(result: ValidationResult): string[] {
  return result.results.filter(({ success }) => !success).map(describeResult)
}

/** 'in_set SEX' */
function describeResult({ expectation_config: { type, kwargs } }: ExpectationResult): string {
  const short = type
    .replace(/^expect_(table|column)_(values_)?(to_)?/, '')
    .replace(/_?to_be_between$/, '')
  const column = kwargs['column']
  const what = short.replace(/^be_/, '') || 'between'
  return typeof column === 'string' ? `${what} ${column}` : what
}
