import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { type Database, openDatabase, quoteText } from '../../../src/data/duckdb-store.ts'
import { mergeProfiles } from '../../../src/data/profile/merge-profiles.ts'
import { profileTable } from '../../../src/data/profile/profile-table.ts'
import type { ColumnProfile, Profile } from '../../../src/data/profile/profile.ts'
import { describeTable } from '../../../src/data/table/describe-table.ts'

let database: Database
before(async () => (database = await openDatabase()))
after(() => database[Symbol.dispose]())

type Row = readonly [number: number | null, text: string | null, isTrue: boolean | null]

async function profileRows(rows: readonly Row[]): Promise<Profile> {
  const cells = rows.map(
    ([number, text, isTrue]) =>
      `(${number === null ? 'NULL' : `'${number}'::DOUBLE`}, ${text === null ? 'NULL' : quoteText(text)}, ${isTrue})`,
  )
  const relation = `(SELECT * FROM (VALUES (NULL::DOUBLE, NULL::VARCHAR, NULL::BOOLEAN)${cells.map((each) => `, ${each}`).join('')}) v(n, t, b) OFFSET 1)`
  return profileTable(database, await describeTable(database, relation))
}

async function profileOf(select: string): Promise<Profile> {
  return profileTable(database, await describeTable(database, `(${select})`))
}

const number = fc.oneof(
  fc.integer({ min: -4, max: 4 }),
  fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e6, max: 1e6 }).map((x) => x + 0),
  fc.constantFrom(Number.NaN, Infinity, -Infinity),
)
const text = fc.oneof(
  fc.constantFrom('', 'a', '007', '2024-01-31', ' x', '👍', '\uFF5E'),
  fc.string({ unit: 'grapheme', maxLength: 4 }).map((each) => each.replaceAll('\0', '')),
)
const nullable = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> =>
  fc.option(value, { freq: 5 })
const rows = fc.array(fc.tuple(nullable(number), nullable(text), nullable(fc.boolean())), {
  maxLength: 25,
})

