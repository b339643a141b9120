import assert from 'node:assert/strict'
import { test } from 'node:test'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { readDistributions, toCategories } from '../../../src/data/profile/read-distributions.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'

test('null, NaN and infinities are counted apart from the values', async () => {
  using database = await openDatabase()
  await database.run(`CREATE TABLE t AS SELECT * FROM (VALUES
    (1.5::DOUBLE, 2::BIGINT, 'a', true, DATE '1970-01-02', [1]),
    ('NaN', 2, 'b', false, DATE 'infinity', NULL), ('-inf', NULL, 'a', NULL, NULL, [2]),
    (NULL, 7, NULL, true, DATE '1970-01-02', [3])) AS v(d, i, s, b, day, list)`)
  const { rows, columns } = await readDistributions(database, await describeTable(database, 't'))
  assert.equal(rows, 4)
  const missing = [...columns.values()].map((c) => [c.name, c.nulls, c.nans, c.infinities])
  assert.deepEqual(missing, [
    ['d', 1, 1, 1],
    ['i', 1, 0, 0],
    ['s', 1, 0, 0],
    ['b', 1, 0, 0],
    ['day', 1, 0, 1],
    ['list', 1, 0, 0],
  ])
  const whole = columns.get('i')?.distribution
  assert(whole?.kind === 'numbers')
  assert.deepEqual([[...whole.values], [...whole.counts], whole.total], [[2, 7], [2, 1], 3])
  assert.equal(whole.areIntegers, true)
  assert.deepEqual(
    [...toCategories(whole).counts],
    [
      ['2', 2],
      ['7', 1],
    ],
  )
  assert.deepEqual(columns.get('day')?.range, [86_400_000_000, 86_400_000_000])
  const texts = columns.get('s')?.distribution
  assert(texts?.kind === 'categories')
  assert.deepEqual(
    [...texts.counts],
    [
      ['a', 2],
      ['b', 1],
    ],
  )
  assert.equal(columns.get('list')?.distribution, undefined)
})
