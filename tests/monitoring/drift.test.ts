import assert from 'node:assert/strict'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { before, describe, test } from 'node:test'
import { type Database, openDatabase, quoteText } from '../../src/data/duckdb-store.ts'
import { describeTable } from '../../src/data/table/describe-table.ts'
import { compareTables } from '../../src/monitoring/drift.ts'
import { compareFiles } from '../../src/monitoring/drift-file.ts'
import type { DriftOptions } from '../../src/monitoring/drift-options.ts'
import type { ColumnDrift, DriftCheck, DriftReport } from '../../src/monitoring/drift-report.ts'
import { renderDrift } from '../../src/monitoring/drift-text.ts'
import { assertClose } from '../assert-close.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

describe('compareTables', () => {
  for (const preset of ['mlpt', 'evidently'] as const) {
    test(`a table does not drift from itself, preset ${preset}`, async () => {
      const report = await compare(numbers('range'), numbers('range'), { preset })
      assert.deepEqual([report.drifted, report.driftedShare, report.isDrifted], [[], 0, false])
    })
  }

  test('the picture of whole numbers has bins of one whole width', async () => {
    const [x] = (await compare(numbers('range'), numbers('range + 10'))).columns
    // 0 … 109 in at most 20 bins: 6 numbers in each.
    assert.deepEqual(x?.bins[0], {
      label: '-0.5 – 5.5',
      from: -0.5,
      to: 5.5,
      reference: 6,
      current: 0,
    })
    assert.equal(x.bins.length, 19)
    const sums = x.bins.reduce(
      (sum, bin) => [sum[0]! + bin.reference, sum[1]! + bin.current],
      [0, 0],
    )
    assert.deepEqual(sums, [100, 100])
  })

  test('of many texts the twenty most frequent stand for themselves', async () => {
    const many = `(SELECT 'name ' || (range % 50) AS x FROM range(1000))`
    const [x] = (await compare(many, many)).columns
    assert.equal(x?.bins.length, 21)
    assert.deepEqual(x.bins.at(-1), { label: 'other values', reference: 600, current: 600 })
  })

  test('numbers are compared by the greatest difference of cumulative shares', async () => {
    const [x] = (await compare(numbers('range'), numbers('range + 30'))).columns
    const check = checkOf(x, 'values')
    assertClose(check.effect!.value, 0.3)
    assert.deepEqual([check.effect?.measure, check.effect?.threshold], ['ks distance', 0.1])
    assert.equal(check.significance?.test, 'ks')
    assert.deepEqual([x?.kind, x?.isDrifted], ['numerical', true])
  })

  test('integers, decimals and booleans are the same numbers', async () => {
    const some = values(1, 0, 1)
    const decimals = `(SELECT * FROM (VALUES (1.0::DOUBLE), (0), (1)) t(x))`
    const booleans = `(SELECT * FROM (VALUES (true), (false), (true)) t(x))`
    assert.deepEqual((await compare(some, decimals)).drifted, [])
    assert.deepEqual((await compare(some, booleans)).drifted, [])
  })

  test('a significant difference that is small does not matter', async () => {
    const shifted = `(SELECT range + 2500 AS x FROM range(50000))`
    const [x] = (await compare(`(SELECT range AS x FROM range(50000))`, shifted)).columns
    assert.ok(checkOf(x, 'values').significance!.adjustedPValue < 1e-9)
    assert.equal(checkOf(x, 'values').isDrifted, false)
  })

  test('a large difference of few rows may be chance', async () => {
    const [x] = (await compare(values(1, 2, 3, 4, 5), values(2, 3, 4, 5, 6))).columns
    assert.ok(checkOf(x, 'values').effect!.value >= 0.1)
    assert.equal(x?.isDrifted, false)
  })

  test('a column that begins to miss values drifts, NaN included; to Evidently it is invisible', async () => {
    const holes = `(SELECT CASE WHEN range % 4 = 0 THEN 'NaN'::DOUBLE ELSE range END AS x FROM range(100))`
    const full = `(SELECT range::DOUBLE AS x FROM range(100))`
    const report = await compare(full, holes)
    const [x] = report.columns
    assert.deepEqual([x?.reference?.missing, x?.current?.missing], [0, 25])
    assert.deepEqual(x?.reasons, ['missing 0 % → 25 %'])
    assert.deepEqual((await compare(full, holes, { preset: 'evidently' })).drifted, [])
  })

  test('infinities that appear are drift', async () => {
    const holes = `(SELECT CASE WHEN range % 4 = 0 THEN 'inf'::DOUBLE ELSE range END AS x FROM range(100))`
    const [x] = (await compare(`(SELECT range::DOUBLE AS x FROM range(100))`, holes)).columns
    assert.deepEqual(x?.reasons, ['infinite in 0 rows → 25 rows'])
  })

  test('a column that loses all its values drifts by its missing rate', async () => {
    const none = `(SELECT NULL::BIGINT AS x FROM range(20))`
    const [x] = (await compare(`(SELECT range AS x FROM range(20))`, none)).columns
    assert.deepEqual([x?.status, x?.isDrifted], ['not-compared', true])
  })

  test('a column without values on both sides does not drift', async () => {
    const nothing = `(SELECT NULL::BIGINT AS x FROM range(3))`
    assert.deepEqual((await compare(nothing, nothing)).drifted, [])
  })

  test('one unseen category is no drift, though Evidently says p = 0; a tenth of them is', async () => {
    const groups = (unseen: number): string =>
      `(SELECT CASE WHEN range < ${unseen} THEN 'new' ELSE 'g' || (range % 5) END AS x FROM range(500))`
    assert.deepEqual((await compare(groups(0), groups(1))).drifted, [])
    const evidently = await compare(groups(0), groups(1), { preset: 'evidently' })
    assert.deepEqual(evidently.drifted, ['x'])
    assert.equal(checkOf(evidently.columns[0], 'values').significance?.pValue, 0)
    const many = await compare(groups(0), groups(50))
    assert.deepEqual(many.drifted, ['x'])
    assert.match(many.columns[0]!.reasons.join(), /10 % of the values are new: 'new'/)
  })

  test('30 rows of one distribution raise no alarm by psi, though Evidently reports drift', async () => {
    const few = `(SELECT CAST(hash(range) % 500 AS INTEGER) AS x FROM range(30))`
    const all = `(SELECT range AS x FROM range(500))`
    assert.deepEqual((await compare(all, few, { method: 'psi' })).drifted, [])
    assert.deepEqual((await compare(all, few, { method: 'psi', preset: 'evidently' })).drifted, [
      'x',
    ])
  })

  test('an eleventh whole number does not change the test, as it does at Evidently', async () => {
    const upTo = (n: number): string => `(SELECT range % ${n} AS x FROM range(900))`
    const testOf = async (n: number, preset: 'mlpt' | 'evidently'): Promise<unknown> => {
      const [x] = (await compare(upTo(10), upTo(n), { preset })).columns
      return checkOf(x, 'values').significance?.test
    }
    assert.deepEqual(
      [await testOf(10, 'mlpt'), await testOf(11, 'mlpt')],
      Array(2).fill('categories'),
    )
    assert.deepEqual(
      [await testOf(10, 'evidently'), await testOf(11, 'evidently')],
      ['chisquare', 'ks'],
    )
  })

  test('columns that one side lacks and columns of another type count as drifted', async () => {
    const report = await compare(
      `(SELECT 1 AS gone, 2 AS kept, 3 AS retyped)`,
      `(SELECT 2 AS kept, 'three' AS retyped, 4 AS fresh)`,
    )
    assert.deepEqual(
      report.columns.map(({ name, status }) => [name, status]),
      [
        ['gone', 'absent-in-current'],
        ['kept', 'compared'],
        ['retyped', 'type-changed'],
        ['fresh', 'absent-in-reference'],
      ],
    )
    assert.deepEqual(report.drifted, ['gone', 'retyped', 'fresh'])
  })

  test('of dates only the missing rate is compared', async () => {
    const days = (start: string): string =>
      `(SELECT DATE '${start}' + range::INT AS x FROM range(30))`
    const [x] = (await compare(days('2024-01-01'), days('2025-01-01'))).columns
    assert.deepEqual([x?.kind, x?.checks], ['time', []])
    assert.equal(x?.isDrifted, false)
  })

  test('texts that hardly repeat are compared by their lengths', async () => {
    const longNames = (text: string): string => `(SELECT ${text} || range AS x FROM range(100))`
    const report = await compare(longNames(`'a'`), longNames(`'a long name '`))
    assert.deepEqual([report.columns[0]?.kind, report.drifted], ['text', ['x']])
    assert.ok(checkOf(report.columns[0], 'lengths').isDrifted)
  })

  test("the toolkit's own columns are left out unless they are asked for", async () => {
    const table = (row: number): string => `(SELECT ${row} AS row, ${row} AS fold, 1 AS x)`
    assert.deepEqual(names((await compare(table(1), table(2))).columns), ['x'])
    const asked = await compare(table(1), table(2), { columns: ['row'] })
    assert.deepEqual(names(asked.columns), ['row'])
  })

  test('target and prediction come first, whatever columns are asked for', async () => {
    const table = `(SELECT 1 AS x, 0 AS y, 0.5::DOUBLE AS score)`
    const report = await compare(table, table, {
      columns: ['x'],
      target: 'y',
      prediction: 'score',
    })
    assert.deepEqual(
      report.columns.map(({ name, role }) => [name, role]),
      [
        ['y', 'target'],
        ['score', 'prediction'],
        ['x', 'feature'],
      ],
    )
  })

  test('the share of drifted columns decides where one is given', async () => {
    const [reference, current] = [numbers('range'), numbers('range + 50')]
    const at = async (options: DriftOptions): Promise<boolean> =>
      (await compare(reference, current, options)).isDrifted
    // x moves, y does not: one of two.
    assert.equal(await at({}), true)
    assert.equal(await at({ driftShare: 0.5 }), true)
    assert.equal(await at({ driftShare: 0.51 }), false)
    assert.equal(await at({ preset: 'evidently' }), true)
  })

  test('a name or a method that is wrong is refused with the nearest one', async () => {
    const table = `(SELECT 1 AS income, 'a' AS city)`
    await assert.rejects(compare(table, table, { columns: ['incom'] }), {
      code: 'DATA_COLUMN_MISSING',
      message: "neither table has 'incom'",
      hint: "did you mean 'income'?",
    })
    await assert.rejects(compare(table, table, { method: 'chisquar' }), {
      code: 'CONFIG_INVALID',
      hint: "did you mean 'chisquare'?",
    })
    await assert.rejects(compare(table, table, { columnMethods: { city: 'wasserstein' } }), {
      code: 'CONFIG_INVALID',
      message: "'wasserstein' does not compare categorical columns such as 'city'",
    })
    await assert.rejects(compare(table, table, { driftShare: 2 }), { code: 'CONFIG_INVALID' })
    await assert.rejects(compare(table, table, { threshold: 0 }), { code: 'CONFIG_INVALID' })
  })

  test('a side without rows or that cannot be read is refused', async () => {
    const empty = '(SELECT 1 AS x WHERE false)'
    await assert.rejects(compare('(SELECT 1 AS x)', empty), { code: 'DATA_FILE_INVALID' })
    await assert.rejects(compare('nowhere', empty), { code: 'DATA_FILE_INVALID' })
  })

  test('of forty columns without drift few alarm, and one that moves is found', async () => {
    const table = (seed: number, shift: number): string => {
      const noise = (i: number): string =>
        `hash(range * 41 + ${i} + ${seed}) / 18446744073709551616`
      const columns = Array.from({ length: 40 }, (_, i) => `${noise(i)} AS c${i}`)
      return `(SELECT ${columns.join(', ')}, ${noise(40)} + ${shift} AS moved FROM range(200))`
    }
    const report = await compare(table(1_000_000, 0), table(2_000_000, 0.3))
    assert.deepEqual(report.drifted, ['moved'])
  })

  test('a segment that moves is found, though the table as a whole hardly does', async () => {
    const table = (divisor: number): string =>
      `(SELECT range % 10 AS g, range // 10 // CASE WHEN range % 10 = 3 THEN ${divisor} ELSE 1 END AS x FROM range(1000))`
    const report = await compare(table(1), table(2), { segment: 'g' })
    assert.deepEqual(report.drifted, [])
    assert.deepEqual(
      report.segments.filter(({ drifted }) => drifted.length > 0).map(({ value }) => value),
      ['3'],
    )
    assert.deepEqual([report.segments.length, report.isDrifted], [10, true])
    assert.match(renderDrift(report), /^DRIFT segment '3' \(100 → 100 rows\): x$/m)
  })

  test('segments are found by value across types; small and unknown ones are left out', async () => {
    const table = (type: string): string =>
      `(SELECT CAST(least(range // 40, 2) AS ${type}) AS g, range AS x FROM range(100))`
    const report = await compare(table('BIGINT'), table('DOUBLE'), { segment: 'g' })
    assert.deepEqual(
      report.segments.map(({ value }) => value),
      ['0', '1'],
    )
    assert.match(report.warnings.join(), /^1 segments of 'g' are not compared/)
    await assert.rejects(compare(table('BIGINT'), table('BIGINT'), { segment: 'h' }), {
      code: 'DATA_COLUMN_MISSING',
    })
  })

  test('the same tables give the same report', async () => {
    const [a, b] = [numbers('range'), numbers('range + 10')]
    assert.equal(JSON.stringify(await compare(a, b)), JSON.stringify(await compare(a, b)))
  })
})

