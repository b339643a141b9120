import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import fc from 'fast-check'
import { countCodePoints } from '../../../src/core/code-points.ts'
import { type Database, openDatabase, quoteText } from '../../../src/data/duckdb-store.ts'
import { profileTexts, type TextColumnProfile } from '../../../src/data/profile/profile-texts.ts'

/** What a text looks like, in JavaScript; the first that fits. */
const classes: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['blank', /^\s*$/],
  ['padded', /^\s|\s$/],
  ['leading zero', /^0\d+$/],
  ['integer', /^[+-]?\d+$/],
  ['decimal', /^[+-]?(?:\d+[.,]\d*|[.,]\d+)(?:e[+-]?\d+)?$/i],
  ['date', /^\d{4}-\d{2}-\d{2}$/],
  ['timestamp', /^\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}/],
  ['uuid', /^[\da-f]{8}-(?:[\da-f]{4}-){3}[\da-f]{12}$/i],
  ['email', /^[^\s@]+@[^\s@]+\.[^\s@]+$/],
  ['url', /^https?:\/\/\S+$/i],
  ['word', /^[\p{L}\p{M}\p{N}_-]+$/u],
]

describe('profileTexts', () => {
  let database: Database
  before(async () => (database = await openDatabase()))
  after(() => database[Symbol.dispose]())

  test('counts texts, their lengths in code points and their classes as JavaScript does', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(withoutMark, { minLength: 1, maxLength: 40 }), async (texts) => {
        const rows = texts.map((one) => `(${quoteText(one)})`)
        const relation = `(VALUES (NULL::VARCHAR), ${rows.join(', ')}) t(x)`
        const found = await profileColumn({ relation, rows: rows.length + 1 })
        const lengths = texts.map(countCodePoints)
        assert.equal(found.nulls, 1)
        assert.deepEqual(found.distinct, { count: new Set(texts).size, isExact: true })
        assert.deepEqual(toObject(found.top), countAll(texts, 20))
        assert.deepEqual(found.texts?.lengths, {
          min: Math.min(...lengths),
          max: Math.max(...lengths),
          mean: lengths.reduce((sum, length) => sum + length, 0) / lengths.length,
        })
        const named = texts.map(
          (one) => classes.find(([, pattern]) => pattern.test(one))?.[0] ?? 'other',
        )
        assert.deepEqual(toObject(found.texts?.classes ?? []), countAll(named, 20))
      }),
      { numRuns: 100 },
    )
  })

  test('lists the most frequent texts of many, and counts the others', async () => {
    const relation = `(SELECT CAST(i % 2500 AS VARCHAR) AS x FROM range(6000) t(i))`
    const { top, distinct, distribution } = await profileColumn({ relation, rows: 6000 })
    assert.equal(distinct.count, 2500)
    assert.deepEqual(top[0], { value: '0', count: 3 })
    assert.ok(distribution.kind === 'categories')
    assert.equal(distribution.counts.length, 1000)
    // The 1,000 texts below '1000' occur three times each.
    assert.equal(distribution.others, 3000)
  })

  test('a column without texts has no distribution', async () => {
    const relation = '(SELECT NULL::VARCHAR AS x FROM range(3))'
    assert.deepEqual(await profileColumn({ relation, rows: 3 }), {
      nulls: 3,
      distinct: { count: 0, isExact: true },
      top: [],
      distribution: { kind: 'none' },
    })
  })

  test('columns described together are described as each alone', async () => {
    const columns = fc.array(fc.tuple(fc.nat(3), fc.option(withoutMark), fc.option(text)), {
      minLength: 1,
      maxLength: 20,
    })
    await fc.assert(
      fc.asyncProperty(columns, async (rows) => {
        const cells = rows.map(
          (row) =>
            `(${row.map((cell) => (cell === null ? 'NULL' : quoteText(String(cell)))).join(', ')})`,
        )
        // Named like what the queries call their own.
        const table = `(VALUES ${cells.join(', ')}) t(v, n, c)`
        const relation = `(SELECT v::VARCHAR AS v, n::VARCHAR AS n, c::VARCHAR AS c FROM ${table})`
        const source = { relation, rows: rows.length }
        const names = ['c', 'v', 'n']
        const alone: TextColumnProfile[] = []
        for (const name of names) {
          alone.push(...(await profileTexts(database, { ...source, names: [name] })))
        }
        assert.deepEqual(await profileTexts(database, { ...source, names }), alone)
      }),
      { numRuns: 50 },
    )
  })

  async function profileColumn(source: {
    readonly relation: string
    readonly rows: number
  }): Promise<TextColumnProfile> {
    const [described] = await profileTexts(database, { ...source, names: ['x'] })
    return described!
  }
})

function toObject(counts: readonly { readonly value: string; readonly count: number }[]): object {
  return Object.fromEntries(counts.map(({ value, count }) => [`=${value}`, count]))
}

/** Of all texts, as long as there are no more than `most`: which of equally frequent ones is first, others test. */
function countAll(texts: readonly string[], most: number): object {
  const counts = new Map<string, number>()
  for (const one of texts) counts.set(one, (counts.get(one) ?? 0) + 1)
  const byCodePoints = (a: string, b: string): number =>
    Buffer.compare(Buffer.from(a), Buffer.from(b))
  const sorted = [...counts].toSorted(([a, m], [b, n]) => n - m || byCodePoints(a, b))
  return Object.fromEntries(sorted.slice(0, most).map(([value, count]) => [`=${value}`, count]))
}

const blanks = fc.constantFrom(
  ' ',
  '\t',
  '\n',
  '\u00a0',
  '\u2003',
  '\u3000',
  '\ufeff',
  '\u0085',
  '\u200b',
  '\v',
)
const text = fc.oneof(
  fc.constantFrom(
    '007',
    '0',
    '+12',
    '-3',
    '1.5',
    '.5',
    '1e5',
    '1,5E-3',
    '2024-01-31',
    '2024-01-31T10:00',
  ),
  fc.constantFrom(
    '2024-01-31 10:00\nx',
    'a@b.co',
    'a b@c.de',
    'HTTP://x',
    'https://a b',
    'é',
    '٣',
    'a_b-c',
    '🙂',
    '',
  ),
  fc.uuid(),
  fc.uuid().map((one) => one.toUpperCase()),
  // Letters that every version of Unicode knows: RE2's is another than V8's.
  fc.string({
    unit: fc.constantFrom(
      'a',
      'é',
      'ß',
      '٣',
      '一',
      '🙂',
      '½',
      '\u0301',
      '_',
      '-',
      ' ',
      '\n',
      '.',
      '0',
    ),
    maxLength: 6,
  }),
  fc
    .tuple(fc.option(blanks, { nil: '' }), fc.stringMatching(/^[\w@.,+-]{0,6}$/), blanks)
    .map((parts) => parts.join('')),
)

/** DuckDB's JavaScript takes a byte order mark off the texts that it hands over. */
const withoutMark = text.filter((one) => !one.startsWith('\ufeff'))
