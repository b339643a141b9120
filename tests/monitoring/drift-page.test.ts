import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openDatabase } from '../../src/data/duckdb-store.ts'
import { describeTable } from '../../src/data/table/describe-table.ts'
import { compareTables } from '../../src/monitoring/drift.ts'
import { renderDriftPage } from '../../src/monitoring/drift-page.ts'
import type { DriftReport } from '../../src/monitoring/drift-report.ts'

describe('renderDriftPage', () => {
  test('says what drifted, draws it, and names both sides', async () => {
    const page = renderDriftPage(
      await compare(
        `(SELECT range AS x, 'g' || (range % 3) AS g FROM range(100))`,
        `(SELECT range + 50 AS x, 'g' || (range % 3) AS g FROM range(100))`,
      ),
      { reference: 'may.csv', current: 'june.csv' },
    )
    for (const part of ['The data has drifted', '1 of 2 columns', 'may.csv', 'june.csv', '<svg']) {
      assert.ok(page.includes(part), part)
    }
    assert.match(page, /values moved: median 49 → 99/)
  })

  test('markup in names and values is text', async () => {
    const evil = '<script>alert(1)</script>'
    const table = `(SELECT '${evil}' AS "${evil}" FROM range(40))`
    const page = renderDriftPage(await compare(table, table, evil), {
      reference: evil,
      current: evil,
    })
    assert.ok(!page.includes('<script'))
  })

  test('two thousand columns stay below 300 kB', async () => {
    const table = (by: number): string => `(SELECT range + ${by} AS x FROM range(40))`
    const report = await compare(table(0), table(30))
    const columns = Array.from({ length: 2000 }, () => report.columns[0]!)
    const page = renderDriftPage(
      { ...report, columns, drifted: columns.map(({ name }) => name) },
      { reference: 'a', current: 'b' },
    )
    assert.ok(Buffer.byteLength(page) <= 300_000, String(Buffer.byteLength(page)))
    assert.match(page, /2,000 of 2,000 columns/)
  })
})

async function compare(reference: string, current: string, segment?: string): Promise<DriftReport> {
  using database = await openDatabase()
  return await compareTables({
    database,
    reference: await describeTable(database, reference),
    current: await describeTable(database, current),
    ...(segment !== undefined && { segment }),
  })
}
