import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { openDatabase } from '../../../src/data/duckdb-store.ts'
import { matchRegexes, pythonRegex } from '../../../src/data/expectations/python-regex.ts'

describe('matchRegexes', () => {
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
    // What RE2 cannot do:
    ['a(?!b)', 'ab', false],
    ['a(?=b)', 'ab', true],
    ['(?<=a)b', 'ab', true],
    ['(?<!a)b', 'ab', false],
    ['(?P<x>.)(?P=x)', 'aa', true],
    ['(.)(.)\\2\\1', 'abba', true],
    ['(.)\\1', 'ab', false],
    ['^a++a', 'aaa', false],
    ['^(?:ab|a)*+b', 'aab', false],
    ['^(?>a+)a', 'aaa', false],
    ['^(?>a|ab)c', 'abc', false],
    ['[\\W_]', 'a', false],
    ['[\\W_]', 'é', false],
    ['[^\\W\\d]', 'é', true],
    ['\\bé\\b', 'x é y', true],
    ['\\bé', 'aé', false],
    ['a\\Bb', 'ab', true],
    ['(?a)\\bé', 'aé', true],
    ['\\B', 'é😀é', false],
    ['^(?:a{1001})$', 'a'.repeat(1001), true],
    // Flags and comments.
    ['(?x) a  b # c', 'ab', true],
    ['(?x)a\\ b', 'a b', true],
    ['(?a)^\\w$', 'é', false],
    ['(?a)^\\d$', '٣', false],
    ['a(?i:B)', 'ab', true],
    ['a(?i:B)', 'Ab', false],
    ['(?i)a(?-i:B)', 'Ab', false],
    ['(?i)(.)\\1', 'aA', true],
    ['(?s:.)', '\n', true],
    ['a(?#why)b', 'ab', true],
    // Literals that other engines would read otherwise.
    ['^a{x}$', 'a{x}', true],
    ['^{$', '{', true],
    ['^]$', ']', true],
    ['\\x41\\u0042\\103', 'ABC', true],
    ['\\0', '\0', true],
    ['[\\b]', '\b', true],
    ['^[a\\-z]$', 'b', false],
    ['^[a-]$', '-', true],
    ['[&&]', '&', true],
    ['^\\-\\/$', '-/', true],
    ["o'clock", "o'clock", true],
    ['^.$', '😀', true],
    ['a||b', '', true],
  ]
  for (const [pattern, text, expected] of cases) {
    test(`${pattern} ${expected ? 'finds' : 'does not find'} ${JSON.stringify(text)}`, async () => {
      assert.equal(await isFound(pattern, text), expected)
    })
  }
})

async function isFound(pattern: string, text: string): Promise<boolean> {
  const match = matchRegexes('text', [pattern])
  if (match.kind === 'judged') return match.matches(text)
  using database = await openDatabase()
  const [row] = await database.query(`SELECT ${match.condition} AS found FROM (SELECT ? AS text)`, [
    text,
  ])
  return row?.['found'] === true
}

describe('pythonRegex', () => {
  const problemWith = (pattern: string): string => pythonRegex.describeProblem?.(pattern) ?? ''

  const problems: readonly [string, RegExp][] = [
    ['([', /unterminated character set/],
    ['(a', /missing \), unterminated subpattern/],
    ['a)', /unbalanced parenthesis/],
    ['*a', /nothing to repeat/],
    ['a**', /multiple repeat/],
    ['a{3,2}', /min repeat greater than max/],
    ['\\p{L}', /bad escape \\p/],
    ['\\', /bad escape \(end of pattern\)/],
    ['[z-a]', /bad character range/],
    ['[\\w-a]', /bad character range/],
    ['(a)\\2', /invalid group reference 2/],
    ['(a\\1)', /cannot refer to an open group/],
    ['(?P=x)', /unknown group 'x'/],
    ['(?P<x>a)(?P<x>b)', /redefines the group name 'x'/],
    ['(?P<1>a)', /bad character in the group name/],
    ['a(?i)b', /global flags not at the start/],
    ['(?L)a', /flag L/],
    ['(?<x>a)', /unknown extension/],
    ['(?#a', /unterminated comment/],
    ['(a)?(?(1)b)', /condition on a group/],
  ]
  for (const [pattern, expected] of problems) {
    test(`'${pattern}' is refused: ${expected.source}`, () => {
      assert.match(problemWith(pattern), expected)
    })
  }

  test('whatever text it is given, it answers', () => {
    const piece = fc.constantFrom(
      ...'ab\\dwWbZ1[](){}?*+|^$.-,:=!<>P#i&'.split(''),
      '\n',
      'é',
      '😀',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const pattern = pieces.join('')
        if (problemWith(pattern) === '') matchRegexes('text', [pattern])
      }),
      { numRuns: 2000 },
    )
  })

  test('what RE2 runs and what JavaScript runs find the same', async () => {
    using database = await openDatabase()
    const piece = fc.constantFrom(
      'a',
      'b',
      '.',
      '[ab]',
      '[^a]',
      '(a|b)',
      '\\d',
      '\\w',
      '$',
      '^',
      'a*',
      'b?',
      'a{2}',
      '|',
    )
    await fc.assert(
      fc.asyncProperty(
        fc.array(piece, { minLength: 1, maxLength: 6 }),
        fc.string({ unit: fc.constantFrom('a', 'b', '1', 'é', '\n'), maxLength: 8 }),
        async (pieces, text) => {
          const pattern = pieces.join('')
          fc.pre(problemWith(pattern) === '')
          const match = matchRegexes('text', [pattern])
          fc.pre(match.kind === 'where')
          // A back-reference to an empty group makes the same pattern one for JavaScript.
          const other = matchRegexes('text', [`()\\1(?:${pattern})`])
          assert.equal(other.kind, 'judged')
          const [row] = await database.query(
            `SELECT ${match.condition} AS found FROM (SELECT ? AS text)`,
            [text],
          )
          assert.equal(other.kind === 'judged' && other.matches(text), row?.['found'])
        },
      ),
      { numRuns: 300 },
    )
  })
})
