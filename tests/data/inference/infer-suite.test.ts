import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { ToolkitError } from '../../../src/core/errors.ts'
import { type Database, openDatabase } from '../../../src/data/duckdb-store.ts'
import { parseSuite } from '../../../src/data/expectations/parse-suite.ts'
import type { Suite } from '../../../src/data/expectations/suite.ts'
import { formatSuite } from '../../../src/data/expectations/write-suite.ts'
import { inferSuite } from '../../../src/data/inference/infer-suite.ts'
import { strictnesses, type Strictness } from '../../../src/data/inference/strictness.ts'
import { type SuitePart, suiteParts } from '../../../src/data/inference/suite-parts.ts'
import type { Profile } from '../../../src/data/profile/profile.ts'
import { profileTable } from '../../../src/data/profile/profile-table.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'
import { validateTable } from '../../../src/data/validate.ts'

let database: Database
before(async () => (database = await openDatabase()))
after(() => database[Symbol.dispose]())

async function profileOf(relation: string): Promise<Profile> {
  return profileTable(database, await describeTable(database, relation))
}

async function infer(relation: string, strictness: Strictness = 'normal'): Promise<Suite> {
  return inferSuite(await profileOf(relation), { name: 's', strictness })
}

/** The expectations about a column: the ends of their types, and the arguments besides the column. */
async function about(select: string, strictness: Strictness = 'normal'): Promise<unknown[]> {
  const { expectations } = await infer(`(SELECT ${select} AS x FROM range(100) t(i))`, strictness)
  return expectations
    .filter(({ kwargs }) => kwargs['column'] === 'x')
    .map(({ type, kwargs }) => [
      type.replace(/^expect_column_(values_)?/, ''),
      Object.fromEntries(Object.entries(kwargs).filter(([name]) => name !== 'column')),
    ])
}

const whole = ['to_be_in_type_list', { type_list: ['BIGINT', 'int64'] }]
const present = ['to_not_be_null', {}]

