import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { type Database, openDatabase, quoteText } from '../../src/data/duckdb-store.ts'
import { compareTables, type ColumnDrift, type DriftReport } from '../../src/monitoring/drift.ts'
import { compareFiles } from '../../src/monitoring/drift-file.ts'
import { renderDrift } from '../../src/monitoring/drift-text.ts'
import { assertClose } from '../assert-close.ts'

describe('compareTables', () => {
  test('a table does not drift from itself', async () => {
    const report = await compare(numbers('range'), numbers('range'))
    assert.deepEqual(report.drifted, [])
    assert.deepEqual(indices(report), [0, 0])
  })

  test('numbers are compared over the deciles of the reference', async () => {
    const report = await compare(numbers('range'), numbers('range + 10'))
    const [x] = report.columns
    assert.equal(x?.comparison, 'deciles')
    // 0 … 99 has deciles 9, 19, … 89, each bin ten rows; 10 … 109 leaves the first empty and doubles the last.
    assert.deepEqual(
      x.bins.map((bin) => bin.label),
      [...[9, 19, 29, 39, 49, 59, 69, 79, 89].map((edge) => `≤ ${edge}`), '> 89'],
    )
    assert.deepEqual(
      x.bins.map((bin) => bin.reference),
      Array.from({ length: 10 }, () => 10),
    )
    assert.deepEqual(
      x.bins.map((bin) => bin.current),
      [0, 10, 10, 10, 10, 10, 10, 10, 10, 20],
    )
    // The empty bin is floored at 1/1000: (0.001 − 0.1)·ln 0.01 + (0.2 − 0.1)·ln 2
    assertClose(x.index!, -0.099 * Math.log(0.01) + 0.1 * Math.log(2))
    assert.deepEqual(report.drifted, ['x'])
  })

  test('few distinct numbers are compared one by one, and unseen ones share a bin', async () => {
    const [x] = (await compare(values(1, 1, 2, 2), values(1, 2, 3, 4))).columns
    assert.equal(x?.comparison, 'values')
    assert.deepEqual(x.bins, [
      { label: '1', reference: 2, current: 1 },
      { label: '2', reference: 2, current: 1 },
      { label: 'other', reference: 0, current: 2 },
    ])
  })

  test('twenty distinct numbers are still compared one by one, twenty-one are not', async () => {
    const upTo = (n: number): string => `(SELECT range AS x FROM range(${n}))`
    assert.equal((await compare(upTo(20), upTo(20))).columns[0]?.comparison, 'values')
    assert.equal((await compare(upTo(21), upTo(21))).columns[0]?.comparison, 'deciles')
  })

  test('integers, decimals and booleans are the same numbers', async () => {
    const report = await compare(
      values(1, 0, 1),
      `(SELECT * FROM (VALUES (1.0::DOUBLE), (0), (1)) t(x))`,
    )
    assert.deepEqual(indices(report), [0])
    const booleans = `(SELECT * FROM (VALUES (true), (false), (true)) t(x))`
    assert.deepEqual(indices(await compare(values(1, 0, 1), booleans)), [0])
  })

  test("texts are compared by value, also those that differ in '.0' alone", async () => {
    const [x] = (await compare(texts('1', '1.0', 'a'), texts('1', '1', "o'b"))).columns
    assert.deepEqual(x?.bins, [
      { label: '1', reference: 1, current: 2 },
      { label: '1.0', reference: 1, current: 0 },
      { label: 'a', reference: 1, current: 0 },
      { label: 'other', reference: 0, current: 1 },
    ])
  })

  test('of many texts the twenty most frequent stand for themselves', async () => {
    const many = `(SELECT 'name ' || (range % 50) AS x FROM range(1000))`
    const [x] = (await compare(many, many)).columns
    assert.equal(x?.bins.length, 21)
    assert.deepEqual(x.bins.at(-1), { label: 'other', reference: 600, current: 600 })
  })

  test('a column that begins to miss values drifts, NaN included', async () => {
    const report = await compare(
      numbers('range'),
      `(SELECT CASE WHEN range % 4 = 0 THEN 'NaN'::DOUBLE ELSE range END AS x, 1 AS y FROM range(100))`,
    )
    const [x] = report.columns
    assert.ok(x !== undefined)
    assert.equal(x.referenceMissing, 0)
    assert.equal(x.currentMissing, 0.25)
    // Missing: 0 floored at 1/1000 against 0.25; present: 1 against 0.75.
    assertClose(x.missingIndex!, 0.249 * Math.log(250) - 0.25 * Math.log(0.75))
    assert.ok(x.isDrifted)
  })

  test('a column without values on one side has no index but drifts by its missing rate', async () => {
    const [x] = (await compare(values(1, 2), `(SELECT NULL::BIGINT AS x FROM range(2))`)).columns
    assert.ok(x !== undefined)
    assert.equal(x.index, undefined)
    assert.equal(x.currentMissing, 1)
    assert.ok(x.isDrifted)
  })

  test('a column without values on both sides does not drift', async () => {
    const nothing = `(SELECT NULL::BIGINT AS x FROM range(3))`
    assert.deepEqual((await compare(nothing, nothing)).drifted, [])
  })

  test('columns that one side lacks and columns of another type count as drifted', async () => {
    const report = await compare(
      `(SELECT 1 AS gone, 2 AS kept, 3 AS retyped)`,
      `(SELECT 2 AS kept, 'three' AS retyped, 4 AS fresh)`,
    )
    assert.deepEqual(
      report.columns.map(({ name, comparison }) => [name, comparison]),
      [
        ['gone', 'absent-in-current'],
        ['kept', 'values'],
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
    assert.equal(x?.comparison, 'missing')
    assert.equal(x.isDrifted, false)
  })

  test("the toolkit's own columns are left out unless they are asked for", async () => {
    const table = (row: number): string => `(SELECT ${row} AS row, ${row} AS fold, 1 AS x)`
    assert.deepEqual(names((await compare(table(1), table(2))).columns), ['x'])
    const asked = await compare(table(1), table(2), { columns: ['row'] })
    assert.deepEqual(names(asked.columns), ['row'])
  })

  test('the threshold decides, and equal to it is no drift', async () => {
    const index = (await compare(values(1, 1, 2), values(1, 2, 2))).columns[0]!.index!
    const at = async (threshold: number): Promise<readonly string[]> =>
      (await compare(values(1, 1, 2), values(1, 2, 2), { threshold })).drifted
    assert.deepEqual(await at(index), [])
    assert.deepEqual(await at(index * 0.999), ['x'])
  })

  test('a column that neither side has is refused with the nearest name', async () => {
    await assert.rejects(
      compare('(SELECT 1 AS income)', '(SELECT 1 AS income)', { columns: ['incom'] }),
      {
        code: 'DATA_COLUMN_MISSING',
        message: "neither table has 'incom'",
        hint: "did you mean 'income'?",
      },
    )
  })

  test('a side without rows or that cannot be read is refused', async () => {
    const empty = '(SELECT 1 AS x WHERE false)'
    await assert.rejects(compare('(SELECT 1 AS x)', empty), { code: 'DATA_FILE_INVALID' })
    await assert.rejects(compare('nowhere', empty), { code: 'DATA_FILE_INVALID' })
  })
})

describe('renderDrift', () => {
  test('marks what drifted and ends with the verdict', async () => {
    const report = await compare(
      `(SELECT * FROM (VALUES (1, 5, 1), (1, 5, 2)) t(same, moved, gone))`,
      `(SELECT * FROM (VALUES (1, 6), (NULL, 7)) t(same, moved))`,
    )
    const lines = renderDrift(report).split('\n')
    assert.match(lines[0]!, /^DRIFT same {3}psi 0\.0000 {2}missing 0\.0 % → 50\.0 % \(psi \d/)
    assert.match(lines[1]!, /^DRIFT moved {2}psi \d\.\d{4} {2}none missing$/)
    assert.equal(lines[2], 'DRIFT gone   absent in the current data')
    assert.equal(
      lines[3],
      '3 of 3 columns drifted: same, moved, gone (2 reference rows, 2 current rows, threshold 0.2)',
    )
  })

  test('says so when nothing drifted', async () => {
    const report = await compare(values(1, 2), values(1, 2))
    assert.match(
      renderDrift(report),
      /^ok {4}x {2}psi 0\.0000 {2}none missing\nnone of 1 columns drifted/,
    )
  })
})

describe('files', () => {
  let folder = ''
  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'mlpt-drift-'))
    writeFileSync(join(folder, 'a.csv'), 'x,y\n1,a\n2,b\n2e+00,b\n')
    writeFileSync(join(folder, 'b.csv'), 'x\n7\n8\n')
    writeFileSync(join(folder, 'broken.parquet'), 'no parquet')
    writeFileSync(join(folder, 'empty.csv'), '')
    using database = await openDatabase()
    await database.run(`COPY (SELECT * FROM (VALUES (1, 'a'), (2, 'b'), (2, 'b')) t(x, y))
      TO ${quoteText(join(folder, "it's.parquet"))}`)
  })
  after(() => rmSync(folder, { recursive: true, force: true }))
  const path = (name: string): string => join(folder, name)

  test('CSV and Parquet of the same table do not differ', async () => {
    const report = await compareFiles({
      reference: path('a.csv'),
      current: path("it's.parquet"),
      threshold: 0.2,
    })
    assert.deepEqual(report.drifted, [])
  })

  test('a missing, broken, empty or other file is refused by name', async () => {
    for (const [name, code] of [
      ['absent.csv', 'FILE_MISSING'],
      ['broken.parquet', 'DATA_FILE_INVALID'],
      ['empty.csv', 'DATA_FILE_INVALID'],
      ['a.xlsx', 'DATA_FILE_INVALID'],
    ] as const) {
      const compared = compareFiles({
        reference: path('a.csv'),
        current: path(name),
        threshold: 0.2,
      })
      await assert.rejects(compared, { code }, name)
    }
  })

  test('the command exits 0 without drift and 3 with, the report on stdout', () => {
    const same = drift(path('a.csv'), path("it's.parquet"))
    assert.equal(same.status, 0, same.stderr)
    const moved = drift(path('a.csv'), path('b.csv'), '--json')
    assert.equal(moved.status, 3, moved.stderr)
    assert.deepEqual((JSON.parse(moved.stdout) as DriftReport).drifted, ['x', 'y'])
    assert.match(moved.stderr, /DATA_DRIFTED: '.*b\.csv' has drifted: x, y/)
  })

  test('the command compares only the columns asked for, above the threshold given', () => {
    const some = drift(path('a.csv'), path('b.csv'), '--columns', 'x', '--threshold', '100')
    assert.equal(some.status, 0, some.stderr)
  })

  test('a threshold that is no number above 0 is wrong usage', () => {
    for (const threshold of ['zero', '0', '-1', 'Infinity', '']) {
      const result = drift(path('a.csv'), path('b.csv'), `--threshold=${threshold}`)
      assert.equal(result.status, 2, threshold)
      assert.match(result.stderr, /CLI_USAGE/)
    }
  })
})

