import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { compareValues, flattenValue } from '../../src/pipeline/compare/compare-values.ts'
import { parseFileValues } from '../../src/pipeline/compare/file-values.ts'
import { formatValueJson } from '../../src/pipeline/compare/json-text.ts'
import { formatPython } from '../../src/pipeline/compare/python-text.ts'
import { formatMarkdownTable, formatTable } from '../../src/pipeline/compare/text-table.ts'
import type { YamlValue } from '../../src/pipeline/yaml/yaml-value.ts'

test('keys are dotted, lists are one text, empty maps leave no trace', () => {
  assert.deepEqual(
    [...flattenValue(read('{a: {b: 1, c: {}}, l: [1, [x]], 2: y}'))],
    [
      ['a.b', 1n],
      ['l', "[1, ['x']]"],
      ['2', 'y'],
    ],
  )
})

test('only what differs in the sense of Python is a change, with the difference of numbers', () => {
  assert.deepEqual(
    changes('{a: 1, b: 1, t: true, s: x, gone: 1}', '{a: 1.0, b: 3, t: 1, s: y, new: [1]}'),
    {
      b: [1n, 3n, 2n],
      gone: [1n, null, undefined],
      new: [null, '[1]', undefined],
      s: ['x', 'y', undefined],
    },
  )
})

test('with what is unchanged, every key is told, and booleans count as numbers', () => {
  assert.deepEqual(changes('{t: true, f: false}', '{t: true, f: true}', true), {
    f: [false, true, 1n],
    t: [true, true, 0n],
  })
})

test('a file that is one value has the key without a name', () => {
  assert.deepEqual(changes('0.5', '0.75'), { '': [0.5, 0.75, 0.25] })
})

test('a map in the place of a single value cannot be compared key by key', () => {
  assert.deepEqual(changes('5', '{a: 1}'), { a: ['unable to parse', 1n, undefined] })
})

test('integers beyond the doubles are subtracted exactly', () => {
  assert.deepEqual(changes('{a: 9007199254740993}', '{a: 9007199254740995}'), {
    a: [9007199254740993n, 9007199254740995n, 2n],
  })
})

test('a value does not differ from itself, and the reverse comparison has the opposite differences', () => {
  const tree = fc.dictionary(fc.stringMatching(/^[a-z]{1,3}$/), fc.oneof(fc.integer(), fc.string()))
  fc.assert(
    fc.property(tree, tree, (a, b) => {
      const [old, current] = [toFiles(a), toFiles(b)]
      assert.equal(compareValues(old, old).size, 0)
      const forth = compareValues(old, current).get('f')
      const back = compareValues(current, old).get('f')
      assert.equal(forth?.size, back?.size)
      for (const [key, change] of forth ?? []) {
        const reverse = back?.get(key)
        assert.deepEqual([change.old, change.new], [reverse?.new, reverse?.old])
        if (typeof change.difference === 'bigint') {
          assert.equal(change.difference, -(reverse?.difference as bigint))
        }
      }
    }),
  )
})

test('lists are told as Python tells them', () => {
  // The right sides come from Python: str(value).
  const cases: [string, string][] = [
    ['[1, 1.0, 1e-5, 1e20, true, null]', '[1, 1.0, 1e-05, 1e+20, True, None]'],
    [`["it's", 'say "x"', "both ' and \\""]`, `["it's", 'say "x"', 'both \\' and "']`],
    ['["a\\nb\\t\\\\", "\\u0007", "\\u200b", "é"]', `['a\\nb\\t\\\\', '\\x07', '\\u200b', 'é']`],
    ['[{k: [], "x y": {}}]', `[{'k': [], 'x y': {}}]`],
    ['[.inf, -.inf, .nan]', '[inf, -inf, nan]'],
  ]
  for (const [yaml, python] of cases) assert.equal(formatPython(read(yaml)), python)
})

test('JSON keeps integers and floats apart, and has null for what is no number', () => {
  const text = formatValueJson(
    read('{a: 1, b: 1.0, c: 12345678901234567890, d: .nan, e: [], f: {}, 1: [x]}'),
  )
  assert.match(text, /"b": 1\.0,\n {2}"c": 12345678901234567890,\n {2}"d": null,/)
  assert.deepEqual(Object.keys(JSON.parse(text) as object), ['1', 'a', 'b', 'c', 'd', 'e', 'f'])
})

test('files are parsed by the end of their names', () => {
  const parse = (text: string, file: string): YamlValue =>
    parseFileValues(new TextEncoder().encode(text), file)
  assert.deepEqual(parse('{"a": 1.0}', 'm.JSON'), new Map([['a', 1]]))
  assert.deepEqual(parse('a = 1', 'm.toml'), new Map([['a', 1n]]))
  assert.deepEqual(parse('A = 1\n', 'm.py'), new Map([['A', 1n]]))
  assert.deepEqual(parse('', 'm.yaml'), new Map())
  assert.equal(parse('0.5', 'm.txt'), 0.5)
  assert.throws(() => parse('{"a": }', 'm.json'), {
    code: 'PIPELINE_INVALID',
    message: /^m\.json:1:7: /,
  })
  assert.throws(() => parse('a: [', 'm.yaml'), { code: 'PIPELINE_INVALID' })
  assert.throws(() => parseFileValues(undefined, 'm.json'), { code: 'FILE_MISSING' })
})

test('columns are as wide as their widest cell', () => {
  const table = {
    header: ['Path', 'a'],
    rows: [
      ['x.json', '1'],
      ['é', 'two\nlines'],
    ],
  }
  assert.equal(formatTable(table), 'Path    a\nx.json  1\né       two↵lines\n')
  assert.equal(
    formatMarkdownTable({ header: ['a'], rows: [['x|y']] }),
    '| a    |\n| ---- |\n| x\\|y |\n',
  )
})

function read(yaml: string): YamlValue {
  return parseFileValues(new TextEncoder().encode(yaml), 'x.yaml')
}

function toFiles(
  values: Readonly<Record<string, number | string>>,
): ReadonlyMap<string, YamlValue> {
  const entries = Object.entries(values).map(
    ([key, value]) => [key, typeof value === 'number' ? BigInt(value) : value] as const,
  )
  return new Map([['f', new Map(entries)]])
}

function changes(old: string, current: string, withUnchanged = false): unknown {
  const found = compareValues(new Map([['f', read(old)]]), new Map([['f', read(current)]]), {
    withUnchanged,
  })
  return Object.fromEntries(
    Array.from(found.get('f') ?? [], ([key, change]) => [
      key,
      [change.old, change.new, change.difference],
    ]),
  )
}
