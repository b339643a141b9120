import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import {
  type Cell,
  type Database,
  openDatabase,
  quoteText,
} from '../../../src/data/duckdb-store.ts'
import { parseSuite } from '../../../src/data/expectations/parse-suite.ts'
import type { Suite } from '../../../src/data/expectations/suite.ts'
import { splitTable, type Split } from '../../../src/data/quarantine/split-table-file.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'
import { validateTable } from '../../../src/data/validate.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

let folder = ''
let database: Database
before(async () => {
  folder = makeScratchFolder()
  database = await openDatabase()
})
after(() => {
  database[Symbol.dispose]()
})

/** age: 30 NULL 17 200 41; code: a a b c d; step: 1 2 3 2 5. */
const people = `(SELECT * FROM (VALUES
  (0, 30, 'a', 1), (1, NULL, 'a', 2), (2, 17, 'b', 3), (3, 200, 'c', 2), (4, 41, 'd', 5)) v(row, age, code, step))`

function suiteOf(expectations: readonly object[]): Suite {
  return parseSuite(JSON.stringify({ name: 's', expectations }), 's.json')
}

function expectation(type: string, kwargs: object, severity = 'critical'): object {
  return { type: `expect_column_${type}`, kwargs, severity, meta: {} }
}

async function split(
  expectations: readonly object[],
  relation = people,
): Promise<Split & { readonly pass: Rows; readonly fail: Rows }> {
  const table = await describeTable(database, relation)
  const path = join(folder, 'rows.parquet')
  const done = await splitTable({ database, table, suite: suiteOf(expectations), path })
  return { ...done, pass: await read(done.passing.path), fail: await read(done.failing.path) }
}

type Rows = readonly Record<string, Cell>[]

function read(path: string): Promise<Rows> {
  return database.query(`SELECT * FROM read_parquet(${quoteText(path)})`)
}

function numbersOf(rows: Rows): Cell[] {
  return rows.map((row) => row['row'] ?? null)
}

describe('rows that break a suite', () => {
  for (const [what, expected, broken] of [
    ['values', expectation('values_to_be_between', { column: 'age', max_value: 100 }), [3]],
    ['missing values', expectation('values_to_not_be_null', { column: 'age' }), [1]],
    ['copies, all of them', expectation('values_to_be_unique', { column: 'code' }), [0, 1]],
    ['the order', expectation('values_to_be_increasing', { column: 'step' }), [3]],
    [
      'texts that only JavaScript can judge',
      expectation('values_to_match_regex', { column: 'code', regex: '^(?!b)' }),
      [2],
    ],
    [
      'the distance from the mean',
      expectation('value_z_scores_to_be_less_than', {
        column: 'age',
        threshold: 1.4,
        double_sided: true,
      }),
      [3],
    ],
    [
      'values where a condition holds',
      expectation('values_to_be_in_set', {
        column: 'code',
        value_set: ['d'],
        row_condition: 'age > 20',
        condition_parser: 'pandas',
      }),
      [0, 3],
    ],
  ] as const) {
    test(`are told by ${what}`, async () => {
      const { pass, fail } = await split([expected])
      assert.deepEqual(numbersOf(fail), broken)
      assert.deepEqual(
        numbersOf(pass),
        [0, 1, 2, 3, 4].filter((row) => !broken.includes(row as never)),
      )
    })
  }

  test('say which expectations they break, all of them', async () => {
    const { fail, broken, reasonColumn } = await split([
      expectation('values_to_be_between', { column: 'age', max_value: 100 }, 'warning'),
      expectation('values_to_not_be_in_set', { column: 'code', value_set: ['c', 'b'] }),
    ])
    const reasons = fail.map((row) => JSON.parse(String(row[reasonColumn])))
    assert.deepEqual(
      reasons.map((list: { index: number }[]) => list.map(({ index }) => index)),
      [[1], [0, 1]],
    )
    assert.deepEqual(reasons[1][0], {
      index: 0,
      type: 'expect_column_values_to_be_between',
      kwargs: { column: 'age', max_value: 100 },
      severity: 'warning',
    })
    assert.deepEqual(broken, [
      { index: 0, rows: 1 },
      { index: 1, rows: 2 },
    ])
  })

  test('are listed where mostly lets the expectation hold', async () => {
    const { fail } = await split([
      expectation('values_to_be_between', { column: 'age', max_value: 100, mostly: 0.5 }),
    ])
    assert.deepEqual(numbersOf(fail), [3])
  })

  test('are none for expectations about the whole table, an absent column or wrong arguments, and it says why', async () => {
    const { pass, fail, notSplit } = await split([
      expectation('mean_to_be_between', { column: 'age', min_value: 1000 }),
      expectation('values_to_not_be_null', { column: 'agee' }),
      expectation('values_to_be_between', { column: 'age' }),
    ])
    assert.deepEqual([pass.length, fail.length], [5, 0])
    assert.deepEqual(
      notSplit.map(({ index }) => index),
      [0, 1, 2],
    )
    assert.match(notSplit[0]!.why, /whole table/)
    assert.match(notSplit[1]!.why, /agee/)
    assert.match(notSplit[2]!.why, /min_value|max_value/)
  })

  test('may have columns of the names that splitting uses', async () => {
    const relation = `(SELECT row AS position, age AS mlpt_reasons, code AS "mlpt_POSITION" FROM ${people})`
    const { fail, reasonColumn } = await split(
      [expectation('values_to_not_be_null', { column: 'mlpt_reasons' })],
      relation,
    )
    assert.deepEqual(
      fail.map((row) => row['position']),
      [1],
    )
    assert.equal(reasonColumn, 'mlpt_reasons_')
  })

  test('are written as CSV where the file is called so', async () => {
    const table = await describeTable(
      database,
      `(SELECT age, code, DATE '2024-01-02' AS day FROM ${people})`,
    )
    const suite = suiteOf([expectation('values_to_not_be_null', { column: 'age' })])
    const done = await splitTable({ database, table, suite, path: join(folder, 'rows.csv') })
    assert.equal(
      readFileSync(done.passing.path, 'utf8'),
      'age,code,day\n30,a,2024-01-02\n17,b,2024-01-02\n200,c,2024-01-02\n41,d,2024-01-02\n',
    )
    assert.match(
      readFileSync(done.failing.path, 'utf8'),
      /^age,code,day,mlpt_reasons\n,a,2024-01-02,"\[/,
    )
  })

  test('are not written under another ending, and then nothing is', async () => {
    const table = await describeTable(database, people)
    const path = join(folder, 'other.xlsx')
    await assert.rejects(
      splitTable({
        database,
        table,
        suite: suiteOf([expectation('to_exist', { column: 'age' })]),
        path,
      }),
      {
        code: 'CLI_USAGE',
        message: /other\.xlsx/,
      },
    )
    assert.ok(!existsSync(join(folder, 'other-passing.xlsx')))
  })
})