/** The command alone, so that this test does not wait for the other commands. */
function drift(...args: readonly string[]): {
  status: number | null
  stdout: string
  stderr: string
} {
  const root = join(import.meta.dirname, '../..')
  const program = `
    import { Command, CommanderError } from 'commander'
    import { addDriftCommand } from './src/cli/commands/drift.ts'
    import { formatError } from './src/core/errors.ts'
    const program = new Command().exitOverride()
    addDriftCommand(program)
    for (const command of program.commands) command.exitOverride()
    try {
      await program.parseAsync(process.argv.slice(1), { from: 'user' })
    } catch (error) {
      const isUsage = error instanceof CommanderError
      process.stderr.write((isUsage ? 'CLI_USAGE ' : '') + formatError(error))
      process.exitCode = isUsage ? 2 : error.exitCode
    }`
  return spawnSync(
    process.execPath,
    ['--input-type=module', '-e', program, '--', 'drift', ...args],
    { cwd: root, encoding: 'utf8' },
  )
}

async function compare(
  reference: string,
  current: string,
  options: { threshold?: number; columns?: readonly string[] } = {},
): Promise<DriftReport> {
  using database: Database = await openDatabase()
  return await compareTables({ database, reference, current, threshold: 0.2, ...options })
}

/** Columns x, by expression over 0 … 99, and y, the same ten groups. */
function numbers(expression: string): string {
  return `(SELECT ${expression} AS x, range % 10 AS y FROM range(100))`
}

function values(...list: readonly number[]): string {
  return `(SELECT * FROM (VALUES ${list.map((value) => `(${value}::BIGINT)`).join(', ')}) t(x))`
}

function texts(...list: readonly string[]): string {
  const rows = list.map((value) => `('${value.replaceAll("'", "''")}')`)
  return `(SELECT * FROM (VALUES ${rows.join(', ')}) t(x))`
}

function indices(report: DriftReport): (number | undefined)[] {
  return report.columns.map((column) => column.index)
}

function names(columns: readonly ColumnDrift[]): string[] {
  return columns.map((column) => column.name)
}
