import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createProblems } from '../../src/pipeline/yaml/problems.ts'
import { parseYamlNode, toYamlValue } from '../../src/pipeline/yaml/yaml-node.ts'
import {
  areYamlValuesEqual,
  describeYamlValue,
  type YamlValue,
} from '../../src/pipeline/yaml/yaml-value.ts'

describe('plain text becomes what ruamel.yaml makes of it', () => {
  for (const [text, expected] of [
    ['', null],
    ['~', null],
    ['null', null],
    ['true', true],
    ['False', false],
    ['yes', 'yes'],
    ['on', 'on'],
    ['1', 1n],
    ['1.0', 1],
    ['1e3', 1000],
    ['017', 17n],
    ['0o17', 15n],
    ['0x1F', 31n],
    ['0X1F', '0X1F'],
    ['+0x1f', 31n],
    ['0b101', 5n],
    ['1_000', 1000n],
    ['1_', 1n],
    ['1_0.5', 10.5],
    ['.5e3', '.5e3'],
    ['.5e+3', 500],
    ['1e400', Infinity],
    ['-.inf', -Infinity],
    ['1:30', '1:30'],
    ['1.2.3', '1.2.3'],
    ['123456789012345678901234567890', 123456789012345678901234567890n],
    ['!!float 5', 5],
    ["'1'", '1'],
  ] as const) {
    test(text === '' ? 'nothing' : text, () => assert.deepEqual(parseValue(`k: ${text}`), expected))
  }

  for (const text of ['2024-01-01', '=', '<<', '!!python/none x', '-_']) {
    test(`${text} is refused with its place`, () => {
      assert.throws(() => parseValue(`k: ${text}`), {
        code: 'PIPELINE_INVALID',
        message: /^test\.yaml:1:\d+: .*(?:date|value|support)/,
      })
    })
  }
})

test('a key that occurs twice is refused', () => {
  assert.throws(() => parseValue('k: 1\nk: 2'), { message: /^test\.yaml:2:1: .*twice/ })
})

test('conflicts that git left are told, one by one, and none of the errors they make', () => {
  const conflict = '<<<<<<< HEAD\nk: 1\n=======\nk: 2\n>>>>>>> other\n'
  assert.throws(() => parseValue(`a: 1\n${conflict}b: 2\n${conflict}`), {
    message: /^2 problems:\n {2}test\.yaml:2:1: a merge.*HEAD'.*\n {2}test\.yaml:8:1: .*$/,
  })
  assert.equal(parseValue(`k: |\n  ${conflict.replaceAll('\n', '\n  ')}`), conflict)
})

test('a second document is refused with its place', () => {
  assert.throws(() => parseValue('k: 1\n---\nk: 2\n'), {
    message: 'test.yaml:2:1: a second document begins here',
  })
})

test('text that is no YAML is refused, never a crash', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...Array.from('ab:-[]{}#&*!|>\'"%@` \n\t1.')) }),
      (text) => {
        const problems = createProblems()
        parseYamlNode(text, 'test.yaml', problems)
        return true
      },
    ),
    { numRuns: 500 },
  )
})

describe('values are equal as in Python', () => {
  for (const [a, b, expected] of [
    [1n, 1, true],
    [1n, true, true],
    [0, false, true],
    ['1', 1n, false],
    [null, false, false],
    [NaN, NaN, false],
    [2n ** 53n + 1n, 2 ** 53, false],
    [[1n, 2n], [2n, 1n], false],
    [new Map([['a', 1n]]), new Map([['a', 1]]), true],
    [
      new Map([
        ['a', 1n],
        ['b', 2n],
      ]),
      new Map([
        ['b', 2n],
        ['a', 1n],
      ]),
      true,
    ],
    [new Map([['a', 1n]]), new Map([['b', 1n]]), false],
    [new Map(), [], false],
  ] as readonly (readonly [YamlValue, YamlValue, boolean])[]) {
    test(`${show(a)} and ${show(b)}: ${expected}`, () => {
      assert.equal(areYamlValuesEqual(a, b), expected)
      assert.equal(areYamlValuesEqual(b, a), expected)
    })
  }
})

function show(value: YamlValue): string {
  return `${typeof value} ${describeYamlValue(value)}`
}

function parseValue(text: string): YamlValue | undefined {
  const problems = createProblems()
  const node = parseYamlNode(text, 'test.yaml', problems)
  problems.check()
  const value = node && toYamlValue(node)
  return value instanceof Map ? value.get('k') : undefined
}
