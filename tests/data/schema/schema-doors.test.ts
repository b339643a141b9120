/** One table of cells, held by every door: a CSV at ingest, a Parquet file in features, a row at the API. */

import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import { ToolkitError } from '../../../src/core/errors.ts'
import {
  defineSchema,
  describeViolation,
  type Field,
  type ModelField,
  type TimeField,
} from '../../../src/core/schema.ts'
import { openDatabase, quoteText } from '../../../src/data/duckdb-store.ts'
import { buildFeatures } from '../../../src/data/features.ts'
import { ingestTable } from '../../../src/data/ingest.ts'
import { checkMisfits } from '../../../src/data/schema/check-misfits.ts'
import { findStoredMisfits } from '../../../src/data/schema/find-stored-misfits.ts'
import { openTable } from '../../../src/data/reading/open-table-file.ts'
import type { Predictor } from '../../../src/core/predictor.ts'
import { scoreFile } from '../../../src/project/predict/predict-file.ts'
import { makeScratchFolder } from '../../scratch-folder.ts'
import { predictor, serveModel } from '../../serving/serve-model.ts'

// One for all: to open one takes as long as to ask it.
const database = await openDatabase()
after(() => database[Symbol.dispose]())

const age = { type: 'integer', min: 18, max: 100 } as const
const count = { type: 'integer' } as const
const ratio = { type: 'number', min: 0, max: 1 } as const
const amount = { type: 'number' } as const
const debt = { type: 'number', min: 0, nullable: true } as const
const delay = { type: 'category', levels: [-1, 0, 2] } as const
const step = { type: 'category', levels: [0.1, 0.5], nullable: true } as const
const late = { type: 'boolean' } as const

/** The cell as text writes it; '' is missing everywhere. */
const cells: readonly [field: ModelField, cell: string, isAdmitted: boolean][] = [
  [age, '18', true],
  [age, '100', true],
  [age, '17', false],
  [age, '101', false],
  [age, '18.5', false],
  [age, '', false],
  [age, '2e1', true],
  [age, '-20', false],
  [age, 'young', false],
  [count, '0', true],
  [count, '-0', true],
  [count, '9007199254740991', true],
  [count, '9007199254740992', false],
  [count, '9007199254740993', false],
  [count, '-9007199254740992', false],
  [count, '1e300', false],
  [count, '0.5', false],
  [ratio, '0', true],
  [ratio, '-0.0', true],
  [ratio, '1', true],
  [ratio, '1.0000000000000002', false],
  [ratio, '-5e-324', false],
  [ratio, '0.1', true],
  [amount, '-1e30', true],
  [amount, '1e999', false],
  [amount, 'inf', false],
  [amount, 'nan', false],
  [amount, 'NA', false],
  [amount, '0x10', false],
  [amount, '1_000', false],
  [amount, '', false],
  [debt, '', true],
  [debt, '12.5', true],
  [debt, '-1', false],
  [debt, 'none', false],
  [delay, '-1', true],
  [delay, '0', true],
  [delay, '1', false],
  [delay, '2.0', true],
  [delay, '2.5', false],
  [delay, '', false],
  [delay, 'zwei', false],
  [step, '0.1', true],
  [step, '0.5', true],
  [step, '0.10000000000000002', false],
  [step, '', true],
  [late, '0', true],
  [late, '1', true],
  [late, '2', false],
  [late, '0.5', false],
  [late, '', false],
  [late, 'yes', false],
]

test('a table of many columns is held against its schema as one of few: each misfit by its column, the first ones shown', async () => {
  const raw = join(makeScratchFolder(), 'wide.parquet')
  const bad = new Set([0, 299, 300, 649])
  const names = Array.from({ length: 650 }, (_, i) => `c${i}`)
  const cellsOf = (low: string): string =>
    names.map((name, i) => `${bad.has(i) ? low : '1'} AS ${name}`).join(', ')
  await database.writeParquet(`SELECT ${cellsOf('7')} UNION ALL SELECT ${cellsOf('-1')}`, raw)
  const columns = names.map((name) => ({ name, field: { type: 'integer', min: 0 } as const }))
  const found = await findStoredMisfits(database, { raw, place: 'wide' }, columns)
  assert.deepEqual(
    [...found.counts],
    [...bad].map((i) => [`c${i}`, 1]),
  )
  assert.deepEqual(
    found.examples.map(({ place, name, text }) => [place, name, text]),
    [...bad].map((i) => ['wide, row 1', `c${i}`, '-1']),
  )
})

