/** `--set-param`: what can be typed, which experiments it makes, and what becomes of the files. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ToolkitError } from '../../src/core/errors.ts'
import { applyAssignments } from '../../src/pipeline/experiments/apply-assignments.ts'
import {
  combineOverrides,
  formatAssignment,
  type Assignment,
} from '../../src/pipeline/experiments/combine-overrides.ts'
import { parseOverride } from '../../src/pipeline/experiments/parse-override.ts'

describe('a value that is typed', () => {
  const cases: readonly (readonly [string, readonly unknown[]])[] = [
    ['5', [5n]],
    ['-1_000', [-1000n]],
    ['1.0', [1]],
    ['1e-3', [0.001]],
    ['.5', [0.5]],
    ['007', ['007']],
    ['true,False', [true, false]],
    ['null,None', [null, 'None']],
    ['-inf,nan', [-Infinity, NaN]],
    ['', ['']],
    ['a b', ['a b']],
    [' a , b ', ['a', 'b']],
    ["'a, b'", ['a, b']],
    [String.raw`"say \"hi\""`, ['say "hi"']],
    [String.raw`'C:\\'`, ['C:\\']],
    [String.raw`a\,b`, ['a,b']],
    ['[1,[x,y]],[]', [[1n, ['x', 'y']], []]],
    [
      '{a: 1, b: {c: x}}',
      [
        new Map<string, unknown>([
          ['a', 1n],
          ['b', new Map([['c', 'x']])],
        ]),
      ],
    ],
    ['s3://bucket/x-1.csv', ['s3://bucket/x-1.csv']],
    ['choice(a,2)', ['a', 2n]],
    ['range(3)', [0n, 1n, 2n]],
    ['range(4, 1, -1)', [4n, 3n, 2n]],
    ['range(0.1, 0.5, 0.1)', [0.1, 0.2, 0.3, 0.4]],
  ]
  for (const [text, values] of cases) {
    test(`${JSON.stringify(text)} is read as Hydra reads it`, () => {
      assert.deepEqual(parseOverride(`key=${text}`).values, values)
    })
  }

  test('tells kind, file and key', () => {
    const parse = (text: string): unknown => {
      const { file, key, kind } = parseOverride(text)
      return [file, key, kind]
    }
    assert.deepEqual(parse('a.b=1'), ['params.yaml', 'a.b', 'change'])
    assert.deepEqual(parse('conf/o.json:a.0=x:y'), ['conf/o.json', 'a.0', 'change'])
    assert.deepEqual(parse('+a=1'), ['params.yaml', 'a', 'add'])
    assert.deepEqual(parse('++a=1'), ['params.yaml', 'a', 'force'])
    assert.deepEqual(parse('o.yaml:~a'), ['o.yaml', 'a', 'remove'])
  })

  test('is refused with its place when it cannot be read', () => {
    const refused: readonly (readonly [string, RegExp])[] = [
      ['a=[1', /'\]' is missing/],
      ['a=[1,]', /column 6: '\]' has to stand in quotes/],
      ['a=1,', /a value is missing/],
      ['a=x=y', /column 4: '=' cannot stand here/],
      ["a=it's", /' cannot stand here/],
      ["a='open", /the closing ' is missing/],
      ['a=é', /'é' has to stand in quotes/],
      ['a=${b}', /\$\{…\}' is not supported/],
      ['a=glob(x)', /'glob' is not supported/],
      ['a=range(1,2),3', /cannot stand beside other values/],
      ['a=range(1,2,0)', /a step that is not 0/],
      ['a=range(1e9)', /more than 10000 values/],
      ['a=choice()', /names no value/],
      ['a=range(5,1)', /'range' gives no value/],
      ['a={b}', /':' is missing/],
      ['a', /expected \[file:\]key=value/],
      ['=1', /expected \[file:\]key=value/],
      [':a=1', /expected \[file:\]key=value/],
      ['a b=1', /expected \[file:\]key=value/],
      ['~a=1', /expected \[file:\]key=value/],
      ['', /expected \[file:\]key=value/],
    ]
    for (const [text, message] of refused) {
      assert.throws(() => parseOverride(text), isUsageError(message), text)
    }
  })

  test('never fails in another way, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...oddCharacters) }), (text) => {
        try {
          parseOverride(text)
        } catch (error) {
          assert.ok(error instanceof ToolkitError && error.code === 'CLI_USAGE')
        }
      }),
      { numRuns: 2000 },
    )
  })
})

describe('combinations', () => {
  const combine = (...texts: readonly string[]): string[] =>
    combineOverrides(texts.map(parseOverride)).map((one) => one.map(formatAssignment).join(' '))

  test('are all of them, the last key changing fastest', () => {
    assert.deepEqual(combine('a=1,2', 'b=x,y'), ['a=1 b=x', 'a=1 b=y', 'a=2 b=x', 'a=2 b=y'])
  })

  test('keep the keys of one file together', () => {
    assert.deepEqual(combine('a=1', 'o.yaml:c=3', 'b=2'), ['a=1 b=2 o.yaml:c=3'])
  })

  test('are one without overrides', () => assert.deepEqual(combine(), ['']))

  test('are refused when there are too many', () => {
    const axis = 'range(100)'
    assert.throws(
      () => combine(`a=${axis}`, `b=${axis}`, `c=${axis}`),
      isUsageError(/make 1000000 experiments/),
    )
  })
})

describe('a parameter file', () => {
  test('of YAML keeps its comments and changes only what was asked', () => {
    const text = `# top\ntrain:\n  rate: 0.1   # the rate\n  depth: 3\nlist: [1, 2]\n`
    assert.equal(
      apply(text, 'params.yaml', 'train.rate=1e-5', 'list.1=x', '+new.key=[a,2]', '~train.depth'),
      `# top\ntrain:\n  rate: 1e-05   # the rate\nlist: [1, x]\nnew:\n  key:\n  - a\n  - 2\n`,
    )
  })

  test('of JSON keeps its indentation, and 1 apart from 1.0', () => {
    assert.equal(
      apply('{\n    "a": 1.0,\n    "b": {"c": 1}\n}\n', 'p.json', 'b.c=2.0', "+d='é'"),
      '{\n    "a": 1.0,\n    "b": {\n        "c": 2.0\n    },\n    "d": "é"\n}\n',
    )
    assert.equal(apply('{"a": [1]}', 'p.json', 'a=2'), '{"a": 2}')
  })

  test('of TOML changes line by line', () => {
    const text = `seed = 1 # why\n\n[train]\nrate = 0.1\nname = "a # b" # c\n\n[other]\nx = 1\n`
    assert.equal(
      apply(text, 'p.toml', 'seed=2', 'train.name=z', '+train.deep=true', '~other.x', '+new.y=1.0'),
      `seed = 2 # why\n\n[train]\nrate = 0.1\nname = "z" # c\ndeep = true\n\n[other]\n\n[new]\ny = 1.0\n`,
    )
  })

  test('of TOML that would need more than one line is refused', () => {
    const text = `list = [\n  1,\n  2,\n]\n`
    assert.throws(() => apply(text, 'p.toml', 'list=3'), isUsageError(/cannot change 'list'/))
    assert.throws(() => apply('a = 1\n', 'p.toml', 'a=null'), isUsageError(/cannot change 'a'/))
  })

  test('of Python is refused by name', () => {
    assert.throws(() => apply('A = 1', 'p.py', 'A=2'), isUsageError(/cannot change 'p\.py'/))
  })

  test('has to have the key that changes, and not the one that is added', () => {
    const text = 'train:\n  rate: 0.1\n'
    assert.throws(
      () => apply(text, 'params.yaml', 'train.rat=1'),
      (error: unknown) => {
        assert.ok(error instanceof ToolkitError)
        assert.match(error.message, /'params.yaml' has no parameter 'train.rat'/)
        assert.match(error.hint ?? '', /did you mean 'train.rate'\?.*\+train.rat=/)
        return true
      },
    )
    assert.throws(() => apply(text, 'params.yaml', '~no'), isUsageError(/no parameter 'no'/))
    assert.throws(
      () => apply(text, 'params.yaml', 'train={depth: 1}'),
      isUsageError(/no parameter 'depth'/),
    )
    assert.throws(
      () => apply(text, 'params.yaml', '+train.rate=1'),
      isUsageError(/already has a parameter 'train.rate'/),
    )
    assert.equal(apply(text, 'params.yaml', '++train.rate=1'), 'train:\n  rate: 1\n')
    assert.equal(apply(text, 'params.yaml', 'train={rate: 2}'), 'train:\n  rate: 2\n')
    assert.equal(apply('', 'new.yaml', '+a.b=1'), 'a:\n  b: 1\n')
  })
})

const oddCharacters = Array.from(` =,[]{}()'"\\+~:.$-1aé`)

function apply(text: string, file: string, ...overrides: readonly string[]): string {
  const [assignments = []] = combineOverrides(overrides.map(parseOverride))
  const own = assignments.map(({ key, kind, value }): Assignment => ({ file, key, kind, value }))
  return applyAssignments(text, file, own)
}

function isUsageError(message: RegExp): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof ToolkitError, String(error))
    assert.equal(error.code, 'CLI_USAGE')
    assert.match(error.message, message)
    return true
  }
}