describe('inferSuite', () => {
  test('takes few whole numbers and few texts for codes', async () => {
    assert.deepEqual(await about('i % 3', 'strict'), [
      whole,
      present,
      ['to_be_in_set', { value_set: [0, 1, 2] }],
    ])
    assert.deepEqual((await about("'v' || i % 2", 'strict')).at(-1), [
      'to_be_in_set',
      { value_set: ['v0', 'v1'] },
    ])
  })

  test('gives other numbers limits with a margin, and keys their uniqueness', async () => {
    assert.deepEqual(await about('i + 50'), [
      whole,
      present,
      ['to_be_unique', {}],
      ['to_be_between', { min_value: 40, max_value: 159 }],
      ['to_be_between', { min_value: 0, max_value: 246, mostly: 0.95 }],
    ])
    assert.deepEqual((await about('i + 50', 'strict')).slice(3), [
      ['to_be_between', { min_value: 50, max_value: 149 }],
    ])
    assert.deepEqual((await about('i + 50', 'loose')).slice(2), [
      ['to_be_between', { min_value: 0, max_value: 248 }],
      ['to_be_between', { min_value: 0, max_value: 442, mostly: 0.9 }],
    ])
  })

  test('lets as much be missing as was, and some more', async () => {
    assert.deepEqual((await about('CASE WHEN i >= 10 THEN i END')).slice(2, 4), [
      ['to_not_be_null', { mostly: 0.85 }],
      ['to_not_be_null', { mostly: 0.7 }],
    ])
    assert.deepEqual(await about('NULL::DOUBLE'), [])
  })

  test('knows that pandas has no missing whole numbers, and keeps to whole numbers all the same', async () => {
    assert.deepEqual((await about('CASE WHEN i >= 10 THEN i END')).slice(0, 2), [
      ['to_be_in_type_list', { type_list: ['BIGINT', 'int64', 'float64'] }],
      ['to_match_regex', { regex: String.raw`^-?\d+(\.0)?$` }],
    ])
  })

  test('leaves out the parts it is told to', async () => {
    const profile = await profileOf("(SELECT i, 'v' || i % 3 AS t FROM range(100) t(i))")
    const without = suiteParts.filter((part) => part !== 'sets' && part !== 'columns')
    assert.deepEqual(
      inferSuite(profile, { name: 's', without }).expectations.map(({ type }) => type),
      [
        'expect_table_columns_to_match_set',
        'expect_column_values_to_be_in_set',
        'expect_column_values_to_be_in_set',
      ],
    )
  })

  test('knows nothing of types and patterns of numbers and days when it is to leave types out', async () => {
    const cells =
      "CASE WHEN i > 3 THEN i END AS i, DATE '2024-01-31' + i::INTEGER AS day, '00' || i AS t"
    const profile = await profileOf(`(SELECT ${cells} FROM range(100) t(i))`)
    const named = (without: readonly SuitePart[]): unknown =>
      inferSuite(profile, { name: 's', without }).expectations.flatMap(({ type, kwargs }) =>
        /type_list|regex|min_to/.test(type)
          ? [`${JSON.stringify(kwargs['column'])} ${type.slice(14)}`]
          : [],
      )
    const [regex, list, min] = [
      'values_to_match_regex',
      'values_to_be_in_type_list',
      'min_to_be_between',
    ]
    assert.deepEqual(named([]), [
      `"i" ${list}`,
      `"i" ${regex}`,
      `"day" ${regex}`,
      `"day" ${min}`,
      `"t" ${list}`,
      `"t" ${regex}`,
    ])
    assert.deepEqual(named(['types']), [`"day" ${min}`, `"t" ${regex}`])
    assert.deepEqual(named(['types', 'days']), [`"t" ${regex}`])
    assert.deepEqual(named(['patterns', 'days']), [
      `"i" ${list}`,
      `"i" ${regex}`,
      `"day" ${regex}`,
      `"t" ${list}`,
    ])
  })

  test('speaks of the named columns only, whatever others there are', async () => {
    const profile = await profileOf('(SELECT i, i / 7 AS f FROM range(100) t(i))')
    const suite = inferSuite(profile, { name: 's', columns: ['f'], strictness: 'strict' })
    assert.deepEqual(suite.expectations[1]?.kwargs, { column_set: ['f'], exact_match: false })
    assert.ok(suite.expectations.slice(2).every(({ kwargs }) => kwargs['column'] === 'f'))
    assert.throws(
      () => inferSuite(profile, { name: 's', columns: ['F1', 'f'] }),
      (error) => error instanceof ToolkitError && error.code === 'DATA_COLUMN_MISSING',
    )
  })

  /** What is worst of what fails where these rows come instead. */
  async function worst(select: string, strictness: Strictness = 'normal'): Promise<unknown> {
    const was = `ln(1 - i / 1001) * -2000 + 500 AS income, 18 + i % 60 AS age,
      ['Ulm', 'Bonn', 'Kiel'][1 + i % 3] AS town, CASE WHEN i % 20 > 0 THEN i % 37 / 3 END AS debt`
    const rows = (cells: string): string => `(SELECT ${cells} FROM range(1000) t(i))`
    const suite = inferSuite(await profileOf(rows(was)), {
      name: 's',
      strictness,
      without: ['keys'],
    })
    const { meta } = await validateTable({
      database,
      relation: `(SELECT * REPLACE (${select}) FROM ${rows(`${was}, i`)})`,
      suite: {
        ...suite,
        expectations: suite.expectations.filter(({ type }) => !/table_columns/.test(type)),
      },
    })
    return meta.highest_failing_severity
  }

  test('takes what drifts for a warning, and what is broken for critical', async () => {
    const drifted = [
      'income * 1.5 + 2000 AS income',
      'age + 15 AS age',
      "CASE WHEN i % 5 = 0 THEN 'Mainz' ELSE town END AS town",
      'CASE WHEN i % 6 > 0 THEN debt END AS debt',
      'CASE WHEN i % 50 = 0 THEN income * 100 ELSE income END AS income',
    ]
    for (const select of drifted) {
      assert.equal(await worst(select), 'warning', select)
      assert.equal(await worst(select, 'strict'), select.includes('debt') ? 'warning' : 'critical')
    }
    const broken = [
      'income * 100 AS income',
      '-income AS income',
      'age + 1900 AS age',
      'upper(town) AS town',
      'CASE WHEN i % 5 > 1 THEN debt END AS debt',
      'NULL::BIGINT AS age',
    ]
    for (const select of broken) assert.equal(await worst(select), 'critical', select)
    assert.equal(await worst('income AS income'), null)
  })

  test('finds nothing critical in columns that nobody learns from, nor in chance repeats beside the key', async () => {
    const profile = await profileOf(
      "(SELECT i AS id, i * 7 AS n, 'x' || i AS note FROM range(100) t(i))",
    )
    const { expectations } = inferSuite(profile, { name: 's', key: 'id', idle: ['note'] })
    const unique = expectations.filter(({ type }) => type.endsWith('unique'))
    assert.deepEqual(
      unique.map(({ kwargs, severity }) => [kwargs['column'], severity]),
      [
        ['id', 'critical'],
        ['n', 'warning'],
        ['note', 'warning'],
      ],
    )
    const ofNote = expectations.filter(({ kwargs }) => kwargs['column'] === 'note')
    assert.deepEqual(ofNote, unique.slice(2))
  })

  test('tells what texts look like', async () => {
    assert.deepEqual((await about("'00' || i")).slice(-2), [
      ['value_lengths_to_be_between', { min_value: 1, max_value: 8, mostly: 0.95 }],
      ['to_match_regex', { regex: String.raw`^0\d+$`, mostly: 0.95 }],
    ])
  })

  test('gives days a beginning', async () => {
    assert.deepEqual(await about("DATE '2024-01-31' + i::INTEGER"), [
      present,
      ['to_match_regex', { regex: String.raw`^\d{4}-\d{2}-\d{2}` }],
      ['min_to_be_between', { min_value: '2024-01-31' }],
    ])
  })

  test('asks for the first day only where there is one', async () => {
    const [, { row_condition: condition }] = (
      await about("CASE WHEN i >= 10 THEN DATE '2024-01-31' END")
    ).at(-1) as [string, Record<string, unknown>]
    assert.deepEqual(condition, { type: 'nullity', column: { name: 'x' }, is_null: false })
  })

  test('begins before 1970 on the day of the first moment, however little before', async () => {
    const moment = "TIMESTAMP '1969-12-31 23:59:59.9995' + i::INTEGER * INTERVAL 1 DAY"
    assert.deepEqual((await about(moment)).at(-1), [
      'min_to_be_between',
      { min_value: '1969-12-31T00:00:00' },
    ])
  })

  test('gives a reason for everything, and a suite that is read back without a problem', async () => {
    const suite = await infer("(SELECT i, i / 7 AS f, 'v' || i AS t FROM range(100) t(i))")
    assert.ok(suite.expectations.every(({ meta }) => typeof meta['reason'] === 'string'))
    assert.deepEqual(parseSuite(formatSuite(suite), 's.json'), suite)
  })
})

