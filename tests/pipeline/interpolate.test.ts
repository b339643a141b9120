/** `${…}`, `vars`, `foreach` and `matrix`, by way of whole documents. */

import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { ParsingSettings } from '../../src/pipeline/stages/format-flags.ts'
import { resolveDocument } from '../../src/pipeline/stages/resolve-document.ts'
import { createProblems } from '../../src/pipeline/yaml/problems.ts'
import { parseYamlNode, toYamlValue } from '../../src/pipeline/yaml/yaml-node.ts'
import { describeYamlValue, isYamlMap } from '../../src/pipeline/yaml/yaml-value.ts'

const parameters = `
lr: 1e-3
on: true
none: null
list: [x, true, null, 2.0]
train: {epochs: 5, off: false, layers: [32, 64], tags: [a, "b c"], flags: [true, null]}
text: 'a \\\${lr}'
`

describe('an expression', () => {
  for (const [text, expected] of [
    ['${list[0]} ${list.1} ${list[-1]} ${ train . epochs }', 'x true 2.0 5'],
    ['${list[+0]}', 'x'],
    ['\\${lr} \\\\${lr} ${lr', '${lr} \\${lr} ${lr'],
    ['a ${lr}} b', 'a 0.001} b'],
    ['${text} ', 'a ${lr} '],
    ['${lr\n}', '${lr\n}'],
  ] as const) {
    test(`in '${text}' is filled in`, () => {
      assert.equal(commands({ a: text })['a'], `'${expected}'`)
    })
  }

  test('that is alone keeps the type of its value', () => {
    const stages = resolve({
      'dvc.yaml': "stages: {a: {cmd: go, meta: {x: '${lr}', '${on}': '${none}'}}}",
      'params.yaml': parameters,
    })
    assert.equal(stages['a'], "{cmd: 'go', meta: {x: 0.001, true: null}}")
  })

  for (const [text, message, hint] of [
    [
      'x ${train.epoch}',
      "'${train.epoch}' is not defined: there is no 'epoch'",
      "did you mean 'epochs'?",
    ],
    ['x ${lr.a}', "'${lr.a}' is not defined: 'lr' is a single value", undefined],
    [
      'x ${HOMEDIR}',
      "'${HOMEDIR}' is not defined: there is no 'HOMEDIR'",
      /^the names are: .*; a variable of the shell is written \\\$\{…\}$/,
    ],
    [
      'x ${list[9]}',
      "'${list[9]}' is not defined: 'list' is a list of 4, and '9' is no place in it",
      undefined,
    ],
    [
      'x ${list[a]}',
      "'${list[a]}' is not defined: 'list' is a list of 4, and 'a' is no place in it",
      undefined,
    ],
    ['x ${list}', "'${list}' is a list, which cannot stand in text", 'name one of its values'],
    [
      '${train}',
      "'${train}' is a map, which cannot stand for a command",
      'write the program before it',
    ],
    ['x ${list[0]y}', "'${list[0]y}' is not a name", 'write it as ${a.b} or ${a[0]}'],
    ['x ${}', "'${}' is not a name", 'write it as ${a.b} or ${a[0]}'],
  ] as const) {
    test(`'${text}' is refused with its place`, () => {
      assert.throws(() => commands({ a: text }), {
        code: 'PIPELINE_INVALID',
        message: `dvc.yaml:2:13: ${message}`,
        hint,
      })
    })
  }

  test('is filled in everywhere but in the name of a stage', () => {
    const stages = resolve({
      'dvc.yaml': `stages:
  \${lr}:
    cmd: go
    desc: d \${lr}
    wdir: w\${list[0]}
    outs: [{'o\${lr}': {desc: '\${lr}'}}]
`,
      'params.yaml': parameters,
    })
    assert.deepEqual(stages, {
      '${lr}': "{cmd: 'go', desc: 'd 0.001', wdir: 'wx', outs: [{o0.001: {desc: 0.001}}]}",
    })
  })
})