describe('every door says the same of a cell', () => {
  for (const [field, cell, isAdmitted] of cells) {
    const title = `${JSON.stringify(field)}: '${cell}' is ${isAdmitted ? '' : 'not '}admitted`
    test(title, async () => {
      const verdicts = {
        ingest: await admitsAtIngest(field, cell),
        features: await admitsInFeatures(field, cell),
        api: await admitsAtApi(field, cell),
      }
      assert.deepEqual(verdicts, { ingest: isAdmitted, features: isAdmitted, api: isAdmitted })
    })
  }
})

const code = { type: 'text', levels: ['007', 'Ä', 'a b'], nullable: true } as const
const name = { type: 'text', maxLength: 3 } as const
const since = { type: 'date', min: '2020-02-29', max: '2030-12-31' } as const

/** Models take no texts and no dates, so that only data has them: a CSV, and a Parquet file. */
const textCells: readonly [field: Field, cell: string, isAdmitted: boolean][] = [
  [code, '007', true],
  [code, '7', false],
  [code, 'Ä', true],
  [code, 'A\u0308', false],
  [code, 'a b', true],
  [code, 'a b ', false],
  [code, '', true],
  [code, '  ', true],
  [name, 'abc', true],
  [name, '🦆🦆🦆', true],
  [name, 'abcd', false],
  [name, '', false],
  [name, ' ', false],
  [name, '\t', false],
  [name, 'NA', true],
  [since, '2020-02-29', true],
  [since, '2030-12-31', true],
  [since, '2020-02-28', false],
  [since, '2031-01-01', false],
  [since, '2021-02-29', false],
  [since, '2021-2-3', false],
  [since, '03/02/2021', false],
  [since, '2021-02-03 00:00:00', false],
  [since, 'infinity', false],
  [since, '', false],
]

const asked = { type: 'datetime', min: '2026-01-01', max: '2026-12-31T23:59:59+01:00' } as const

describe('data may hold moments, by the same rules in CSV, batches and requests', () => {
  const moments: readonly (readonly [cell: string, isAdmitted: boolean])[] = [
    ['2026-01-01T00:00:00Z', true],
    ['2026-01-01 00:00', true],
    ['2026-12-31T22:59:59Z', true],
    ['2026-12-31T22:59:59.001Z', false],
    ['2026-01-01T05:29:59+05:30', false],
    ['2026-02-29T10:00:00Z', false],
    ['2026-11-30T24:00:00Z', false],
    ['2026-06-30T23:59:60Z', false],
    ['31.01.2026 14:30', false],
    ['1796047500000', false],
    ['infinity', false],
    ['', false],
  ]
  for (const [cell, isAdmitted] of moments) {
    test(`'${cell}' is ${isAdmitted ? '' : 'not '}admitted`, async () => {
      assert.equal(await admitsAtIngest(asked, cell), isAdmitted)
      assert.equal(await admitsInBatch(asked, cell), isAdmitted)
      assert.equal(await admitsAtApi(asked, cell), isAdmitted)
      assert.equal(describeViolation(asked, cell) === undefined, isAdmitted)
    })
  }
})

describe('data may hold texts and dates, by the same rules in CSV, Parquet and batches', () => {
  for (const [field, cell, isAdmitted] of textCells) {
    const title = `${JSON.stringify(field)}: '${cell}' is ${isAdmitted ? '' : 'not '}admitted`
    test(title, async () => {
      assert.equal(await admitsAtIngest(field, cell), isAdmitted)
      assert.equal(await admitsInParquet(field, cell), isAdmitted)
      if (field.type === 'date') assert.equal(await admitsInBatch(field, cell), isAdmitted)
      assert.equal(describeViolation(field, cell) === undefined, isAdmitted)
    })
  }
})

test('what models cannot hold in 32 bits is stored, but no model gets it', async () => {
  for (const cell of ['1e39', '-1e300']) {
    assert.equal(await admitsAtIngest(amount, cell), true)
    assert.equal(await admitsInFeatures(amount, cell), false)
    assert.equal(await admitsAtApi(amount, cell), false)
  }
})