const cells = {
  n: fc.oneof(fc.integer(), fc.maxSafeInteger()).map(String),
  d: fc.double().map((value) => `'${value}'::DOUBLE`),
  t: fc
    .string({ unit: 'grapheme' })
    .map((text) => `'${text.replaceAll("'", "''").replaceAll('\0', '')}'`),
  b: fc.boolean().map(String),
  day: fc
    .date({ min: new Date('1900-01-01'), max: new Date('2100-01-01'), noInvalidDate: true })
    .map((date) => `DATE '${date.toISOString().slice(0, 10)}'`),
}

test('a suite holds for the table that it was made from, whatever is in it', async () => {
  const row = fc.tuple(...Object.values(cells).map((cell) => fc.option(cell, { nil: 'NULL' })))
  await fc.assert(
    fc.asyncProperty(
      fc.array(row, { maxLength: 40 }),
      fc.integer({ min: 1, max: 5 }),
      fc.constantFrom(...strictnesses),
      async (rows, copies, strictness) => {
        await database.run(
          'CREATE OR REPLACE TABLE drawn (n BIGINT, d DOUBLE, t VARCHAR, b BOOLEAN, day DATE)',
        )
        for (let i = 0; i < copies && rows.length > 0; i++) {
          const values = rows.map((line) => `(${line.join(', ')})`)
          await database.run(`INSERT INTO drawn VALUES ${values.join(', ')}`)
        }
        const suite = await infer('drawn', strictness)
        const result = await validateTable({ database, relation: 'drawn', suite })
        const failed = result.results.filter(({ success }) => !success)
        assert.deepEqual(failed, [])
      },
    ),
    { numRuns: 60 },
  )
})
