import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { pythonRegex, translateRegex } from '../../../src/data/expectations/python-regex.ts'

describe('translateRegex', () => {
  const cases: readonly [string, string, boolean][] = [
    // pattern, text, what Python's re.search finds
    ['^\\d+$', '٣٤', true],
    ['^\\d+$', '12\n', true],
    ['^\\d+\\Z', '12\n', false],
    ['b$', 'ab\nc', false],
    ['(?m)b$', 'ab\nc', true],
    ['^\\w+$', 'zürich_9', true],
    ['\\W', 'zürich', false],
    ['^[\\w-]+$', 'zü-r', true],
    ['^[\\d.]+$', '1.5', true],
    ['a\\sb', 'a\u00a0b', true],
    ['a\\Sb', 'a\u00a0b', false],
    ['^a{,2}$', 'aa', true],
    ['^a{,2}$', 'a{,2}', false],
    ['^[[]$', '[', true],
    ['^[]a]$', ']', true],
    ['^[^]a]$', ']', false],
    ['^[$]$', '$', true],
    ['\\$', 'a', false],
    ['\\u00e9', 'é', true],
    ['[\\u00e0-\\u00ff]', 'é', true],
    ['^(?P<year>\\d{4})-', '2024-01', true],
    ['(?i)ABC', 'abc', true],
    ['^.$', '\n', false],
    ['(?s)^.$', '\n', true],
    ['[[:alpha:]]', 'x', false],
    ['[[:alpha:]]', 'l]', true],
  ]
  for (const [pattern, text, expected] of cases) {
    test(`${pattern} ${expected ? 'finds' : 'does not find'} ${JSON.stringify(text)}`, async () => {
      using database = await openDatabase()
      const [row] = await database.query('SELECT regexp_matches(?, ?) AS found', [
        text,
        translateRegex(pattern),
      ])
      assert.equal(row?.['found'], expected)
    })
  }
})

describe('pythonRegex', () => {
  const problemWith = (pattern: string): string => pythonRegex.describeProblem?.(pattern) ?? ''

  test('names what RE2 does not know', () => {
    assert.match(problemWith('a(?!b)'), /look-around/)
    assert.match(problemWith('(?<=a)b'), /look-around/)
    assert.match(problemWith('(?P<x>a)(?P=x)'), /back-reference/)
    assert.match(problemWith('(a)\\1'), /back-reference/)
    assert.match(problemWith('a++'), /possessive/)
    assert.match(problemWith('(?>a)'), /atomic/)
    assert.match(problemWith('(a)?(?(1)b)'), /condition/)
    assert.match(problemWith('(?#why)a'), /comment/)
    assert.match(problemWith('(?x) a'), /flag/)
    assert.match(problemWith('[\\W_]'), /negated class/)
  })

  test('leaves alone what only looks like it', () => {
    for (const pattern of [
      '\\(\\?=',
      '[(?=]',
      '[*+]+',
      'a\\++',
      '\\\\1',
      '(?P<x>a)',
      '(?:a)',
      '(?i)a',
      '\\W',
    ]) {
      assert.equal(problemWith(pattern), '', pattern)
    }
  })
})
