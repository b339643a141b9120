/** Rows whose keys and moments are of other types than the facts': equal is what is the same thing, not what a cast makes of it. */

import assert from 'node:assert/strict'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import type { Field } from '../../../src/core/schema.ts'
import { type Database, openDatabase } from '../../../src/data/duckdb-store.ts'
import { defineFeatureView } from '../../../src/data/feature-store/feature-view.ts'
import { saveTrainingSet } from '../../../src/data/feature-store/training-set-file.ts'
import { appendFacts } from '../../../src/data/feature-store/view-store.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'

const cases: readonly (readonly [
  what: string,
  field: Field,
  fact: string,
  rows: readonly (readonly [key: string, finds: boolean])[],
])[] = [
  [
    'whole numbers beyond 2⁵³',
    { type: 'integer' },
    '9007199254740993',
    [
      ['9007199254740992::DOUBLE', false],
      ['9007199254740993::HUGEINT', true],
      ['9007199254740993::DECIMAL(20, 2)', true],
      ['9007199254740993.5::DECIMAL(20, 2)', false],
      ['1e300::DOUBLE', false],
      [`'nan'::DOUBLE`, false],
      [`'inf'::DOUBLE`, false],
      ['99999999999999999999::HUGEINT', false],
    ],
  ],
  [
    'numbers',
    { type: 'number' },
    '9007199254740992::DOUBLE',
    [
      ['9007199254740992', true],
      ['9007199254740993', false],
      ['9007199254740992::DECIMAL(20, 1)', true],
    ],
  ],
  [
    'yes and no',
    { type: 'boolean' },
    'true',
    [
      ['1', true],
      ['2', false],
      ['0.5::DOUBLE', false],
      ['NULL::INTEGER', false],
    ],
  ],
  [
    'days',
    { type: 'date' },
    `DATE '9999-12-31'`,
    [
      [`TIMESTAMP '9999-12-31 00:00:00'`, true],
      [`TIMESTAMP '9999-12-31 10:00:00'`, false],
      [`TIMESTAMPTZ '9999-12-31 00:00:00+00'`, true],
      [`TIMESTAMP_NS '2026-01-01 00:00:00'`, false],
      [`DATE '300000-01-01'`, false],
    ],
  ],
  [
    'moments, to the millisecond',
    { type: 'datetime' },
    `TIMESTAMP '1969-12-31 23:59:59.998900'`,
    [
      [`TIMESTAMP '1969-12-31 23:59:59.998'`, true],
      [`TIMESTAMP '1969-12-31 23:59:59.998001'`, true],
      [`TIMESTAMP '1969-12-31 23:59:59.999'`, false],
      [`TIMESTAMPTZ '1970-01-01 01:59:59.998+02'`, true],
      [`TIMESTAMP_NS '1969-12-31 23:59:59.998'`, true],
      [`DATE '300000-01-01'`, false],
    ],
  ],
]

describe('keys of rows', () => {
  let database: Database
  const root = makeScratchFolder()
  before(async () => {
    database = await openDatabase()
  })
  after(() => database[Symbol.dispose]())

  for (const [what, field, fact, rows] of cases) {
    test(what, async () => {
      const view = viewOf(field)
      const store = join(root, what)
      await append(view, store, `${fact} AS key, DATE '2026-01-01' AS "at", 7 AS x`)
      for (const [key, finds] of rows) {
        for (const knownBy of [undefined, 'row']) {
          const output = join(root, 'joined.parquet')
          const row = `${key} AS key, TIMESTAMP '2026-02-01' AS asked`
          const table = await describeTable(database, `(SELECT ${row})`)
          const options = { timestamp: 'asked', ...(knownBy && { knownBy }) }
          const paths = { store, output }
          await saveTrainingSet(database, table, { views: [{ view }], paths, options })
          const [found] = await database.query(`SELECT x FROM read_parquet('${output}')`)
          assert.equal(found?.['x'], finds ? 7 : null, key)
        }
      }
    })
  }

  test('two whole numbers that are one as doubles are no keys of numbers', async () => {
    const facts = `unnest([9007199254740992, 9007199254740993]) AS key, DATE '2026-01-01' AS "at", 7 AS x`
    await assert.rejects(append(viewOf({ type: 'number' }), join(root, 'doubles'), facts), {
      code: 'DATA_CELL_INVALID',
      message: /'key' has 1 value that is no DOUBLE, such as 9007199254740993/,
    })
  })

  test('moments that no calendar has, and names of the join itself, are told', async () => {
    const view = viewOf({ type: 'integer' })
    const store = join(root, 'whole numbers beyond 2⁵³')
    const paths = { store, output: join(root, 'none.parquet') }
    const joinRow = async (row: string): Promise<unknown> => {
      const table = await describeTable(database, `(SELECT 1 AS key, ${row})`)
      const options = { timestamp: 'asked' }
      return saveTrainingSet(database, table, { views: [{ view }], paths, options })
    }
    for (const moment of [`'infinity'::TIMESTAMP`, `DATE '300000-01-01'`, `'-infinity'::DATE`]) {
      await assert.rejects(joinRow(`${moment} AS asked`), {
        code: 'DATA_CELL_INVALID',
        message: /'asked' has 1 value that is beyond the years 1 to 9999, such as/,
      })
    }
    await assert.rejects(joinRow(`DATE '2026-01-01' AS asked, 1 AS "#Row"`), {
      code: 'CONFIG_INVALID',
      message: /cannot be called '#Row'/,
    })
  })

  async function append(
    view: ReturnType<typeof viewOf>,
    store: string,
    columns: string,
  ): Promise<void> {
    const table = await describeTable(database, `(SELECT ${columns}, DATE '2026-01-01' AS known)`)
    await appendFacts(database, { folder: join(store, 'facts'), view }, table)
  }
})

test('the clock of the machine moves no day', async () => {
  const zone = process.env['TZ']
  process.env['TZ'] = 'America/New_York'
  try {
    using database = await openDatabase()
    const [found] = await database.query(
      `SELECT CAST(CAST(TIMESTAMPTZ '2026-01-01 00:00:00+00' AS DATE) AS VARCHAR) AS day`,
    )
    assert.equal(found?.['day'], '2026-01-01')
  } finally {
    if (zone === undefined) delete process.env['TZ']
    else process.env['TZ'] = zone
  }
})

function viewOf(field: Field) {
  return defineFeatureView({
    name: 'facts',
    entities: { key: field },
    timestamp: 'at',
    created: 'known',
    features: { x: { type: 'integer' } },
  })
}
