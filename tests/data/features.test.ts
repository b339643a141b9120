import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { defineSchema, type Schema } from '../../src/core/schema.ts'
import { openDatabase, quoteText } from '../../src/data/duckdb-store.ts'
import { buildFeatures, listFeatures } from '../../src/data/features.ts'
import { readFeatures } from '../../src/data/read-features.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const schema = defineSchema({
  id: { type: 'integer' },
  age: { type: 'integer', min: 18 },
  debt: { type: 'number', nullable: true },
  sex: { type: 'category', levels: [1, 2] },
  late: { type: 'boolean' },
})

describe('listFeatures', () => {
  test('lists features in the order of the schema, whatever that of the definition', () => {
    const features = listFeatures(schema, { sex: 'one-hot', age: 'log1p' })
    assert.deepEqual(
      features.map(({ name, encoding }) => [name, encoding]),
      [
        ['age', 'log1p'],
        ['sex', 'one-hot'],
      ],
    )
  })

  test('a column that is called like what every object has is a feature where it is named, and there where it is', () => {
    const odd: Schema = defineSchema({ age: { type: 'integer' }, constructor: { type: 'number' } })
    assert.deepEqual(
      listFeatures(odd, { age: 'as-is' }).map(({ name }) => name),
      ['age'],
    )
    const spec = { ['toString']: 'as-is' } as const
    assert.throws(() => listFeatures(odd, spec), /there is no column 'toString'$/)
  })

  test('names every feature that does not fit, for projects nobody compiled', () => {
    const spec: Record<string, 'standardize' | 'log1p' | 'one-hot'> = {
      agee: 'standardize',
      sex: 'standardize',
      debt: 'log1p',
    }
    assert.throws(() => listFeatures(schema, spec), {
      code: 'CONFIG_INVALID',
      message:
        "project.ts, features: there is no column 'agee'; 'sex' is category and cannot be encoded as 'standardize'; 'debt' is number and cannot be encoded as 'log1p'",
      hint: "did you mean 'age'?; 'sex' takes: one-hot; 'debt' takes: as-is, standardize",
    })
  })
})