describe('renderDrift', () => {
  test('marks what drifted and ends with the verdict', async () => {
    const report = await compare(
      `(SELECT range % 2 AS same, range AS moved, 1 AS gone FROM range(100))`,
      `(SELECT range % 2 AS same, range + 50 AS moved FROM range(100))`,
    )
    const lines = renderDrift(report).split('\n')
    assert.equal(lines[0], 'ok    same   values: total variation 0 < 0.1, adjusted p 1')
    assert.match(
      lines[1]!,
      /^DRIFT moved {2}values moved: median 49 → 99 \(ks distance 0\.5 ≥ 0\.1, adjusted p /,
    )
    assert.equal(lines[2], 'DRIFT gone   the current data has no such column')
    assert.equal(
      lines[3],
      '2 of 3 columns drifted: moved, gone (100 reference rows, 100 current rows)',
    )
  })

  test('says so when nothing drifted', async () => {
    const report = await compare(values(1, 2), values(1, 2))
    assert.match(renderDrift(report), /^ok {4}x {2}values: .*\nnone of 1 column drifted/)
  })
})

describe('files', () => {
  const folder = makeScratchFolder()
  before(async () => {
    writeFileSync(join(folder, 'a.csv'), 'x,y\n1,a\n2,b\n2e+00,b\n')
    writeFileSync(join(folder, 'broken.parquet'), 'no parquet')
    writeFileSync(join(folder, 'empty.csv'), '')
    using database = await openDatabase()
    await database.run(`COPY (SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (2, 'b')) t(x, y))
      TO ${quoteText(join(folder, "it's.parquet"))}`)
  })
  const path = (name: string): string => join(folder, name)

  test('CSV and Parquet of the same table do not differ', async () => {
    const report = await compareFiles({
      reference: path('a.csv'),
      current: path("it's.parquet"),
    })
    assert.deepEqual(report.drifted, [])
  })

  test('a missing, broken, empty or other file is refused by name', async () => {
    for (const [name, code] of [
      ['absent.csv', 'FILE_MISSING'],
      ['broken.parquet', 'DATA_FILE_INVALID'],
      ['empty.csv', 'DATA_FILE_INVALID'],
    ] as const) {
      const compared = compareFiles({
        reference: path('a.csv'),
        current: path(name),
      })
      await assert.rejects(compared, { code }, name)
    }
  })
})

async function compare(
  reference: string,
  current: string,
  options: DriftOptions & { readonly segment?: string } = {},
): Promise<DriftReport> {
  using database: Database = await openDatabase()
  return await compareTables({
    ...options,
    database,
    reference: await describeTable(database, reference),
    current: await describeTable(database, current),
  })
}

function checkOf(column: ColumnDrift | undefined, about: DriftCheck['about']): DriftCheck {
  const check = column?.checks.find((one) => one.about === about)
  assert.ok(check !== undefined, `no check of ${about}`)
  return check
}

/** Columns x, by expression over 0 … 99, and y, the same ten groups. */
function numbers(expression: string): string {
  return `(SELECT ${expression} AS x, range % 10 AS y FROM range(100))`
}

function values(...list: readonly number[]): string {
  return `(SELECT * FROM (VALUES ${list.map((value) => `(${value}::BIGINT)`).join(', ')}) t(x))`
}

function names(columns: readonly ColumnDrift[]): string[] {
  return columns.map((column) => column.name)
}
