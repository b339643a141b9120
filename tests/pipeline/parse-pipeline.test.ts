import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { ToolkitError } from '../../src/core/errors.ts'
import { selectStages } from '../../src/pipeline/stages/targets.ts'
import { orderStages } from '../../src/pipeline/stages/graph.ts'
import { parsePipeline, type Pipeline } from '../../src/pipeline/stages/parse-pipeline.ts'

describe('a stage', () => {
  test('has its paths relative to wdir', () => {
    const { stages } = parse(`stages:
  a: {cmd: go, wdir: sub, deps: [in.txt, ../up.txt], params: [{p.yaml: [k]}], outs: [out]}
`)
    const [stage] = stages
    assert.equal(stage!.workingFolder, '/repo/sub')
    assert.deepEqual(
      [...stage!.dependencies, ...stage!.parameters, ...stage!.outputs].map(
        ({ location }) => location,
      ),
      ['/repo/sub/in.txt', '/repo/up.txt', '/repo/sub/p.yaml', '/repo/sub/out'],
    )
  })

  test('is recorded by paths from its folder on where an absolute one lies in the repository', () => {
    const { stages } = parse(`stages:
  a: {cmd: go, wdir: sub, deps: [/repo/a, /repo/sub/b/, /repository/c], params: [/repo/p.yaml: [k]], outs: [/repo/sub/o]}
`)
    const [stage] = stages
    assert.deepEqual(
      [...stage!.dependencies, ...stage!.parameters, ...stage!.outputs].map(({ path }) => path),
      ['../a', 'b', '/repository/c', '../p.yaml', 'o'],
    )
  })

  test('merges its mentions of a parameter file, and the whole file wins', () => {
    const { stages } = parse(`stages:
  a: {cmd: go, params: [b, {params.yaml: [a]}, b, {x.yaml: [k]}, {x.yaml: null}]}
`)
    assert.deepEqual(
      stages[0]!.parameters.map(({ path, keys }) => [path, keys]),
      [
        ['params.yaml', ['a', 'b']],
        ['x.yaml', undefined],
      ],
    )
  })

  test('knows which outputs are cached and which persist', () => {
    const { stages } = parse(`stages:
  a:
    cmd: go
    outs: [plain, {kept: {persist: true, desc: text, push: false}}]
    metrics: [{m.json: {cache: false}}]
    plots: [{p.csv: {cache: false, x: step, template: linear}}]
`)
    assert.deepEqual(
      stages[0]!.outputs.map(({ path, kind, isCached, isPersistent }) => [
        path,
        kind,
        isCached,
        isPersistent,
      ]),
      [
        ['plain', 'out', true, false],
        ['kept', 'out', true, true],
        ['m.json', 'metric', false, false],
        ['p.csv', 'plot', false, false],
      ],
    )
  })
})

