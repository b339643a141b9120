/** Comparing revisions: the JSON of dvc and of ours is equal, and so is the text of the graph. */

import assert from 'node:assert/strict'
import { execFileSync, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { mlptArguments } from '../mlpt-program.ts'
import { makeProject, type Project } from '../pipeline/project.ts'
import { startDvcProgram } from './dvc-program.ts'
import { findPeer } from './python.ts'

const peer = findPeer('.venv', 'dvc')
const dvcProgram = startDvcProgram()

/** A folder, and the arguments of a command that runs in it. */
type Call = readonly [folder: string, ...args: readonly string[]]

const jsonCalls: readonly Call[] = [
  ['.', 'metrics', 'show'],
  ['.', 'metrics', 'show', '-a'],
  ['.', 'metrics', 'show', '-T'],
  ['.', 'metrics', 'show', '-A'],
  ['.', 'metrics', 'show', '-a', '-T'],
  ['.', 'metrics', 'show', 'm.json', 'plots/roc.json'],
  ['sub', 'metrics', 'show', '../m.json', 'sm2.json'],
  ['.', 'metrics', 'diff'],
  ['.', 'metrics', 'diff', 'v1'],
  ['.', 'metrics', 'diff', '--all', 'v1', 'main'],
  ['.', 'metrics', 'diff', 'workspace', 'HEAD'],
  ['.', 'metrics', 'diff', 'v1', '--targets', 'm.json'],
  ['sub', 'metrics', 'diff', 'v1'],
  ['.', 'params', 'diff'],
  ['.', 'params', 'diff', '--all'],
  ['.', 'params', 'diff', '--all', '--deps'],
  ['.', 'params', 'diff', 'v1', 'HEAD'],
  ['.', 'params', 'diff', 'v1', '--targets', 'other.json', 'conf.toml'],
  ['sub', 'params', 'diff', '--all', 'v1'],
  ['.', 'diff'],
  ['.', 'diff', '--show-hash'],
  ['.', 'diff', '--hide-missing'],
  ['.', 'diff', 'v1', '--show-hash'],
  ['.', 'diff', 'v1', 'HEAD'],
  ['.', 'diff', 'HEAD', 'v1', '--show-hash'],
  ['.', 'diff', '--targets', 'data/d.txt', 'prep'],
  ['.', 'diff', 'HEAD', 'v1', '--targets', 'moved.txt', 'mv.txt'],
  ['sub', 'diff', '--targets', '../data'],
  ['.', 'data', 'status'],
  ['.', 'data', 'status', '--granular', '--unchanged', '--untracked-files'],
  ['.', 'data', 'status', '--unchanged', 'data', 'keep.txt'],
  ['.', 'data', 'status', '--granular', '--unchanged', 'data/d.txt'],
  ['sub', 'data', 'status', '--untracked-files'],
]

/** Where DVC's order is that of the file system, lines are compared without it. */
const graphCalls: readonly Call[] = [
  ['.', 'dag', '--dot'],
  ['.', 'dag', '--dot', '-o'],
  ['.', 'dag', '--dot', 'train'],
  ['.', 'dag', '--dot', 'model.bin'],
  ['.', 'dag', '--dot', '--full', '-o', 'prep'],
  ['sub', 'dag', '--dot'],
]

/** One connected part, whose nodes and arrows DVC puts in order. */
const mermaidCalls: readonly Call[] = [
  ['.', 'dag', '--mermaid', 'mx@p-1'],
  ['.', 'dag', '--mermaid', '--full', 'each'],
  ['.', 'dag', '--md', '--full', 'data.dvc'],
  ['.', 'dag', '--mermaid', '--full', '--collapse-foreach-matrix', 'train'],
  ['.', 'dag', '--mermaid', '-o', 'train'],
  ['sub', 'dag', '--mermaid', 's2'],
]

const plotCalls: readonly Call[] = [
  ['.', 'plots', 'show'],
  ['.', 'plots', 'show', 'plots/other.json'],
  ['.', 'plots', 'diff'],
  ['.', 'plots', 'diff', 'v1'],
  ['.', 'plots', 'diff', 'v1', 'HEAD'],
  ['sub', 'plots', 'show'],
]

describe('dvc and ours compare revisions alike', { skip: peer.skip }, () => {
  let siteFolder = ''
  let project: Project
  let answers: ReadonlyMap<string, string>

  before(() => {
    siteFolder = mkdtempSync(join(tmpdir(), 'mlpt-dvc-site-'))
    project = makeRepository(runDvc)
    const withJson = [...jsonCalls, ...plotCalls].map(withJsonFlag)
    const calls = [...withJson, ...graphCalls, ...mermaidCalls, ['.', 'root'], ['sub', 'root']]
    const texts = runDvc(project, calls as readonly Call[])
    answers = new Map(calls.map((call, i) => [call.join(' '), texts[i]!]))
    rmSync(join(project.directory, 'dvc_plots'), { recursive: true, force: true })
    rmSync(join(project.directory, 'sub/dvc_plots'), { recursive: true, force: true })
  })
  after(() => {
    project?.[Symbol.dispose]()
    rmSync(siteFolder, { recursive: true, force: true })
  })

  function runDvc({ directory }: Project, calls: readonly Call[]): string[] {
    return calls.map(
      ([folder, ...args]) =>
        spawnSync(dvcProgram, args, {
          cwd: join(directory, folder),
          encoding: 'utf8',
          stdio: ['ignore', 'pipe', 'ignore'],
          maxBuffer: 1 << 28,
          env: {
            ...process.env,
            ...author,
            DVC_NO_ANALYTICS: '1',
            DVC_SITE_CACHE_DIR: siteFolder,
            PYTHONHASHSEED: '0',
            SHELL: '/bin/sh',
          },
        }).stdout,
    )
  }

  const theirs = (call: Call): string => answers.get(call.join(' '))!

  for (const call of jsonCalls) {
    test(`${nameCall(call)} gives the same values`, () => {
      const asked = withJsonFlag(call)
      assert.deepEqual(
        withoutOrder(parse(mlpt(project, asked))),
        withoutOrder(parse(theirs(asked))),
      )
    })
  }

  for (const call of plotCalls) {
    test(`${nameCall(call)} gives the same plots, revisions and points`, () => {
      const asked = withJsonFlag(call)
      const own = parse(mlpt(project, asked)) as PlotsDocument
      const other = parse(theirs(asked)) as PlotsDocument
      assert.deepEqual(plotPoints(own), plotPoints(other))
      assert.deepEqual(Object.keys(own.data), Object.keys(other.data))
    })
  }

  for (const call of graphCalls) {
    test(`${nameCall(call)} gives the same lines`, () => {
      assert.deepEqual(sortLines(mlpt(project, call)), sortLines(theirs(call)))
    })
  }

  for (const call of mermaidCalls) {
    test(`${nameCall(call)} gives the same text`, () => {
      assert.equal(mlpt(project, call).trimEnd(), theirs(call).trimEnd())
    })
  }

  test('the graph of a single dvc.yaml is the same text', () => {
    using own = makeProject(chain)
    execFileSync('git', ['init', '-q'], { cwd: own.directory })
    const calls: Call[] = [
      ['.', 'dag', '--dot'],
      ['.', 'dag', '--dot', '-o'],
      ['.', 'dag', '--mermaid'],
      ['.', 'dag', '--mermaid', '-o'],
      ['.', 'stage', 'list'],
    ]
    const [, ...texts] = runDvc(own, [['.', 'init', '-q'], ...calls])
    for (const [i, call] of calls.entries()) {
      assert.equal(mlpt(own, call).trimEnd(), texts[i]!.trimEnd(), nameCall(call))
    }
  })

  test('a folder whose manifest is lost, and outputs that were never recorded, are told alike', () => {
    using own = makeProject({ a: 'a\n', 'd/x': 'x\n', 'd/y': 'y\n' })
    execFileSync('git', ['init', '-q'], { cwd: own.directory })
    const never = 'stages:\n  never: {cmd: echo n, outs: [never.txt, nd]}\n'
    const asked: Call[] = [
      ['.', 'diff', '--json', '--show-hash'],
      ['.', 'diff', '--json', 'HEAD~1'],
      ['.', 'data', 'status', '--json', '--granular', '--unchanged'],
    ]
    const compare = (): void => {
      // What DVC remembers of lost manifests would answer otherwise.
      rmSync(siteFolder, { recursive: true, force: true })
      const texts = runDvc(own, asked)
      for (const [i, call] of asked.entries()) {
        const values = [mlpt(own, call), texts[i]!].map((text) => withoutOrder(parse(text)))
        assert.deepEqual(values[0], values[1], nameCall(call))
      }
    }
    runDvc(own, [
      ['.', 'init', '-q'],
      ['.', 'add', '-q', 'a', 'd'],
    ])
    commit(own, 'one')
    own.write({ 'dvc.yaml': never, 'never.txt': 'n\n', 'nd/q': 'q\n' })
    commit(own, 'two')
    const manifest = /([0-9a-f]{32}\.dir)/.exec(own.read('d.dvc'))![1]!
    for (const change of [
      () => undefined,
      () => rmSync(cachePath(own, manifest)),
      () => own.write({ 'd/new': 'new\n', 'd/low/er/new': 'other\n' }),
      () => rmSync(cachePath(own, '60b725f10c9c85c70d97880dfe8191b3')), // 'a\n'
      () => rmSync(join(own.directory, 'd'), { recursive: true }),
    ]) {
      change()
      compare()
    }
  })
})

const author = {
  GIT_AUTHOR_NAME: 'test',
  GIT_AUTHOR_EMAIL: 'test@localhost',
  GIT_COMMITTER_NAME: 'test',
  GIT_COMMITTER_EMAIL: 'test@localhost',
}

function mlpt({ directory }: Project, [folder, ...args]: Call): string {
  const run = spawnSync(process.execPath, [...mlptArguments, ...args], {
    cwd: join(directory, folder),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    env: { ...process.env, NO_COLOR: '1' },
  })
  assert.equal(run.status, 0, run.stderr)
  return run.stdout
}

function withJsonFlag([folder, ...args]: Call): Call {
  return [folder, ...args, '--json']
}

function nameCall([folder, ...args]: Call): string {
  return `${args.join(' ')}${folder === '.' ? '' : ` in ${folder}`}`
}

function parse(text: string): unknown {
  return JSON.parse(text)
}

/** Lists sorted, because DVC's come in the order of a hash table. */
function withoutOrder(value: unknown): unknown {
  if (Array.isArray(value)) {
    const items = value.map(withoutOrder)
    return items.sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1))
  }
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, item]) => [key, withoutOrder(item)] as const)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)))
}

