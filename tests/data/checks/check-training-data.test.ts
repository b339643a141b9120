import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { checkTrainingData } from '../../../src/data/checks/check-training-data.ts'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'

describe('checkTrainingData', () => {
  test('a table without a fault has no findings, whatever its seed', async () => {
    for (let seed = 1; seed <= 50; seed++) {
      assert.deepEqual(await find(cleanTable(seed)), [])
    }
  })

  const faults: readonly [check: string, select: string][] = [
    ['missing_target', '* REPLACE (CASE WHEN id > 3 THEN y END AS y)'],
    ['single_class_target', '* REPLACE (1 AS y)'],
    ['rare_class', '* REPLACE (CAST(id <= 4 AS INTEGER) AS y)'],
    ['duplicate_keys', '* REPLACE (CASE WHEN id = 7 THEN 8 ELSE id END AS id)'],
    ['target_leakage', '*, CASE y WHEN 1 THEN 5 ELSE 9 END AS copied'],
    ['target_leakage', '*, y + b / 10 AS told'],
    ['target_leakage', '*, CASE WHEN y = 1 THEN b END AS missing_when_zero'],
    ['constant_columns', "*, 'x' AS same"],
    ['duplicate_columns', '*, a AS again'],
    ['duplicate_columns', "*, 'group ' || c AS label"],
    ['sorted_by_target', '* FROM (SELECT * REPLACE (CAST(id > 200 AS INTEGER) AS y)'],
  ]
  for (const [check, select] of faults) {
    test(`finds ${check} in SELECT ${select}`, async () => {
      const closing = select.includes(' FROM (') ? ')' : ''
      const found = await find(`(SELECT ${select} FROM ${cleanTable(1)}${closing})`)
      assert.ok(found.includes(check), found.join())
    })
  }

  test('rows of one name with one target are told of as such, whether the name is a number or a text', async () => {
    for (const name of ["'c' || id // 4", 'id // 4 * 7919 % 101', 'id // 4']) {
      const relation = `(SELECT * REPLACE (hash(id // 4) % 2 AS y), ${name} AS customer FROM ${cleanTable(1)})`
      const { findings } = await reportOf(relation)
      const told = findings.filter(({ check }) => check === 'target_leakage')
      assert.equal(told.length, 1)
      assert.match(told[0]!.message, /^rows of the same 'customer' have nearly the same 'y': AUC /)
      assert.match(told[0]!.hint, /group: 'customer' in project\.ts/)
    }
    // Names that say nothing, and numbers that tell by their size, are none.
    const other = `(SELECT *, id // 4 AS customer, CAST(y * 60 + b * 60 AS INTEGER) AS told FROM ${cleanTable(1)})`
    const { findings } = await reportOf(other)
    assert.deepEqual(
      findings.map(({ message }) => message.slice(0, 27)),
      ["'told' alone predicts 'y' t"],
    )
  })

  test('a check that is off does not run', async () => {
    assert.deepEqual(
      await find(`(SELECT *, a AS again FROM ${cleanTable(1)})`, { duplicate_columns: 'off' }),
      [],
    )
  })

  test('a far value of a quantity is an outlier', async () => {
    const relation = `(SELECT * REPLACE (CASE WHEN id = 5 THEN 1e9 ELSE a END AS y) FROM ${cleanTable(1)})`
    assert.ok((await find(relation)).includes('target_outliers'))
  })

  test('a quantity beyond 64 bits is checked like others, beside numbers near the largest double', async () => {
    const scaled = (factor: string): string =>
      `(SELECT * REPLACE (CAST(${factor} * (a - 0.5) AS DOUBLE) AS y), b * 1e300 AS far FROM ${cleanTable(1)})`
    assert.deepEqual(await find(scaled('1e20')), ['target_leakage'])
    // Their squares are no numbers, so that nothing is told by them, nor does anything break.
    assert.deepEqual(await find(scaled('1e300')), [])
  })

  test('test rows that stand in the training table are found by key and by their features', async () => {
    using database = await openDatabase()
    const table = await describeTable(database, cleanTable(1))
    const judging = await describeTable(database, `(SELECT * FROM ${cleanTable(1)} WHERE id <= 20)`)
    const { findings } = await checkTrainingData({
      database,
      table,
      test: judging,
      roles,
    })
    assert.deepEqual(
      findings.map(({ check, numbers }) => [check, numbers['rows']]),
      [
        ['train_test_overlap', 20],
        ['train_test_overlap', 20],
      ],
    )
  })

  test('each column of a wide table is judged as it is alone, by few statements', async () => {
    for (const target of ['y', "'class ' || (id % 3)", 'a']) {
      const alone = await reportOf(`(${withCopies(1, target)})`)
      const wide = await reportOf(`(${withCopies(105, target)})`)
      const judged = wide.findings
        .filter(({ check }) => check === 'target_leakage' || check === 'constant_columns')
        .filter(({ columns }) => columns[0]!.endsWith('_104'))
        .map((finding) => JSON.stringify(finding).replaceAll('_104', '_0'))
      const expected = alone.findings
        .filter(({ check }) => check === 'target_leakage' || check === 'constant_columns')
        .map((finding) => JSON.stringify(finding))
      assert.ok(expected.length >= 2, target)
      assert.deepEqual(judged, expected)
      assert.ok(wide.statements <= alone.statements + 20, `${wide.statements} statements`)
    }
  })

  test('a misspelled target names the nearest column; no rows are refused', async () => {
    await assert.rejects(find(cleanTable(1), {}, 'Y'), { code: 'DATA_COLUMN_MISSING' })
    await assert.rejects(find(`(SELECT * FROM ${cleanTable(1)} WHERE FALSE)`), {
      code: 'TRAINING_INVALID',
    })
  })
})