describe('interpolation', () => {
  const params = `
lr: 1e-3
on: true
none: null
name: a b
list: [x, {y: 2}]
train: {epochs: 5, flag: true, off: false, layers: [32, 64], tags: [a, "b c"], opt: {name: it's}}
`

  for (const [what, text, expected] of [
    [
      'puts values in as Python prints them',
      'go ${lr} ${on} ${none} ${name}',
      'go 0.001 true None a b',
    ],
    ['reaches into maps and lists', 'go ${train.epochs} ${list[0]} ${ list.1.y }', 'go 5 x 2'],
    ['leaves an escaped one as text', 'go \\${lr} $HOME ${HOME', 'go ${lr} $HOME ${HOME'],
    [
      'turns a map into flags',
      'go ${train}',
      `go --epochs 5 --flag --layers 32 64 --tags a 'b c' --opt.name 'it'"'"'s'`,
    ],
  ] as const) {
    test(what, () => {
      const { stages } = parse(`stages: {a: {cmd: ${JSON.stringify(text)}}}`, {
        'params.yaml': params,
      })
      assert.equal(stages[0]!.command, expected)
    })
  }

  test('reads vars: files, keys of files, and maps; maps merge', () => {
    const { stages } = parse(
      `vars: [more.yaml, 'part.json:one', {train: {extra: 7}}]
stages: {a: {cmd: 'go \${m} \${one} \${train.epochs} \${train.extra}'}}`,
      { 'params.yaml': params, 'more.yaml': 'm: 1', 'part.json': '{"one": 1.0, "two": 2}' },
    )
    assert.equal(stages[0]!.command, 'go 1 1.0 5 7')
  })

  for (const [what, vars, message] of [
    [
      'a value defined twice',
      '[{lr: 2}]',
      "dvc.yaml:1:8: 'lr' from 'vars[0]' is already defined in 'params.yaml'",
    ],
    ['a file that does not exist', '[no.yaml]', "dvc.yaml:1:8: there is no file 'no.yaml'"],
    [
      'a key that is not in the file',
      "['params.yaml:no']",
      "dvc.yaml:1:8: 'params.yaml:no' loads keys of 'params.yaml' for a second time",
    ],
    ['an expression', "[{a: '${lr}'}]", "dvc.yaml:1:8: 'vars' cannot contain '${…}'"],
  ] as const) {
    test(`${what} in vars is refused`, () => {
      assertProblems(`vars: ${vars}\nstages: {a: {cmd: go}}`, [message], { 'params.yaml': params })
    })
  }

  test('undefined and unusable expressions are all named', () => {
    assertProblems(
      `stages:
  a:
    cmd: go \${trian.epochs} \${a..b}
    deps: ['\${train}']
`,
      [
        "dvc.yaml:3:10: '${trian.epochs}' is not defined: there is no 'trian'",
        "dvc.yaml:3:10: '${a..b}' is not a name",
        "dvc.yaml:4:12: '${train}' is a map, which cannot stand in text",
      ],
      { 'params.yaml': params },
    )
  })

  test('of a file that cannot be read no name is told to be missing', () => {
    assertProblems(
      "stages: {a: {cmd: 'go ${lr}', foo: 1}}\nplots: ['${p}.csv']\n",
      [
        "params.yaml:2:1: the key 'lr' stands there twice",
        "dvc.yaml:1:31: unknown key 'foo' in stage 'a'",
      ],
      { 'params.yaml': 'lr: 1\nlr: 2\n' },
    )
  })

  test('a date in params.yaml is refused with its place', () => {
    assertProblems(
      'stages: {a: {cmd: go}}',
      ["params.yaml:2:4: '2024-01-01' is a date, which cannot be a variable"],
      { 'params.yaml': 'a: 1\nd: 2024-01-01\n' },
    )
  })
})

describe('foreach and matrix', () => {
  test('a list of values is named by value', () => {
    const { stages } = parse(`stages:
  a: {foreach: [x, 2.5, true], do: {cmd: 'go \${item}'}}
`)
    assert.deepEqual(named(stages), { 'a@x': 'go x', 'a@2.5': 'go 2.5', 'a@true': 'go true' })
  })

  test('a list with maps in it is named by index, a map by key', () => {
    const { stages } = parse(
      `stages:
  a: {foreach: '\${models}', do: {cmd: 'go \${item.n}'}}
  b: {foreach: {u: 1, v: 2}, do: {cmd: 'go \${key} \${item}'}}
`,
      { 'params.yaml': 'models: [{n: 1}, {n: 2}]' },
    )
    assert.deepEqual(named(stages), {
      'a@0': 'go 1',
      'a@1': 'go 2',
      'b@u': 'go u 1',
      'b@v': 'go v 2',
    })
  })

  test('a matrix goes through its axes, the last fastest', () => {
    const { stages } = parse(
      `stages:
  m:
    matrix: {model: [cnn, rnn], lr: '\${rates}', opt: [{o: 1}]}
    cmd: go \${item.model} \${item.lr} \${item.opt.o} \${key}
    outs: ['\${key}.txt']
`,
      { 'params.yaml': 'rates: [0.1, 2]' },
    )
    assert.deepEqual(named(stages), {
      'm@cnn-0.1-opt0': 'go cnn 0.1 1 cnn-0.1-opt0',
      'm@cnn-2-opt0': 'go cnn 2 1 cnn-2-opt0',
      'm@rnn-0.1-opt0': 'go rnn 0.1 1 rnn-0.1-opt0',
      'm@rnn-2-opt0': 'go rnn 2 1 rnn-2-opt0',
    })
    assert.deepEqual(
      stages.map(({ group }) => group),
      ['m', 'm', 'm', 'm'],
    )
  })

  test('their mistakes are named', () => {
    assertProblems(
      `stages:
  a: {foreach: 3, do: {cmd: go}}
  b: {foreach: [1]}
  c: {foreach: [1], do: {cmd: go}, deps: [x]}
  d: {matrix: {x: 1}, cmd: go}
`,
      [
        "dvc.yaml:2:16: 'foreach' in stage 'a' is an integer, expected a list or a map",
        "dvc.yaml:3:6: stage 'b' needs both 'foreach' and 'do'",
        "dvc.yaml:4:36: unknown key 'deps' in stage 'c'",
        "dvc.yaml:5:19: axis 'x' is not a list",
      ],
    )
  })
})