test('whole numbers of 128 bits keep all their digits in Parquet, which has none', async () => {
  const ids = [(10n ** 38n - 1n).toString(), '9223372036854775809', '-9007199254740993']
  const relation = `(SELECT * FROM (VALUES ${ids.map((id, i) => `('${id}'::HUGEINT, ${i})`).join(', ')}) v(id, row))`
  const { passing, failing } = await split(
    [expectation('values_to_be_between', { column: 'row', max_value: 1 })],
    relation,
  )
  const kept = await database.query(
    `SELECT CAST(id AS VARCHAR) AS id FROM read_parquet([${quoteText(passing.path)}, ${quoteText(failing.path)}]) ORDER BY row`,
  )
  assert.deepEqual(
    kept.map(({ id }) => id),
    ids,
  )
})

test('every row is in one of the two files, in order, and the passing rows pass', async () => {
  const cell = fc.option(fc.integer({ min: -3, max: 12 }), { nil: null })
  const rows = fc.array(fc.tuple(cell, cell), { maxLength: 30 })
  const suite = suiteOf([
    expectation('values_to_be_between', { column: 'a', min_value: 0, max_value: 9 }),
    expectation('values_to_not_be_null', { column: 'b' }),
    expectation('pair_values_a_to_be_greater_than_b', {
      column_A: 'a',
      column_B: 'b',
      or_equal: true,
      ignore_row_if: 'either_value_is_missing',
    }),
  ])
  await fc.assert(
    fc.asyncProperty(rows, async (drawn) => {
      const values = drawn.map(([a, b], i) => `(${i}, ${a ?? 'NULL'}, ${b ?? 'NULL'})`)
      await database.run('CREATE OR REPLACE TABLE drawn (row BIGINT, a BIGINT, b BIGINT)')
      if (values.length > 0) await database.run(`INSERT INTO drawn VALUES ${values.join(', ')}`)
      const table = await describeTable(database, 'drawn')
      const path = join(folder, 'drawn.parquet')
      const { passing, failing } = await splitTable({ database, table, suite, path })
      const pass = numbersOf(await read(passing.path)).map(Number)
      const fail = numbersOf(await read(failing.path)).map(Number)
      assert.deepEqual([pass.length, fail.length], [passing.rows, failing.rows])
      assert.deepEqual(
        [...pass, ...fail].sort((x, y) => x - y),
        drawn.map((_, i) => i),
      )
      assert.deepEqual(
        pass,
        [...pass].sort((x, y) => x - y),
      )
      assert.deepEqual(
        fail,
        [...fail].sort((x, y) => x - y),
      )
      const relation = `read_parquet(${quoteText(passing.path)})`
      assert.ok((await validateTable({ database, relation, suite })).success)
      const broken = await validateTable({
        database,
        relation: `read_parquet(${quoteText(failing.path)})`,
        suite,
      })
      assert.equal(broken.success, fail.length === 0)
    }),
    { numRuns: 40 },
  )
})