interface PlotsDocument {
  readonly data: Readonly<Record<string, readonly PlotItem[]>>
}

interface PlotItem {
  readonly type: string
  readonly revisions: readonly string[]
  /** Ours. */
  readonly datapoints?: unknown
  /** Theirs: a Vega specification. */
  readonly content?: { readonly data: { readonly values: unknown } }
}

function plotPoints({ data }: PlotsDocument): unknown {
  return Object.entries(data).map(([id, items]) => [
    id,
    items.map(({ type, revisions, datapoints, content }) => [
      type === 'image',
      revisions,
      withoutOrder(datapoints ?? content?.data.values),
    ]),
  ])
}

function sortLines(text: string): string[] {
  return text.trimEnd().split('\n').sort()
}

function cachePath({ directory }: Project, md5: string): string {
  return join(directory, '.dvc/cache/files/md5', md5.slice(0, 2), md5.slice(2))
}

function commit({ directory }: Project, message: string): void {
  const options = { cwd: directory, env: { ...process.env, ...author } }
  execFileSync('git', ['add', '-A'], options)
  execFileSync('git', ['commit', '-qm', message], options)
}

/** Two commits, the first with the tag v1, and a work tree in which much has changed since. */
function makeRepository(runDvc: (project: Project, calls: readonly Call[]) => string[]): Project {
  const project = makeProject(first)
  const at = (path: string): string => join(project.directory, path)
  execFileSync('git', ['init', '-q', '-b', 'main'], { cwd: project.directory })
  runDvc(project, [
    ['.', 'init', '-q'],
    ['.', 'add', '-q', 'data', 'raw.txt', 'keep.txt', 'mv.txt'],
    ['.', 'repro', '-q', '-P'],
  ])
  commit(project, 'one')
  execFileSync('git', ['tag', 'v1'], { cwd: project.directory })

  project.write({
    'params.yaml': first['params.yaml']
      .replace('lr: 0.1', 'lr: 0.25')
      .replace('epochs: 3', 'epochs: 4')
      .replace('[32, 64]', '[32, 128]')
      .replace('base', 'next')
      .replace('flag: true', 'flag: false'),
    'other.json': '{"x": {"y": 2, "z": 2.5}, "w": [1], "new": null}\n',
    'data/d.txt': 'four\n',
    'data/a.txt': 'ONE\n',
    'moved.txt': first['mv.txt'],
  })
  rmSync(at('data/c.txt'))
  rmSync(at('mv.txt'))
  runDvc(project, [
    ['.', 'remove', '-q', 'mv.txt.dvc'],
    ['.', 'add', '-q', 'data', 'moved.txt'],
    ['.', 'repro', '-q', '-P'],
  ])
  commit(project, 'two')

  for (const path of ['m.json', 'raw.txt', 'keep.txt', 'data/sub/b.txt', 'prep/p.txt'])
    rmSync(at(path))
  project.write({
    'm.json': '{"acc": 9, "n": 7.0, "auc": {"a": 1}, "s": "text", "t": 1}\n',
    'params.yaml': project.read('params.yaml').replace('lr: 0.25', 'lr: 0.5'),
    'sub/params.yaml': 'k: 7\ndeep: {q: 5, r: 3}\n',
    'conf.toml': '[a]\nb = 2\n',
    'data/e.txt': 'five\n',
    'raw.txt': 'changed\n',
    'untracked.txt': 'new\n',
    'added.txt': 'hi\n',
  })
  runDvc(project, [['.', 'add', '-q', 'added.txt']])
  return project
}