describe('mergeProfiles', () => {
  test('of two parts is the profile of the whole, and either part may come first', async () => {
    await fc.assert(
      fc.asyncProperty(rows, rows, async (first, second) => {
        const [a, b] = [await profileRows(first), await profileRows(second)]
        const merged = mergeProfiles(a, b)
        assertSame(merged, await profileRows([...first, ...second]))
        assert.deepEqual(mergeProfiles(b, a), merged)
      }),
      { numRuns: 60 },
    )
  })

  test('may be done in any order, and a part without rows changes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(rows, rows, rows, async (first, second, third) => {
        const [a, b] = [await profileRows(first), await profileRows(second)]
        const c = await profileRows(third)
        assertSame(mergeProfiles(mergeProfiles(a, b), c), mergeProfiles(a, mergeProfiles(b, c)))
        const empty = await profileRows([])
        assert.deepEqual(mergeProfiles(a, empty), a)
        assert.deepEqual(mergeProfiles(empty, a), a)
      }),
      { numRuns: 25 },
    )
  })

  test('holds many different numbers to the resolution that it states', async () => {
    const select = (from: number, to: number): string =>
      `SELECT CAST((i * 7919) % 10007 AS DOUBLE) / 7 AS x FROM range(${from}, ${to}) r(i)`
    const merged = mergeProfiles(
      await profileOf(select(0, 4000)),
      mergeProfiles(await profileOf(select(4000, 9000)), await profileOf(select(9000, 15_000))),
    )
    const [whole, parts] = [(await profileOf(select(0, 15_000))).columns[0]!, merged.columns[0]!]
    const { distribution } = parts
    assert.ok(distribution.kind === 'numbers' && distribution.values.length <= 1001)
    assert.ok(distribution.resolution > 0 && distribution.resolution < 0.005)
    const cells = await database.queryNumbers(`SELECT x FROM (${select(0, 15_000)}) ORDER BY x`)
    const sorted = cells.get('x')!
    const shareUpTo = (limit: number): number =>
      sorted.filter((each) => each <= limit).length / sorted.length
    let seen = 0
    for (const [i, edge] of distribution.values.entries()) {
      seen += distribution.counts[i]!
      const error = Math.abs(seen / 15_000 - shareUpTo(edge))
      assert.ok(error <= distribution.resolution + 1e-12)
    }
    for (const { share, value } of parts.numbers!.quantiles!) {
      assert.ok(Math.abs(shareUpTo(value) - share) <= 2 * distribution.resolution)
    }
    for (const [i, count] of parts.numbers!.histogram.counts.entries()) {
      const error = Math.abs(count - whole.numbers!.histogram.counts[i]!) / 15_000
      assert.ok(error <= 2 * distribution.resolution)
    }
    assert.equal(parts.distinct.isExact, false)
    assert.ok(parts.distinct.count <= whole.distinct.count)
  })

  test('counts the different keys of consecutive parts, and says of others what there is at least', async () => {
    const part = async (from: number): Promise<Profile> =>
      profileOf(`SELECT i, 'u' || (i % 3000) AS t FROM range(${from}, ${from + 2500}) r(i)`)
    const [keys, texts] = mergeProfiles(await part(0), await part(2500)).columns
    assert.deepEqual(keys!.distinct, { count: 5000, isExact: true })
    assert.equal(texts!.distinct.isExact, false)
    assert.ok(texts!.distinct.count >= 2500 && texts!.distinct.count <= 3000)
    assert.ok(texts!.distribution.kind === 'categories')
    const listed = texts!.distribution.counts.reduce((sum, { count }) => sum + count, 0)
    assert.equal(listed + texts!.distribution.others, 5000)
  })

  test('tells apart whole numbers that no double tells apart', async () => {
    const part = await profileOf('SELECT 9007199254740992 + i AS i FROM range(3) r(i)')
    const { distinct } = mergeProfiles(part, part).columns[0]!
    assert.deepEqual(distinct, { count: 3, isExact: false })
  })

  test('names all columns that only one part has or that differ in type', async () => {
    const [a, b] = [
      await profileOf("SELECT 1 AS same, 2 AS number, 'x' AS gone"),
      await profileOf("SELECT 1 AS same, 2.5::DOUBLE AS number, 'x' AS new"),
    ]
    assert.throws(() => mergeProfiles(a, b), {
      code: 'DATA_COLUMN_MISSING',
      message:
        /'number' is INTEGER in the first, DOUBLE in the second; 'gone' is only in the first; 'new' is only in the second$/,
    })
  })
})

/** Equal but for rounding in sums. */
function assertSame(actual: Profile, expected: Profile): void {
  assert.deepEqual(actual.columns.map(withoutSums), expected.columns.map(withoutSums))
  for (const [i, column] of actual.columns.entries()) {
    const [sums, others] = [sumsOf(column), sumsOf(expected.columns[i]!)]
    for (const [k, sum] of sums.entries()) {
      assert.ok(Math.abs(sum - others[k]!) <= 1e-12 * sizeOf(column), `${sum} is not ${others[k]}`)
    }
  }
}

function sumsOf({ numbers, texts }: ColumnProfile): readonly number[] {
  const { mean, squaredDeviations } = numbers ?? { mean: 0, squaredDeviations: 0 }
  return [mean, squaredDeviations, texts?.lengths.mean ?? 0]
}

/** As large as the squares of a hundred values can be. */
function sizeOf({ numbers, texts }: ColumnProfile): number {
  const { min, max } = numbers ?? texts?.lengths ?? { min: 0, max: 0 }
  return 100 * Math.max(1, min * min, max * max)
}

function withoutSums({ numbers, texts, ...rest }: ColumnProfile): unknown {
  const { mean: _, squaredDeviations: __, ...exact } = numbers ?? { mean: 0, squaredDeviations: 0 }
  const { mean: ___, ...lengths } = texts?.lengths ?? { mean: 0 }
  return { ...rest, exact, lengths, classes: texts?.classes }
}