describe('what is refused', () => {
  test('every mistake is named at once, with its place', () => {
    assertProblems(
      `stage: {}
datasets: []
stages:
  a:
    comand: go
    outs: [{o.txt: {cached: false}}]
  b:
    cmd: 3
    deps: in.txt
    frozen: '\${x}'
    vars: [{x: 1}]
  c: {cmd: go, outs: [s3://bucket/key], params: [{p.toml: [k]}, 'lr.*'],
    deps: [https://, ds://data]}
`,
      [
        "dvc.yaml:1:1: unknown key 'stage' in dvc.yaml",
        "dvc.yaml:5:5: unknown key 'comand' in stage 'a'",
        "dvc.yaml:4:3: stage 'a' has no 'cmd'",
        "dvc.yaml:6:21: unknown key 'cached' in output 'o.txt' of stage 'a'",
        "dvc.yaml:8:10: 'cmd' in stage 'b' is an integer, expected a text or a list",
        "dvc.yaml:9:11: 'deps' in stage 'b' is a text, expected a list",
        "dvc.yaml:10:13: 'frozen' in stage 'b' is a text, expected true or false",
        "dvc.yaml:13:12: 'https://' is no address",
        "dvc.yaml:13:22: 'ds://data' is a dataset, which cannot be a dependency here",
        "dvc.yaml:12:23: 's3://bucket/key' is not a local path, which an output has to be",
      ],
    )
  })

  test('a mistyped key gets the right one offered', () => {
    assert.throws(() => parse('stages: {a: {cmd: go, dep: [x]}}'), { hint: `did you mean 'deps'?` })
  })

  test('outputs that are the same, overlap, lie outside or are the pipeline itself', () => {
    assertProblems(
      `stages:
  a: {cmd: go, outs: [x, data/raw]}
  b: {cmd: go, outs: [./x, data, ../out, dvc.yaml, .dvc/y, z/.Git/y], deps: [q, ./q], params: [q: [k]]}
`,
      [
        "dvc.yaml:3:3: stage 'b' names the input './q' twice",
        "dvc.yaml:3:3: the output './x' of stage 'b' is also an output of stage 'a'",
        "dvc.yaml:3:3: the output 'data' of stage 'b' overlaps with 'data/raw' of stage 'a'",
        "dvc.yaml:3:3: the output '../out' of stage 'b' lies outside the repository",
        "dvc.yaml:3:3: the output 'dvc.yaml' of stage 'b' is one of the pipeline's own files",
        "dvc.yaml:3:3: the output '.dvc/y' of stage 'b' lies in a folder that belongs to dvc or git",
        "dvc.yaml:3:3: the output 'z/.Git/y' of stage 'b' lies in a folder that belongs to dvc or git",
      ],
    )
  })

  test('a circle, with its path', () => {
    const yaml = `stages:
  a: {cmd: go, deps: [z/1], outs: [x]}
  b: {cmd: go, deps: [x], outs: [y]}
  c: {cmd: go, deps: [y], outs: [z]}
`
    assert.throws(() => parse(yaml), { code: 'PIPELINE_CYCLE', message: /a → c → b → a/ })
    assert.throws(() => parse('stages: {a: {cmd: go, deps: [x], outs: [x]}}'), {
      code: 'PIPELINE_CYCLE',
      message: /a → a/,
    })
  })

  test('a dvc.yaml with nothing or no stages has none, as for DVC', () => {
    assert.equal(parse('').stages.length, 0)
    assert.equal(parse('stages: {}').stages.length, 0)
  })

  for (const [what, yaml] of [
    ['a list', '- a'],
    ['merge markers', '<<<<<<< ours\nstages: {}\n=======\n>>>>>>> theirs\n'],
  ] as const) {
    test(`a dvc.yaml with ${what}`, () => {
      assert.throws(() => parse(yaml), { code: 'PIPELINE_INVALID' })
    })
  }

  test('garbage gives one of our errors, never a crash', () => {
    const token = fc.constantFrom(
      'stages',
      'a',
      'cmd',
      'deps',
      'outs',
      'foreach',
      'do',
      'matrix',
      'params',
      ': ',
      '\n',
      '\n  ',
      '\n    ',
      '- ',
      '[',
      ']',
      '{',
      '}',
      ', ',
      '${a}',
      '1',
      "'",
    )
    fc.assert(
      fc.property(fc.array(token, { maxLength: 25 }), (tokens) => {
        try {
          parse(`stages:\n  a:\n    ${tokens.join('')}`)
        } catch (error) {
          assert.ok(error instanceof ToolkitError, String(error))
        }
      }),
      { numRuns: 500 },
    )
  })
})