describe('a map in a command', () => {
  for (const [parsing, expected] of [
    [{}, "go --epochs 5 --layers 32 64 --tags a 'b c' --flags True None"],
    [
      { bool: 'boolean_optional', list: 'append' },
      "go --epochs 5 --no-off --layers 32 --layers 64 --tags a --tags 'b c' --flags True --flags None",
    ],
  ] as const) {
    test(`becomes flags with the settings ${JSON.stringify(parsing)}`, () => {
      assert.equal(commands({ a: 'go ${train}' }, parsing)['a'], `'${expected}'`)
    })
  }

  test('cannot hold lists of lists', () => {
    assert.throws(
      () => resolve({ 'dvc.yaml': "vars: [{m: {l: [[1]]}}]\nstages: {a: {cmd: 'x ${m}'}}" }),
      {
        message: "dvc.yaml:2:19: 'l' in '${m}' holds nested lists",
      },
    )
  })
})

describe('vars', () => {
  test('come from files of every kind and from parts of them', () => {
    const stages = resolve({
      'dvc.yaml':
        "vars: [a.yaml, 'b.json:x,y', c.toml, d.py, a.yaml]\nstages: {s: {cmd: '${a} ${x} ${y} ${c.d} ${E.f}'}}",
      'a.yaml': 'a: 1',
      'b.json': '{"x": 2.0, "y": true, "z": 3}',
      'c.toml': '[c]\nd = 4',
      'd.py': 'class E:\n  f = "5"',
    })
    assert.equal(stages['s'], "{cmd: '1 2.0 true 4 5'}")
  })

  test('of a stage are read below its wdir and hold there only', () => {
    const files = {
      'dvc.yaml': `stages:
  a: {cmd: 'go \${x} \${y} \${lr}', wdir: sub, vars: [v.yaml, ../params.yaml, {y: 2}]}
  b: {cmd: 'go \${lr}'}
`,
      'sub/v.yaml': 'x: 1',
      'params.yaml': 'lr: 3',
    }
    assert.deepEqual(resolve(files), { a: "{cmd: 'go 1 2 3', wdir: 'sub'}", b: "{cmd: 'go 3'}" })
    const leaking = { ...files, 'dvc.yaml': files['dvc.yaml'].replace("'go ${lr}'", "'go ${y}'") }
    assert.throws(() => resolve(leaking), { message: /dvc\.yaml:3:12: '\$\{y\}' is not defined/ })
  })

  for (const [what, yaml, message] of [
    [
      'a date',
      'vars: [{d: 2024-01-01}]\nstages: {}',
      "dvc.yaml:1:12: '2024-01-01' in 'd' in an entry of 'vars' is a date",
    ],
    [
      'a tuple',
      'vars: [t.py]\nstages: {}',
      "t.py:1:6: '1 , 2' is a tuple, which cannot be a variable",
    ],
    [
      'a number',
      'vars: [5]\nstages: {}',
      "dvc.yaml:1:8: an entry of 'vars' is an integer, expected a text or a map",
    ],
    [
      'a second part of a whole file',
      "vars: ['params.yaml:lr']\nstages: {}",
      "dvc.yaml:1:8: 'params.yaml:lr' loads keys of 'params.yaml' for a second time",
    ],
    [
      'a leaf that is defined',
      'vars: [{train: {epochs: 1}}]\nstages: {}',
      "dvc.yaml:1:8: 'train.epochs' from 'vars[0]' is already defined in 'params.yaml'",
    ],
    [
      'the item of a group',
      'stages: {a: {foreach: [1], do: {cmd: go, vars: [{item: 1}]}}}',
      "dvc.yaml:1:49: 'a@1.vars[0]' cannot define 'item', which is a member of the group here",
    ],
    [
      'an expression in a stage',
      "stages: {a: {cmd: go, vars: [{x: '${lr}'}]}}",
      "dvc.yaml:1:30: 'vars' cannot contain '${…}'",
    ],
  ] as const) {
    test(`with ${what} are refused`, () => {
      const files = { 'dvc.yaml': yaml, 'params.yaml': parameters, 't.py': 'a = (1, 2)' }
      assert.throws(() => resolve(files), { code: 'PIPELINE_INVALID', message })
    })
  }
})

