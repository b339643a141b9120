import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { type Database, openDatabase } from '../../../src/data/duckdb-store.ts'
import { profileTable } from '../../../src/data/profile/profile-table.ts'
import type { ColumnProfile, Profile } from '../../../src/data/profile/profile.ts'
import { renderProfile } from '../../../src/data/profile/profile-text.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'

let database: Database
before(async () => (database = await openDatabase()))
after(() => database[Symbol.dispose]())

async function profile(relation: string): Promise<Profile> {
  return profileTable(database, await describeTable(database, relation))
}

async function one(values: string): Promise<ColumnProfile> {
  const { columns } = await profile(`(SELECT * FROM (VALUES ${values}) v(x))`)
  return columns[0]!
}

describe('profileTable', () => {
  test('counts the numbers, what is missing and what is infinite', async () => {
    const column = await one(
      "(1.5::DOUBLE), (2.5), (2.5), (-4), (0), (NULL), ('nan'), ('infinity'), ('-infinity'), ('-infinity')",
    )
    assert.deepEqual(
      [column.nulls, column.nans, column.positiveInfinities, column.negativeInfinities],
      [1, 1, 1, 2],
    )
    assert.deepEqual(column.distinct, { count: 4, isExact: true })
    assert.deepEqual(column.top[0], { value: '2.5', count: 2 })
    const { histogram, quantiles, ...numbers } = column.numbers!
    // Of −4, 0, 1.5, 2.5 and 2.5 the first is 20 %, so 25 % are reached at the second.
    assert.deepEqual(
      quantiles?.map(({ share, value }) => [share, value]),
      [
        [0.01, -4],
        [0.05, -4],
        [0.25, 0],
        [0.5, 1.5],
        [0.75, 2.5],
        [0.95, 2.5],
        [0.99, 2.5],
      ],
    )
    assert.deepEqual(numbers, {
      count: 5,
      min: -4,
      max: 2.5,
      mean: 0.5,
      squaredDeviations: 1 + 4 + 4 + 20.25 + 0.25,
      zeros: 1,
      negatives: 1,
      isWhole: false,
    })
    assert.equal(histogram.edges.length, histogram.counts.length + 1)
  })

  test('keeps edges in order and JSON without holes for the largest of numbers', async () => {
    for (const values of [
      '(-9.46e306::DOUBLE), (1.797e308)',
      '(1e308::DOUBLE), (-1.7e308), (3.5)',
    ]) {
      const { histogram, squaredDeviations } = (await one(values)).numbers!
      assert.ok(histogram.edges.every((edge, i) => i === 0 || edge >= histogram.edges[i - 1]!))
      assert.ok(Number.isFinite(squaredDeviations))
    }
  })

  test('tells texts by length and class', async () => {
    const column = await one(
      "('a@b.org'), ('007'), (' x'), (''), ('2024-01-31'), ('naïve'), ('👍'), (NULL)",
    )
    assert.deepEqual(column.texts?.lengths, {
      min: 0,
      max: 10,
      mean: (7 + 3 + 2 + 0 + 10 + 5 + 1) / 7,
    })
    assert.deepEqual(
      column.texts?.classes.map(({ value }) => value),
      ['blank', 'date', 'email', 'leading zero', 'other', 'padded', 'word'],
    )
  })

  test('shows times as ISO 8601 and booleans in words', async () => {
    assert.deepEqual((await one("(DATE '2024-02-29')")).top, [
      { value: '2024-02-29T00:00:00.000Z', count: 1 },
    ])
    assert.deepEqual((await one('(true), (false), (true)')).top, [
      { value: 'true', count: 2 },
      { value: 'false', count: 1 },
    ])
  })

  test('counts integers that no double can tell apart', async () => {
    const { distinct } = await one(
      '(9007199254740993::BIGINT), (9007199254740992), (9007199254740992)',
    )
    assert.equal(distinct.count, 2)
  })

  test('says nothing of the values of an empty table, a column without any and nested ones', async () => {
    const empty = await profile("(SELECT 1 AS a, 'x' AS b WHERE false)")
    assert.equal(empty.rows, 0)
    for (const { numbers, texts, distribution } of empty.columns) {
      assert.deepEqual([numbers, texts, distribution.kind], [undefined, undefined, 'none'])
    }
    assert.equal((await one('(NULL::DOUBLE)')).distribution.kind, 'none')
    const nested = await one('([1, 2]), (NULL)')
    assert.deepEqual([nested.nulls, nested.distribution.kind], [1, 'none'])
  })

  test('keeps many different values to the resolution that it states', async () => {
    const values = Array.from({ length: 5000 }, (_, i) => (i * i) % 4999)
    const { distribution } = await one(values.map((value) => `(${value})`).join(', '))
    assert.ok(distribution.kind === 'numbers' && distribution.values.length <= 1001)
    assert.ok(distribution.resolution > 0 && distribution.resolution < 0.005)
    let seen = 0
    for (const [i, edge] of distribution.values.entries()) {
      seen += distribution.counts[i]!
      assert.equal(seen, values.filter((value) => value <= edge).length)
    }
  })

  test('asks of a wide table in few statements what it would of each column alone', async () => {
    const cells = [
      "'v' || i % 3",
      'i * 0.5',
      'i % 2 = 0',
      "DATE '2024-01-31' + i::INTEGER",
      '[i]',
      '9007199254740993 + i',
      "CASE WHEN i > 1 THEN 'infinity'::DOUBLE ELSE i END",
      'NULL::VARCHAR',
    ]
    const names = Array.from({ length: 800 }, (_, i) => `c${i}`)
    const columns = names.map((name, i) => `${cells[i % cells.length]} AS ${name}`)
    await database.run(`CREATE TABLE wide AS SELECT ${columns.join(', ')} FROM range(5) t(i)`)
    const table = await describeTable(database, 'wide')
    let statements = 0
    const counting: Database = {
      ...database,
      run: (...asked) => (statements++, database.run(...asked)),
      query: (...asked) => (statements++, database.query(...asked)),
      queryColumns: (...asked) => (statements++, database.queryColumns(...asked)),
    }
    const whole = await profileTable(counting, table)
    assert.ok(statements < 40, `${statements} statements`)
    for (const [i, name] of names.slice(0, cells.length).entries()) {
      const alone = await profileTable(database, table, { columns: [name] })
      assert.deepEqual(whole.columns[i], alone.columns[0])
    }
  })

  test('gives the same bytes again, and a line for each column in the terminal', async () => {
    const relation = "(SELECT range AS n, 'v' || range % 3 AS t FROM range(50))"
    const first = await profile(relation)
    assert.equal(JSON.stringify(first), JSON.stringify(await profile(relation)))
    const lines = renderProfile(first)
    assert.equal(lines[0], '50 rows, 2 columns')
    assert.equal(renderProfile(await profile('(SELECT 1 AS x)'))[0], '1 row, 1 column')
    assert.match(lines[3]!, /^n +BIGINT +0 % +50 .*0 … 49, mean 24\.5, median 24$/)
    assert.match(lines[4]!, /^t +VARCHAR +0 % +3 +v0 \(17\), v1 \(17\), v2 \(16\)$/)
  })
})

test('every number is counted once, in the histogram and in the distribution', async () => {
  // SQL is text, and the text of −0 is 0.
  const number = fc
    .oneof(fc.integer({ min: -5, max: 5 }), fc.double({ noNaN: true, noDefaultInfinity: true }))
    .map((value) => value + 0)
  await fc.assert(
    fc.asyncProperty(fc.array(number, { minLength: 1, maxLength: 40 }), async (values) => {
      const { numbers, distribution } = await one(
        values.map((value) => `('${value}'::DOUBLE)`).join(', '),
      )
      const { histogram, count, min, max } = numbers!
      assert.equal(count, values.length)
      assert.equal(
        histogram.counts.reduce((a, b) => a + b, 0),
        count,
      )
      assert.deepEqual([min, max], [Math.min(...values), Math.max(...values)])
      assert.ok(histogram.edges.every((edge, i) => i === 0 || edge >= histogram.edges[i - 1]!))
      assert.ok(distribution.kind === 'numbers')
      assert.equal(
        distribution.counts.reduce((a, b) => a + b, 0),
        count,
      )
    }),
    { numRuns: 40 },
  )
})