describe('order', () => {
  test('is that of dvc.yaml, after what each stage reads', () => {
    const pipeline = parse(`stages:
  last: {cmd: go, deps: [b, a]}
  a: {cmd: go, outs: [a]}
  alone: {cmd: go}
  b: {cmd: go, outs: [b]}
`)
    assert.deepEqual(orderOf(pipeline, []), ['b', 'a', 'last', 'alone'])
    assert.deepEqual(orderOf(pipeline, ['a']), ['a'])
  })

  test('a group brings all its members, and a frozen stage nothing', () => {
    const pipeline = parse(`stages:
  src: {cmd: go, outs: [s]}
  g: {foreach: [1, 2], do: {cmd: go, deps: [s]}}
  cold: {cmd: go, deps: [s], frozen: true}
`)
    assert.deepEqual(orderOf(pipeline, ['g']), ['src', 'g@1', 'g@2'])
    assert.deepEqual(orderOf(pipeline, ['cold']), ['cold'])
  })

  test('every stage comes after all it reads from, whatever the graph', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 200 }), { minLength: 1, maxLength: 15 }), (edges) => {
        const stages = edges.map((bits, i) => {
          const deps = edges.keys().filter((j) => j < i && ((bits >> (j % 8)) & 1) === 1)
          return `  s${i}: {cmd: go, deps: [${[...deps].map((j) => `o${j}`).join(', ')}], outs: [o${i}]}`
        })
        const pipeline = parse(`stages:\n${stages.toReversed().join('\n')}\n`)
        const order = orderStages(pipeline.stages, pipeline.upstream)
        return order.every((stage, i) =>
          (pipeline.upstream.get(stage) ?? []).every((parent) => order.indexOf(parent) < i),
        )
      }),
      { numRuns: 50 },
    )
  })
})

function parse(text: string, files: Readonly<Record<string, string>> = {}): Pipeline {
  return parsePipeline({
    directory: '/repo',
    root: '/repo',
    files: [{ path: 'dvc.yaml', text }],
    readText: (location) => files[location.replace('/repo/', '')],
  })
}

function assertProblems(
  text: string,
  expected: readonly string[],
  files: Readonly<Record<string, string>> = {},
): void {
  assert.throws(
    () => parse(text, files),
    (error) => {
      assert.ok(error instanceof ToolkitError)
      assert.equal(error.code, 'PIPELINE_INVALID')
      const problems = error.details['problems'] as readonly { readonly message: string }[]
      assert.deepEqual(
        problems.map(({ message }) => message),
        expected,
      )
      return true
    },
  )
}

function named(stages: Pipeline['stages']): Record<string, string> {
  return Object.fromEntries(stages.map(({ name, command }) => [name, String(command)]))
}

function orderOf(pipeline: Pipeline, targets: readonly string[]): string[] {
  const roots = selectStages(pipeline, targets, { root: '/repo', directory: '/repo' })
  return orderStages(roots, pipeline.upstream).map(({ name }) => name)
}