describe('foreach', () => {
  test('names stages as Python prints what `${…}` names, and as DVC prints what is written out', () => {
    const files = {
      'dvc.yaml': `stages:
  a: {foreach: '\${list}', do: {cmd: 'x \${item}'}}
  b: {foreach: [true, null, '\${on}', 1.50, 1, '1'], do: {cmd: 'x \${item}'}}
  c: {foreach: {1.0: u, 'k\${lr}': v}, do: {cmd: '\${key} \${item}'}}
`,
      'params.yaml': parameters,
    }
    assert.deepEqual(resolve(files), {
      'a@x': "{cmd: 'x x'}",
      'a@True': "{cmd: 'x true'}",
      'a@None': "{cmd: 'x None'}",
      'a@2.0': "{cmd: 'x 2.0'}",
      'b@true': "{cmd: 'x true'}",
      'b@None': "{cmd: 'x None'}",
      'b@True': "{cmd: 'x true'}",
      'b@1.5': "{cmd: 'x 1.5'}",
      'b@1': "{cmd: 'x 1'}",
      'c@1.0': "{cmd: '1.0 u'}",
      'c@k0.001': "{cmd: 'k0.001 v'}",
    })
  })

  test('warns of names that its own hide', () => {
    const warnings: string[] = []
    resolve(
      { 'dvc.yaml': 'vars: [{item: 1, key: 2}]\nstages: {a: {foreach: {k: v}, do: {cmd: go}}}' },
      { warn: (message) => warnings.push(message) },
    )
    assert.deepEqual(warnings, [
      "dvc.yaml:2:10: 'item' is already defined; in the stages of 'a' it is their own",
      "dvc.yaml:2:10: 'key' is already defined; in the stages of 'a' it is their own",
    ])
  })

  for (const [what, yaml, message] of [
    [
      'a member with @',
      "{a: {foreach: ['x@y'], do: {cmd: go}}}",
      "dvc.yaml:1:10: DVC cannot name a stage 'a@x@y'",
    ],
    [
      'an empty member',
      "{a: {foreach: [''], do: {cmd: go}}}",
      "dvc.yaml:1:10: DVC cannot name a stage 'a@'",
    ],
    [
      'an expression for a key',
      "{a: {foreach: {'${lr}': 1}, do: {cmd: go}}}",
      "dvc.yaml:1:24: the key '${lr}' cannot be an expression alone",
    ],
    [
      'a single value',
      "{a: {foreach: '${lr}', do: {cmd: go}}}",
      "dvc.yaml:1:23: 'foreach' in stage 'a' is a float, expected a list or a map",
    ],
    [
      'no template',
      '{a: {foreach: [1]}}',
      "dvc.yaml:1:13: stage 'a' needs both 'foreach' and 'do'",
    ],
    [
      'no command',
      '{a: {foreach: [1], do: {deps: [x]}}}',
      "dvc.yaml:1:32: 'do' in stage 'a' has no 'cmd'",
    ],
    ['@ in a plain name', '{a@b: {cmd: go}}', "dvc.yaml:1:10: DVC cannot name a stage 'a@b'"],
    ['a number for a name', '{5: {cmd: go}}', "dvc.yaml:1:10: DVC cannot name a stage '5'"],
  ] as const) {
    test(`with ${what} is refused`, () => {
      assert.throws(() => resolve({ 'dvc.yaml': `stages: ${yaml}`, 'params.yaml': parameters }), {
        code: 'PIPELINE_INVALID',
        message,
      })
    })
  }
})

