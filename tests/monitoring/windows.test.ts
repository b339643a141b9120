import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openDatabase } from '../../src/data/duckdb-store.ts'
import { describeTable } from '../../src/data/table/describe-table.ts'
import { readWindows, type WindowSpec } from '../../src/monitoring/windows-store.ts'

describe('readWindows', () => {
  test('a month begins on its first day, and windows come in order', async () => {
    const { windows, warnings } = await cut(days('2025-12-01', 62), { column: 't', size: 'month' })
    assert.deepEqual(
      windows.map(({ label, rows }) => [label, rows]),
      [
        ['2025-12', 31],
        ['2026-01', 31],
      ],
    )
    assert.deepEqual(warnings, [])
  })

  test('a week begins on Monday', async () => {
    const hours = `(SELECT TIMESTAMP '2025-12-29' + to_hours(range::INT) AS t, range AS x FROM range(336))`
    const { windows } = await cut(hours, { column: 't', size: 'week' })
    assert.deepEqual(
      windows.map(({ label, rows }) => [label, rows]),
      [
        ['2025-12-29', 168],
        ['2026-01-05', 168],
      ],
    )
  })

  test('times with a zone are cut at midnight in UTC, whatever the zone of the machine', async () => {
    const late = `(SELECT TIMESTAMPTZ '2026-01-01 23:30:00-05' AS t, range AS x FROM range(40))`
    const { windows } = await cut(late, { column: 't', size: 'day' })
    assert.deepEqual(
      windows.map(({ label }) => label),
      ['2026-01-02'],
    )
  })

  test('rows without a time and windows of fewer than 30 rows are left out with a warning', async () => {
    const table = `(SELECT CASE WHEN range < 5 THEN NULL WHEN range < 7 THEN 'infinity'::TIMESTAMP
      WHEN range < 36 THEN TIMESTAMP '2026-01-01' ELSE TIMESTAMP '2026-02-01' END AS t, range AS x
      FROM range(66))`
    const { windows, warnings } = await cut(table, { column: 't', size: 'month' })
    assert.deepEqual(
      windows.map(({ label, rows }) => [label, rows]),
      [['2026-02', 30]],
    )
    assert.deepEqual(warnings, [
      '7 rows without a time are in no window',
      '1 windows with fewer than 30 rows are not compared',
    ])
  })

  test('the column that cuts windows is not compared; by rows all are', async () => {
    const byTime = await cut(days('2026-01-01', 31), { column: 't', size: 'month' })
    assert.deepEqual(
      byTime.windows[0]?.table.columns.map(({ name }) => name),
      ['x'],
    )
    const byRows = await cut(days('2026-01-01', 70), { rows: 40 })
    assert.deepEqual(
      byRows.windows.map(({ label, table }) => [label, table.columns.length]),
      [
        ['rows 0–39', 2],
        ['rows 40–69', 2],
      ],
    )
  })

  test("a column of any name is not taken for the windows' own", async () => {
    const table = `(SELECT range AS x, 'a' AS "#Window", 'b' AS "#window#" FROM range(80))`
    const { windows } = await cut(table, { rows: 40 })
    assert.deepEqual(
      windows.map(({ label }) => label),
      ['rows 0–39', 'rows 40–79'],
    )
  })

  test('what cannot be cut is refused', async () => {
    const month = { size: 'month' } as const
    for (const [table, spec, code] of [
      [days('2026-01-01', 40), { column: 'tt', ...month }, 'DATA_COLUMN_MISSING'],
      [days('2026-01-01', 40), { column: 'x', ...month }, 'DATA_INCOMPARABLE'],
      [days('2026-01-01', 40), { column: 't', size: 'day' }, 'DATA_INCOMPARABLE'],
      [days('2020-01-01', 600), { column: 't', size: 'day' }, 'DATA_INCOMPARABLE'],
      [
        `(SELECT '2026-01-01' AS t, 1 AS x FROM range(40))`,
        { column: 't', ...month },
        'DATA_INCOMPARABLE',
      ],
    ] as const) {
      await assert.rejects(cut(table, spec), { code }, JSON.stringify(spec))
    }
  })
})

async function cut(relation: string, spec: WindowSpec): ReturnType<typeof readWindows> {
  using database = await openDatabase()
  return await readWindows(database, await describeTable(database, relation), spec)
}

function days(first: string, count: number): string {
  return `(SELECT DATE '${first}' + range::INT AS t, range AS x FROM range(${count}))`
}
