/** Parameter files of every kind, and the values that stages ask for. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ToolkitError } from '../../src/core/errors.ts'
import {
  parseParameterFile,
  type ParameterReading,
} from '../../src/pipeline/parameters/parameter-values.ts'
import { selectParameters } from '../../src/pipeline/parameters/select-parameters.ts'
import { createProblems } from '../../src/pipeline/yaml/problems.ts'
import { describeYamlValue, type YamlMap } from '../../src/pipeline/yaml/yaml-value.ts'

describe('the kind of a parameter file', () => {
  test('is told by its name from the first dot on', () => {
    assertValues('p.json', '{"a": 1.0}', '{a: 1.0}')
    assertValues('P.JSON', '{"a": 1.0}', '{a: 1.0}')
    assertValues('sub.d/p.toml', 'a = 1', '{a: 1}')
    assertValues('.toml', 'a = 1', '{a: 1}')
    assertValues('p.v2.json', '{a: on}', "{a: 'on'}")
    assertValues('params', 'a: 1', '{a: 1}')
  })

  for (const [path, text] of [
    ['p.yaml', ''],
    ['p.yaml', '0'],
    ['p.yaml', "''"],
    ['p.json', '[]'],
    ['p.json', 'null'],
    ['p.toml', ''],
    ['p.py', '# nothing'],
  ] as const) {
    test(`${path} with '${text}' in it has no keys`, () => assertValues(path, text, '{}'))
  }

  for (const [path, text] of [
    ['p.yaml', '- a'],
    ['p.yaml', '5'],
    ['p.yaml', '"\t"'],
    ['p.json', '[1]'],
    ['p.json', '"a"'],
  ] as const) {
    test(`${path} with '${text}' in it is refused`, () => {
      assertRefused(path, text, `${path}:1:1: it holds no keys`)
    })
  }
})

describe('JSON', () => {
  test('has the numbers of Python', () => {
    assertValues(
      'p.json',
      '{"a": NaN, "b": -Infinity, "c": 1, "d": 1.0, "e": -0, "f": 1e400, "g": 12345678901234567890}',
      '{a: .nan, b: -.inf, c: 1, d: 1.0, e: 0, f: .inf, g: 12345678901234567890}',
    )
  })

  test('keeps the order of keys, also of those that look like numbers, and the last of equal ones', () => {
    assertValues('p.json', '{"2": 1, "1": 2, "__proto__": 3, "2": 4}', '{2: 4, 1: 2, __proto__: 3}')
  })

  for (const [text, message] of [
    ['{"a": 01}', `p.json:1:8: it is not JSON: expected ',' or '}', found '1'`],
    ['{"a": 1,}', `p.json:1:9: it is not JSON: expected a key in double quotes, found '}'`],
    ['{\n  "a" 1}', `p.json:2:7: it is not JSON: expected ':', found '1'`],
    ['{"a": nan}', `p.json:1:7: it is not JSON: expected a value, found 'n'`],
    ['{"a": "x', `p.json:1:7: it is not JSON: expected a text that ends in its line`],
    ['{"a": "\\x"}', `p.json:1:7: it is not JSON: expected a text that ends in its line`],
    ['{} {}', `p.json:1:4: it is not JSON: expected the end, found '{'`],
    ['', 'p.json:1:1: it is not JSON: expected a value, found the end'],
    ['['.repeat(2000), 'p.json:1:902: it is nested more than 900 deep'],
  ] as const) {
    test(`'${text.slice(0, 20)}' is refused with its place`, () =>
      assertRefused('p.json', text, message))
  }

  test('that JSON.stringify wrote is read back', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const parsed = parse('p.json', JSON.stringify(value))
        assert.deepEqual(JSON.parse(toJson(parsed)), JSON.parse(JSON.stringify(value)))
      }),
    )
  })
})

describe('TOML', () => {
  test('keeps integers, floats and tables', () => {
    assertValues(
      'p.toml',
      'a = 1\nb = 1.0\nc = 0x1F\nd = inf\n[t]\nu.v = "x"\n[[l]]\nk = 99999999999999999999\n',
      "{a: 1, b: 1.0, c: 31, d: .inf, t: {u: {v: 'x'}}, l: [{k: 99999999999999999999}]}",
    )
  })

  test('that is broken is refused with its place', () => {
    assertRefused('p.toml', 'a = 1\nb = \n', 'p.toml:2:')
    assertRefused('p.toml', 'a = 1\na = 2\n', 'p.toml:2:')
  })

  test('with a date in it is read, and refused only when the date is asked for', () => {
    const values = parse('p.toml', 'a = 1\nd = 2024-05-06\nt = 07:32:00\n')
    assert.equal(describeYamlValue(selectParameters(values, ['a']).get('a')), '1')
    assert.throws(() => selectParameters(values, ['d']), {
      code: 'PIPELINE_INVALID',
      message:
        "p.toml:2:5: the parameter 'd' has '2024-05-06' in it, a date, which cannot be locked",
    })
    assert.throws(() => selectParameters(values, undefined), { code: 'PIPELINE_INVALID' })
  })
})

describe('Python', () => {
  for (const [what, source, expected] of [
    [
      'numbers',
      'a = 1_000\nb = -0x1F\nc = .5\nd = 1e3\ne = +2',
      '{a: 1000, b: -31, c: 0.5, d: 1000.0, e: 2}',
    ],
    ['words', 'a = True\nb = None\nc: bool = False', '{a: true, b: null, c: false}'],
    ['texts in a row', `a = "x" 'y' r'\\n'`, "{a: 'xy\\n'}"],
    ['escapes', String.raw`a = "\x41\u00e9\101\q"`, "{a: 'AéA\\q'}"],
    ['long texts', 'a = """x\ny"""', "{a: 'x\ny'}"],
    ['tuples', 'a = (1, (2, 3))\nb = 1,\nc = ()', '{a: [1, [2, 3]], b: [1], c: []}'],
    ['dictionaries', "a = {'b': [1, {}], 2: None,}", '{a: {b: [1, {}], 2: null}}'],
    ['brackets over lines', 'a = [\n  1,  # one\n  2,\n]', '{a: [1, 2]}'],
    ['continued lines', 'a = \\\n  1; b = 2', '{a: 1, b: 2}'],
    [
      'a class',
      'class A(B):\n  """doc"""\n  x = 1\n  class C: y = 2; z = 3',
      '{A: {x: 1, C: {y: 2, z: 3}}}',
    ],
    [
      'self in __init__',
      'class A:\n  def __init__(self, n: int = 0) -> None:\n    self.x = 1\n    y = 2\n    if n:\n      self.z = 3\n  def go(self):\n    self.w = 4',
      '{A: {x: 1}}',
    ],
    ['the last of two', 'a = 1\nb = 2\na = 3', '{a: 3, b: 2}'],
  ] as const) {
    test(`has its ${what} read`, () => assertValues('p.py', source, expected))
  }

  test('is passed over where it is no assignment of a literal', () => {
    const source = `import os
from a import (b,
  c)
a = b = 1
a, b = 1, 2
a += 1
a: int
a = f(1)
a = 1 + 2
a = f"{x}"
a = lambda x=1: x
d["k"] = 1
x.y = 1
if True:
  z = 3
def f(x=1):
  y = 2
async def __init__(self): self.v = 1
print("a = 1")
`
    assertValues('p.py', source, '{}')
  })

  test('values that DVC cannot lock are refused only when they are asked for', () => {
    const values = parse('p.py', 'a = 1\ns = {1, 2}\nb = [b"x"]\nc = 1j\n')
    assert.equal(describeYamlValue(selectParameters(values, ['a']).get('a')), '1')
    for (const [key, kind] of [
      ['s', 'a set'],
      ['b', 'a text of bytes'],
      ['c', 'a complex number'],
    ] as const) {
      assert.throws(() => selectParameters(values, [key]), {
        message: new RegExp(`in it, ${kind},`),
      })
    }
  })

  for (const [source, message] of [
    ['a = "x', 'p.py:1:5: it is not Python: a text does not end'],
    ['a = [1', "p.py:1:5: it is not Python: '[' is never closed"],
    ['a = 1)', "p.py:1:6: it is not Python: ')' closes no bracket"],
    ['x = 1\na = 1 ? 2', "p.py:2:7: it is not Python: '?' does not belong here"],
    ['class A:\n    a = 1\n  b = 2', 'p.py:3:3: it is not Python: its indentation does not fit'],
    ['a = 1\n  b = 2', 'p.py:2:3: it is not Python: its indentation does not fit'],
    ['a = {[1]: 2}', 'p.py:1:6: it is not Python: a key of a dictionary'],
    [String.raw`a = "\N{DASH}"`, 'p.py:1:5: it is not Python: the escape'],
    ['class', "p.py:1:1: it is not Python: it has no ':'"],
    ['a = 1_e5', 'p.py:1:6: it is not Python: it is not a number'],
    ['a = ' + '['.repeat(300), 'p.py:1:205: it is not Python: there are too many brackets'],
  ] as const) {
    test(`'${source.slice(0, 20)}' is refused with its place`, () =>
      assertRefused('p.py', source, message))
  }

  test('tuples cannot be variables', () => {
    const values = parse('p.py', 'a = (1, 2)', { forVariables: true })
    assert.throws(() => selectParameters(values, ['a']), { message: /'1 , 2' in it, a tuple/ })
  })

  test('garbage is refused or read, never a crash', () => {
    const token = fc.constantFrom(
      ..."a b class def __init__ self . = : , ; ( ) [ ] { } 1 \"x\" ''' \\ + - # lambda".split(' '),
      '\n',
      '\n  ',
      ' ',
    )
    fc.assert(
      fc.property(fc.array(token, { maxLength: 30 }), (tokens) => {
        const problems = createProblems()
        parseParameterFile(tokens.join(' '), 'p.py', problems)
      }),
      { numRuns: 500 },
    )
  })
})

describe('a key', () => {
  const values = (): YamlMap =>
    parse(
      'p.yaml',
      'a: {b: [x, {c: 1}], 1: one, "1": uno}\nk.l: 2\nlr: 3\nd: 2024-01-01\n1.5: f\n"": e\n',
    )

  for (const [key, expected] of [
    ['a.b', "['x', {c: 1}]"],
    ['a.b.1.c', '1'],
    ['a.b.-1.c', '1'],
    ['.a.b.0', "'x'"],
    ['l*', '3'],
    ['l?', '3'],
    ['[lx]r', '3'],
    ['[!a]r', '3'],
    ['a.[b]', "['x', {c: 1}]"],
    ['a.b.*.c', '1'],
    ['**.c', '1'],
    ['lr.**', '3'],
    ['k.l', 'nothing'],
    ['a.b.2', 'nothing'],
    ['a.b.x', 'nothing'],
    ['lr.x', 'nothing'],
    ['1.5', 'nothing'],
    ['[z-a]', 'nothing'],
    ['a.b[0]', 'nothing'],
  ] as const) {
    test(`'${key}' is ${expected}`, () => {
      assert.equal(describeYamlValue(selectParameters(values(), [key]).get(key)), expected)
    })
  }

  for (const [key, message] of [
    [
      'a.b.*',
      "p.yaml: the key 'a.b.*' matches 2 values, such as 'a.b.0' and 'a.b.1', expected one",
    ],
    ['a.1', "p.yaml: the key 'a.1' matches 2 values, such as 'a.1' and 'a.1', expected one"],
    ['**.**', "p.yaml: the key '**.**' has '**' in it twice, expected one"],
    ['d', "p.yaml:4:4: the parameter 'd' has '2024-01-01' in it, a date, which cannot be locked"],
  ] as const) {
    test(`'${key}' is refused`, () => {
      assert.throws(() => selectParameters(values(), [key], 'p.yaml'), {
        code: 'PIPELINE_INVALID',
        message,
      })
    })
  }

  test('without keys, all that are text are meant', () => {
    const file = parse('p.yaml', 'a: 1\n2: b\n')
    assert.deepEqual([...selectParameters(file, undefined)], [['a', 1n]])
  })
})

function parse(path: string, text: string, reading?: ParameterReading): YamlMap {
  const problems = createProblems()
  const values = parseParameterFile(text, path, problems, reading)
  problems.check()
  return values ?? assert.fail('no values and no problem')
}

function assertValues(path: string, text: string, expected: string): void {
  assert.equal(describeYamlValue(parse(path, text)), expected)
}

function assertRefused(path: string, text: string, message: string): void {
  assert.throws(
    () => parse(path, text),
    (error) => {
      assert.ok(error instanceof ToolkitError, String(error))
      assert.ok(error.message.startsWith(message), error.message)
      return true
    },
  )
}

function toJson(value: unknown): string {
  return JSON.stringify(value, (_, item: unknown) => {
    if (item instanceof Map) return Object.fromEntries(item as Map<string, unknown>)
    return typeof item === 'bigint' ? Number(item) : item
  })
}
