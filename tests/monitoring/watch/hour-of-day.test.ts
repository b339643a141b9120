import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { readDistributions } from '../../../src/data/profile/read-distributions.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'
import { withHours } from '../../../src/monitoring/watch/hour-of-day.ts'

const fields = { at: { type: 'datetime' }, since: { type: 'date' } } as const

test('moments of known rows are hours in UTC, whatever the zone of the machine; a profile has none', async () => {
  using database = await openDatabase()
  const relation = `(SELECT TIMESTAMPTZ '2026-01-01 01:30:00+02:00' AS "at", DATE '2026-01-01' AS since,
    TIMESTAMP '2026-01-01 10:00:00' AS other UNION ALL SELECT NULL, NULL, NULL)`
  const table = await describeTable(database, relation)
  const hours = withHours(table, fields)
  assert.ok('relation' in hours)
  const found = await readDistributions(database, hours)
  const at = found.columns.get('at')
  assert.deepEqual(
    [at?.range, at?.nulls, at?.type, at?.family],
    [[23, 23], 1, 'UTINYINT', 'number'],
  )
  // The log has no hours of days, and what the model does not take is left alone.
  for (const name of ['since', 'other']) assert.equal(found.columns.get(name)?.family, 'time')
  const profile = withHours(await readDistributions(database, table), fields)
  assert.ok(!('relation' in profile))
  const { distribution, range, nulls, family } = profile.columns.get('at')!
  assert.deepEqual([distribution, range, nulls, family], [undefined, undefined, 1, 'number'])
  assert.ok(profile.columns.get('since')?.distribution !== undefined)
})