describe('the feature table', () => {
  test('a row keeps the fold of its key: sha256 of the row number, first 8 digits, modulo 5', async () => {
    using database = await openDatabase()
    const { output } = await build(database)
    const rows = await database.query(`SELECT row, fold FROM read_parquet(${quoteText(output)})`)
    assert.equal(rows.length, 1000)
    for (const { row, fold } of rows) assert.equal(fold, expectedFold(Number(row)))
  })

  test('rows of one group have one fold, those of none each its own, in the raw table too', async () => {
    using database = await openDatabase()
    const { raw: ungrouped, output } = await build(database)
    const raw = `${ungrouped}.grouped`
    await database.writeParquet(
      `SELECT * REPLACE (floor(debt) AS debt) FROM read_parquet(${quoteText(ungrouped)})`,
      raw,
    )
    const features = listFeatures(schema, { age: 'standardize' })
    const grouped = { ...options, features, folds: { folds: 5, group: 'debt' } }
    await buildFeatures(database, { raw, place: 'raw.parquet', output }, grouped)
    const rows = await database.query(
      `SELECT f.row, f.fold, r.debt FROM read_parquet(${quoteText(output)}) f
       JOIN read_parquet(${quoteText(raw)}, file_row_number = true) r ON f.row = r.file_row_number`,
    )
    const folds = Map.groupBy(rows, ({ debt }) => String(debt))
    for (const { row, fold } of folds.get('null') ?? []) {
      assert.equal(fold, expectedFold(Number(row)))
    }
    folds.delete('null')
    assert.equal(folds.size, 143)
    const foldOf = [...folds.values()].map((all) => new Set(all.map(({ fold }) => fold)))
    assert.ok(foldOf.every((found) => found.size === 1))
    assert.equal(new Set(rows.map(({ fold }) => fold)).size, 5)
    const asked = { features: ['age'], target: 'late', testFold: 0, part: 'test' } as const
    const fromRaw = await readFeatures(database, raw, {
      ...asked,
      folds: { folds: 5, group: 'debt' },
    })
    const fromTable = await readFeatures(database, output, asked)
    assert.deepEqual(fromRaw.keys, fromTable.keys)
  })

  test('by time fold 0 has the newest rows, those of one moment have one fold, and rows without one are the oldest', async () => {
    using database = await openDatabase()
    const { raw: plain, output } = await build(database)
    const raw = `${plain}.timed`
    await database.writeParquet(
      `SELECT * REPLACE (floor(debt / 10) AS debt) FROM read_parquet(${quoteText(plain)})`,
      raw,
    )
    const features = listFeatures(schema, { age: 'standardize' })
    const folds = { folds: 4, time: 'debt' }
    await buildFeatures(
      database,
      { raw, place: 'raw.parquet', output },
      { ...options, features, folds },
    )
    const rows = await database.query(
      `SELECT f.row, f.fold, r.debt FROM read_parquet(${quoteText(output)}) f
       JOIN read_parquet(${quoteText(raw)}, file_row_number = true) r ON f.row = r.file_row_number`,
    )
    const newest = rows.toSorted((a, b) => Number(b['debt'] ?? -1) - Number(a['debt'] ?? -1))
    for (const [i, { fold, debt }] of newest.entries()) {
      const first = newest.findIndex((row) => row['debt'] === debt)
      assert.equal(fold, Math.floor((first * 4) / newest.length), `${i}`)
    }
    assert.equal(new Set(rows.map(({ fold }) => fold)).size, 4)
    const asked = { features: ['age'], target: 'late', testFold: 0, part: 'test' } as const
    const fromRaw = await readFeatures(database, raw, { ...asked, folds })
    assert.deepEqual(fromRaw, await readFeatures(database, output, asked))
  })

  test('train and test part are disjoint and together whole', async () => {
    using database = await openDatabase()
    const { output } = await build(database)
    const options = { features: ['age', 'sex'], target: 'late', testFold: 0 }
    const train = await readFeatures(database, output, { ...options, part: 'train' })
    const held = await readFeatures(database, output, { ...options, part: 'test' })
    assert.equal(new Set([...train.keys, ...held.keys]).size, 1000)
    assert.equal(train.keys.length + held.keys.length, 1000)
    for (const key of held.keys) assert.equal(expectedFold(key), 0)
  })

  test('the raw table read with folds gives the same rows', async () => {
    using database = await openDatabase()
    const { raw, output } = await build(database)
    const options = { features: ['sex', 'age'], target: 'late', testFold: 2, part: 'test' } as const
    const fromRaw = await readFeatures(database, raw, { ...options, folds: { folds: 5 } })
    assert.deepEqual(fromRaw, await readFeatures(database, output, options))
  })

  test('columns stand in the order asked for, missing cells are NaN', async () => {
    using database = await openDatabase()
    const { raw } = await build(database)
    const rows = await readFeatures(database, raw, {
      features: ['debt', 'age'],
      target: 'late',
      testFold: expectedFold(0),
      part: 'test',
      folds: { folds: 5 },
      doubles: new Set(['age']),
    })
    assert.deepEqual([...rows.x.values.subarray(0, 2)], [NaN, 18])
    assert.deepEqual([...rows.x.doubles!.keys()], [1])
    assert.deepEqual(rows.x.doubles!.get(1)?.length, rows.y.length)
  })

  test('a column the raw table lacks is named', async () => {
    using database = await openDatabase()
    const { raw, output } = await build(database)
    const features = listFeatures(defineSchema({ agee: { type: 'integer' } }), { agee: 'as-is' })
    await assert.rejects(
      buildFeatures(database, { raw, place: 'raw.parquet', output }, { ...options, features }),
      { code: 'DATA_COLUMN_MISSING', message: /'agee'/, hint: "did you mean 'age'?" },
    )
  })

  test('a table changed since it was ingested is refused, with the rows', async () => {
    using database = await openDatabase()
    const { raw, output } = await build(database)
    const changed = `${raw}.changed`
    await database.writeParquet(
      `SELECT * REPLACE (CASE WHEN id = 4 THEN 7 ELSE age END AS age, nullif(sex, 2) AS sex)
       FROM read_parquet(${quoteText(raw)}) WHERE id BETWEEN 2 AND 4`,
      changed,
    )
    const features = listFeatures(schema, { age: 'standardize', sex: 'one-hot' })
    const paths = { raw: changed, place: 'raw.parquet', output }
    await assert.rejects(buildFeatures(database, paths, { ...options, features }), {
      code: 'DATA_CELL_INVALID',
      message: `3 cells do not fit the schema (1 in 'age', 2 in 'sex'):
    raw.parquet, row 0: 'sex' is missing, expected one of 1, 2
    raw.parquet, row 2: 'age' is '7', expected an integer of at least 18
    raw.parquet, row 2: 'sex' is missing, expected one of 1, 2`,
    })
    const warned = await buildFeatures(database, paths, { ...options, features, policy: 'warn' })
    assert.match(warned.warning ?? '', /^3 cells/)
  })

  test('a column of another type is refused whatever the policy', async () => {
    using database = await openDatabase()
    const { raw, output } = await build(database)
    const changed = `${raw}.changed`
    await database.writeParquet(
      `SELECT * REPLACE (CAST(age AS VARCHAR) AS age) FROM read_parquet(${quoteText(raw)})`,
      changed,
    )
    const features = listFeatures(schema, { age: 'standardize' })
    await assert.rejects(
      buildFeatures(
        database,
        { raw: changed, place: 'raw.parquet', output },
        { ...options, features, policy: 'warn' },
      ),
      {
        code: 'DATA_FILE_INVALID',
        message:
          "raw.parquet: 'age' is a column of type VARCHAR, expected an integer of at least 18",
      },
    )
  })
})

const options = {
  target: { name: 'late', field: schema.fields.late },
  folds: { folds: 5 },
  policy: 'error',
} as const

function expectedFold(row: number): number {
  const digits = createHash('sha256').update(String(row)).digest('hex').slice(0, 8)
  return Number.parseInt(digits, 16) % 5
}

async function build(
  database: Awaited<ReturnType<typeof openDatabase>>,
): Promise<{ raw: string; output: string }> {
  const folder = makeScratchFolder()
  const raw = join(folder, 'raw.parquet')
  const output = join(folder, 'features.parquet')
  await database.run(
    `COPY (SELECT i + 1 AS id, 18 + i % 60 AS age, CASE WHEN i % 7 > 0 THEN i / 7 END AS debt,
       1 + i % 2 AS sex, i % 3 = 0 AS late FROM range(1000) t(i)) TO ${quoteText(raw)} (FORMAT parquet)`,
  )
  const features = listFeatures(schema, { age: 'standardize', sex: 'one-hot', debt: 'as-is' })
  await buildFeatures(database, { raw, place: 'raw.parquet', output }, { ...options, features })
  return { raw, output }
}