const roles = { target: 'y', keys: ['id'] }

async function find(relation: string, policies = {}, target = 'y'): Promise<string[]> {
  using database = await openDatabase()
  const table = await describeTable(database, relation)
  const { findings } = await checkTrainingData({
    database,
    table,
    policies,
    roles: { ...roles, target },
  })
  return findings.map(({ check }) => check)
}

/** The clean table with so many copies of a telling, a missing and a constant column, each with a number. */
function withCopies(count: number, target: string): string {
  const copies = Array.from(
    { length: count },
    (_, i) =>
      `CASE WHEN id % 99 > 0 THEN told END AS told_${i}, CASE WHEN told > 0.6 THEN b END AS gap_${i}, 'x' AS same_${i}`,
  )
  const telling = target.startsWith("'") ? 'CAST(id % 3 AS DOUBLE)' : `${target} + b / 100`
  return `SELECT id, ${copies.join(', ')}, t AS y
    FROM (SELECT *, ${target} AS t, ${telling} AS told FROM ${cleanTable(1)})`
}

async function reportOf(relation: string) {
  using opened = await openDatabase()
  let statements = 0
  const database = {
    ...opened,
    query: (...asked: Parameters<typeof opened.query>) => {
      statements++
      return opened.query(...asked)
    },
  }
  const table = await describeTable(opened, relation)
  const { findings } = await checkTrainingData({ database, table, roles })
  return { findings, statements }
}

/** 400 rows: two continuous columns, one of five classes, and a target of two that hangs on `a` a little. */
function cleanTable(seed: number): string {
  const uniform = (salt: number): string =>
    `(hash(i * 1000003 + ${seed * 7919 + salt}) % 1000003) / 1000003.0`
  return `(SELECT i + 1 AS id, ${uniform(1)} AS a, ${uniform(2)} AS b,
    CAST(floor(5 * ${uniform(3)}) AS INTEGER) AS c,
    CAST(${uniform(4)} < 0.2 + 0.2 * ${uniform(1)} AS INTEGER) AS y FROM range(400) r(i))`
}