describe('matrix', () => {
  test('goes over lists, the letters of a text and the keys of a map', () => {
    const files = {
      'dvc.yaml': `stages:
  a: {matrix: {x: '\${list}', y: [[1], {z: 2}]}, cmd: '\${key}'}
  b: {matrix: {x: uv, y: '\${train}'}, cmd: '\${item.x}'}
  c: {matrix: {x: [1], y: []}, cmd: go}
`,
      'params.yaml': 'list: [true]\ntrain: {p: 1, q: 2}',
    }
    assert.deepEqual(resolve(files), {
      'a@True-y0': "{cmd: 'True-y0'}",
      'a@True-y1': "{cmd: 'True-y1'}",
      'b@u-p': "{cmd: 'u'}",
      'b@u-q': "{cmd: 'u'}",
      'b@v-p': "{cmd: 'v'}",
      'b@v-q': "{cmd: 'v'}",
    })
  })

  test('without axes is refused', () => {
    assert.throws(() => resolve({ 'dvc.yaml': 'stages: {a: {matrix: {}, cmd: go}}' }), {
      message: "dvc.yaml:1:10: DVC cannot name a stage 'a@'",
    })
  })
})

test('what a stage took from files is noted, lists as a whole', () => {
  const problems = createProblems()
  const node = parseYamlNode(
    "vars: [{v: 1}]\nstages: {a: {foreach: '${l}', do: {cmd: '${m.x} ${item} ${v} ${m}'}}}",
    'dvc.yaml',
    problems,
  )
  assert.ok(node?.kind === 'map')
  const { stages } = resolveDocument(node, {
    file: 'dvc.yaml',
    problems,
    readText: (path) => (path === 'params.yaml' ? 'm: {x: 1}\nl: [7]' : undefined),
  })
  assert.deepEqual(
    stages.map(({ uses }) => [...uses]),
    [
      [
        [
          'params.yaml',
          new Map([
            ['m.x', 1n],
            ['l.0', 7n],
          ]),
        ],
      ],
    ],
  )
})

interface Settings extends ParsingSettings {
  readonly warn?: (message: string) => void
}

function resolve(
  files: Readonly<Record<string, string>>,
  { warn, ...parsing }: Settings = {},
): Record<string, string> {
  const problems = createProblems()
  const node = parseYamlNode(files['dvc.yaml']!, 'dvc.yaml', problems, { keepsUnusable: true })
  problems.check()
  assert.ok(node?.kind === 'map')
  const { stages } = resolveDocument(node, {
    file: 'dvc.yaml',
    problems,
    parsing,
    readText: (path) => files[path],
    warn: ({ file, line, column }, message) => warn?.(`${file}:${line}:${column}: ${message}`),
  })
  problems.check()
  return Object.fromEntries(
    stages.map(({ name, body }) => [name, describeYamlValue(toYamlValue(body))]),
  )
}

function commands(
  texts: Readonly<Record<string, string>>,
  parsing: ParsingSettings = {},
): Record<string, string> {
  const problems = createProblems()
  const lines = Object.entries(texts).map(
    ([name, text]) => `  ${name}: ${JSON.stringify({ cmd: text })}`,
  )
  const yaml = `stages:\n${lines.join('\n')}`.replace('{"cmd":', '{"cmd":')
  const node = parseYamlNode(yaml, 'dvc.yaml', problems)
  assert.ok(node?.kind === 'map')
  const readText = (path: string): string | undefined =>
    path === 'params.yaml' ? parameters : undefined
  const { stages } = resolveDocument(node, { file: 'dvc.yaml', problems, parsing, readText })
  problems.check()
  return Object.fromEntries(
    stages.map(({ name, body }) => {
      const value = toYamlValue(body)
      assert.ok(isYamlMap(value))
      return [name, describeYamlValue(value.get('cmd'))]
    }),
  )
}