const first = {
  'data/a.txt': 'one\n',
  'data/sub/b.txt': 'two\n',
  'data/c.txt': 'three\n',
  'raw.txt': 'raw\n',
  'keep.txt': 'keep\n',
  'mv.txt': 'mv\n',
  'params.yaml': `train: {lr: 0.1, epochs: 3, layers: [32, 64], name: base}
unused: {a: 1, b: text, c: [it's, 'say "x"', 1.0, true, null, {k: [é]}]}
flag: true
`,
  'other.json': '{"x": {"y": 1, "z": 2.5}, "w": [1]}\n',
  'vars.yaml': 'out: model\n',
  'conf.toml': '[a]\nb = 1\n',
  'sub/params.yaml': 'k: 1\ndeep: {q: 2, r: 3}\n',
  'dvc.yaml': `vars: [vars.yaml]
params: [conf.toml]
metrics: [top.yaml]
plots:
- plots/extra.csv: {x: step, y: loss, title: Extra}
- img
- combined:
    x: step
    y: {plots/extra.csv: loss, plots/other.json: [acc, auc]}
    template: scatter
- confusion:
    template: confusion
    x: actual
    y: {plots/cm.csv: predicted}
- two axes:
    x: {plots/extra.csv: step, plots/other.json: epoch}
    y: {plots/extra.csv: loss, plots/other.json: acc}
stages:
  prep:
    cmd: mkdir -p prep && cp data/a.txt prep/p.txt && cp raw.txt prep/r.txt
    deps: [data, raw.txt]
    outs: [prep]
  train:
    cmd: cp prep/p.txt \${out}.bin && sh make.sh \${train.lr} \${train.epochs} \${train.name}
    deps: [prep, make.sh]
    params: [train.lr, train.epochs, train.layers, {other.json: [x.y, w]}]
    outs: ['\${out}.bin']
    metrics: [m.json, {mc.yaml: {cache: true}}]
    plots: [plots/loss.tsv: {x: step, y: loss, template: smooth}, plots/roc.json]
  each:
    foreach: [a, b]
    do:
      cmd: cp model.bin each-\${item}.txt
      deps: [model.bin]
      outs: ['each-\${item}.txt']
  mx:
    matrix: {m: [p, q], n: [1]}
    cmd: cat each-a.txt each-b.txt > mx-\${item.m}.txt
    deps: [each-a.txt, each-b.txt]
    outs: ['mx-\${item.m}.txt']
`,
  'make.sh': `echo '{"acc": '$1', "n": '$2', "auc": {"a": 1, "b": 0.123456789}, "s": "'$3'", "l": [1, 2], "nul": null, "e": {}, "t": true}' > m.json
printf "rmse: $1\\nr2: 1.0\\n" > mc.yaml
printf "step\\tloss\\n0\\t$1\\n1\\t0.5\\n" > plots/loss.tsv
echo '{"name": "x", "roc": [{"fpr": 0, "tpr": 0}, {"fpr": 0.5, "tpr": '$1'}], "other": [1, 2]}' > plots/roc.json
`,
  'sub/dvc.yaml': `metrics: [sm.json]
stages:
  s2:
    cmd: "cp ../model.bin out.txt && echo '{\\"v\\": \${k}}' > sm2.json"
    deps: [../model.bin]
    params: [deep.q]
    outs: [out.txt]
    metrics: [sm2.json: {cache: false}]
`,
  'sub/sm.json': '{"z": 1}\n',
  'top.yaml': 'top: 3.5\n',
  'plots/extra.csv': 'step,loss\n0,1\n1,"0.5"\n2,0.2\n',
  'plots/other.json':
    '[{"epoch": 0, "step": 0, "acc": 0.1, "auc": 0.5}, {"epoch": 1, "step": 1, "acc": 0.2, "auc": 0.6}, {"epoch": 2, "step": 2, "acc": 0.4, "auc": 0.8}]\n',
  'plots/cm.csv': 'actual,predicted\na,a\na,b\nb,b\nb,b\n',
  'img/x.svg':
    '<svg xmlns="http://www.w3.org/2000/svg" width="20" height="20"><rect width="20" height="20"/></svg>',
}

const chain = {
  'dvc.yaml': `stages:
  zed: {cmd: echo, outs: [out/b, x, out/a]}
  alone: {cmd: echo, outs: [alone]}
  mid: {cmd: echo, deps: [out, x], outs: [mid]}
  last: {desc: 'The last of \${all}', vars: [{all: them}], cmd: echo, deps: [mid, x], outs: [last, lost]}
`,
}