/** Of the codes that a door refuses a cell with; anything else fails the test. */
async function admits(door: Promise<unknown>, codes: readonly string[]): Promise<boolean> {
  try {
    await door
    return true
  } catch (error) {
    if (error instanceof ToolkitError && codes.includes(error.code)) return false
    throw error
  }
}

function admitsAtIngest(field: Field, cell: string): Promise<boolean> {
  const folder = makeScratchFolder()
  const csv = join(folder, 'a.csv')
  // A second column, because a line with one empty cell is an empty line.
  writeFileSync(csv, `x,other\n${cell},1\n`)
  const paths = { path: csv, place: 'a.csv', output: join(folder, 'a.parquet') }
  return admits(
    ingestTable(database, paths, defineSchema({ x: field }), {
      sha256: undefined,
      policy: 'error',
    }),
    ['DATA_CELL_INVALID'],
  )
}

async function admitsInFeatures(field: ModelField, cell: string): Promise<boolean> {
  const folder = makeScratchFolder()
  const raw = join(folder, 'raw.parquet')
  await database.writeParquet(`SELECT ${storedSql(cell)} AS x, 1 AS y`, raw)
  return admits(
    buildFeatures(
      database,
      { raw, place: 'raw.parquet', output: join(folder, 'features.parquet') },
      {
        features: [{ name: 'x', field, encoding: 'as-is' }],
        target: { name: 'y', field: late },
        folds: { folds: 2 },
        policy: 'error',
      },
    ),
    ['DATA_CELL_INVALID', 'DATA_FILE_INVALID'],
  )
}

async function admitsInParquet(field: Field, cell: string): Promise<boolean> {
  const raw = join(makeScratchFolder(), 'raw.parquet')
  const isDate = field.type === 'date' && /^(\d{4}-\d{2}-\d{2})?$/.test(cell)
  const type = isDate ? 'DATE' : 'VARCHAR'
  await database.writeParquet(`SELECT TRY_CAST(${quoteText(cell)} AS ${type}) AS x`, raw)
  const found = findStoredMisfits(database, { raw, place: 'raw' }, [{ name: 'x', field }])
  return admits(
    found.then((misfits) => checkMisfits(misfits, 'error')),
    ['DATA_CELL_INVALID', 'DATA_FILE_INVALID'],
  )
}

async function admitsInBatch(field: TimeField, cell: string): Promise<boolean> {
  const folder = makeScratchFolder()
  const csv = join(folder, 'a.csv')
  writeFileSync(csv, `x,other\n${cell},1\n`)
  await using opened = await openTable(database, csv, { asWritten: ['x'] })
  const days: Predictor = {
    ...predictor,
    inputs: { x: field },
    example: { x: null },
    predict: ({ rows }) => new Float32Array(rows),
  }
  const scoring = { database, opened, place: 'a.csv', predictor: days, keys: [] }
  const flags = { isExplained: false, keepsGoing: false, output: join(folder, 'scores.csv') }
  return await admits(scoreFile({ ...scoring, ...flags }), ['DATA_CHECK_FAILED'])
}

/** The cell in the widest column that holds it: integers beyond doubles stay exact. */
function storedSql(cell: string): string {
  if (cell === '') return 'CAST(NULL AS DOUBLE)'
  if (/^-?\d+$/.test(cell)) return cell === '-0' ? "CAST('-0' AS DOUBLE)" : `${cell}::BIGINT`
  return Number.isNaN(Number(cell)) || cell.startsWith('0x')
    ? quoteText(cell)
    : `CAST(${quoteText(cell)} AS DOUBLE)`
}

async function admitsAtApi(field: ModelField | TimeField, cell: string): Promise<boolean> {
  await using server = await serveModel({
    predictor: {
      ...predictor,
      inputs: { x: field },
      example: { x: null },
      predict: ({ rows }) => new Float32Array(rows),
    },
  })
  const { status, text } = await server.post('/predict', `{"x": ${jsonOf(cell)}}`)
  assert.ok(status === 200 || status === 422, text)
  return status === 200
}

function jsonOf(cell: string): string {
  if (cell === '') return 'null'
  return /^-?\d+(\.\d+)?(e-?\d+)?$/.test(cell) ? cell : JSON.stringify(cell)
}
