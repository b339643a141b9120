import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { createYamlFormatter, formatYaml } from '../../src/pipeline/yaml/format-yaml.ts'
import { createProblems } from '../../src/pipeline/yaml/problems.ts'
import { parseYamlNode, toYamlValue } from '../../src/pipeline/yaml/yaml-node.ts'
import {
  areYamlValuesEqual,
  formatFloat,
  isYamlMap,
  type YamlMap,
  type YamlValue,
} from '../../src/pipeline/yaml/yaml-value.ts'

const folder = join(import.meta.dirname, 'golden')

describe('text as DVC writes it', () => {
  const golden = JSON.parse(readFileSync(join(folder, 'texts.json'), 'utf8')) as {
    readonly cases: readonly (readonly [string, string])[]
  }

  test('there are cases', () => assert.ok(golden.cases.length > 40))

  for (const [text, expected] of golden.cases) {
    test(JSON.stringify(text).slice(0, 60), () => {
      const stage = new Map([['cmd', text]])
      assert.equal(formatYaml(new Map([['stages', new Map([['a', stage]])]])), expected)
    })
  }

  test('a lock file that dvc 3.67.1 wrote comes out byte for byte', () => {
    const text = readFileSync(join(folder, 'dvc.lock'), 'utf8')
    assert.equal(formatYaml(parseMap(text)), text)
  })

  test('a folder used twice is an anchor, numbered when its second use is met', () => {
    const first = ['x']
    const second = new Map([['y', 1n]])
    const document = new Map<string, YamlValue>([
      ['a', first],
      ['b', second],
      ['c', second],
      ['d', [first, []]],
    ])
    const text = 'a: &id002\n- x\nb: &id001\n  y: 1\nc: *id001\nd:\n- *id002\n- []\n'
    assert.equal(formatYaml(document), text)
  })
})

describe('floats', () => {
  // The right-hand sides are Python's repr, lower-case.
  for (const [value, expected] of [
    [1, '1.0'],
    [0.1, '0.1'],
    [-0, '-0.0'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1e15, '1000000000000000.0'],
    [1e16, '1e+16'],
    [123456789012345680, '1.2345678901234568e+17'],
    [1.5e300, '1.5e+300'],
    [5e-324, '5e-324'],
    [1 / 3, '0.3333333333333333'],
    [-12.5, '-12.5'],
    [Infinity, '.inf'],
    [-Infinity, '-.inf'],
    [NaN, '.nan'],
  ] as const) {
    test(expected, () => assert.equal(formatFloat(value), expected))
  }

  test('any finite float reads back the same', () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), (value) =>
        Object.is(Number(formatFloat(value)), value),
      ),
    )
  })
})

test('any value reads back equal, blanks at folds apart', () => {
  // DVC's own writer loses blanks where it folds, and breaks a line behind a backslash: long texts here have no double blanks and no backslash.
  const scalar = fc.oneof(
    fc.constant(null),
    fc.boolean(),
    fc.bigInt(),
    fc.double({ noNaN: true }),
    fc.string({ maxLength: 20 }),
    fc
      .array(fc.stringMatching(/^[!-[\]-~]{1,12}$/), { maxLength: 30 })
      .map((words) => words.join(' ')),
  )
  const { value } = fc.letrec<{ value: YamlValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      scalar,
      fc.array(tie('value'), { maxLength: 3 }),
      fc
        .array(fc.tuple(fc.string({ maxLength: 20 }), tie('value')), { maxLength: 3 })
        .map((e) => new Map(e)),
    ),
  }))
  fc.assert(
    fc.property(value, (root) => {
      const document = new Map([['root', root]])
      return areYamlValuesEqual(parseMap(formatYaml(document)), document)
    }),
  )
})

test('a formatter that knows some of the maps gives the same text as one that knows none', () => {
  const leaf = fc.oneof(fc.constant(null), fc.bigInt(), fc.string({ maxLength: 20 }))
  const map = fc.array(fc.tuple(fc.string({ maxLength: 8 }), leaf), { maxLength: 3 })
  // Maps are taken from a few, so the same one comes under other keys, at other depths and twice: as an anchor.
  const pool = fc.array(map, { minLength: 1, maxLength: 6 })
  const picks = fc.array(fc.tuple(fc.constantFrom('a', 'b', 'c'), fc.nat(), fc.nat({ max: 3 })), {
    maxLength: 6,
  })
  fc.assert(
    fc.property(pool, fc.array(picks, { minLength: 1, maxLength: 5 }), (entries, documents) => {
      const maps = entries.map((entry) => new Map<string, YamlValue>(entry))
      const format = createYamlFormatter()
      for (const picked of documents) {
        const document = new Map<string, YamlValue>()
        for (const [key, number, depth] of picked) {
          let one: YamlValue = maps[number % maps.length]!
          for (let i = 0; i < depth; i++) one = i === 1 ? [one] : new Map([[key, one]])
          document.set(key, one)
        }
        assert.equal(format(document), formatYaml(document))
      }
    }),
    { numRuns: 1000 },
  )
})

test('a formatter that knows a stage sees that a later one shares a map with it', () => {
  const shared = new Map([['k', 1n]])
  const first = new Map([['params', new Map([['a', shared]])]])
  const second = new Map([['params', new Map([['b', shared]])]])
  const format = createYamlFormatter()
  const stages = new Map([['one', first]])
  for (const document of [
    new Map([['stages', stages]]),
    new Map([['stages', new Map([...stages, ['two', second]])]]),
    new Map([['stages', new Map([...stages, ['two', first]])]]),
    new Map([['stages', new Map([['two', second]])]]),
  ]) {
    assert.equal(format(document), formatYaml(document))
  }
})

function parseMap(text: string): YamlMap {
  const problems = createProblems()
  const node = parseYamlNode(text, 'test.yaml', problems)
  problems.check()
  const value = node === undefined ? new Map() : toYamlValue(node)
  assert.ok(isYamlMap(value))
  return value
}
