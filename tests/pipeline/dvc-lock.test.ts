import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import {
  commandAsRecorded,
  parseLock,
  toEntry,
  updateLock,
  type PipelineLock,
  type StageResult,
} from '../../src/pipeline/stages/dvc-lock.ts'
import { defaultSettings } from '../../src/pipeline/stages/stage-settings.ts'
import { formatYaml } from '../../src/pipeline/yaml/format-yaml.ts'
import type { YamlValue } from '../../src/pipeline/yaml/yaml-value.ts'
import type { Stage } from '../../src/pipeline/stages/stage.ts'

const golden = readFileSync(join(import.meta.dirname, 'golden/dvc.lock'), 'utf8')

describe('reading', () => {
  test('gives command, hashes and parameters by stage', () => {
    const { records } = parseLock(golden)
    assert.deepEqual([...records.keys()], ['zed', 'all', 'block'])
    const zed = records.get('zed')!
    assert.equal(
      zed.command,
      'mkdir -p out/sub && cp in/1.txt out/b && cp tool.sh out/a && echo m > m.json && cp tool.sh copy.sh',
    )
    assert.deepEqual(zed.dependencies.get('tool.sh'), {
      md5: '3e2b31c72181b87149ff995e7202c0e3',
      sizeBytes: 10,
      fileCount: undefined,
      isExecutable: true,
      isLegacy: false,
    })
    assert.equal(zed.parameters.get('params.yaml')!.get('a_float'), 1)
    assert.equal(zed.parameters.get('params.yaml')!.get('a_int'), 1n)
    assert.deepEqual(zed.parameters.get('other.json')!.get('x.y'), 1)
  })

  test('a folder of a remote that keeps versions is known by the list of its files', () => {
    const files = ['b', 'a'].map((name) => `{relpath: ${name}, md5: ${md5Of(name)}, size: 1}`)
    const entry = (list: string): string =>
      `schema: '2.0'\nstages: {s: {cmd: c, outs: [{path: d, hash: md5, files: [${list}]}]}}`
    const recordOf = (list: string): unknown =>
      parseLock(entry(list)).records.get('s')!.outputs.get('d')
    const manifest = `[{"md5": "${md5Of('a')}", "relpath": "a"}, {"md5": "${md5Of('b')}", "relpath": "b"}]`
    assert.deepEqual(recordOf(files.join(', ')), {
      md5: `${md5Of(manifest)}.dir`,
      sizeBytes: 2,
      fileCount: 2,
      isExecutable: false,
      isLegacy: false,
    })
    // An import of versions has no MD5 but that of the server.
    assert.equal((recordOf('{relpath: a, size: 1}') as { md5: unknown }).md5, undefined)
  })

  test('no file means that nothing has run', () => {
    assert.equal(parseLock(undefined).records.size, 0)
  })

  test('an entry without hash: md5 is one of DVC 2', () => {
    const text = `schema: '2.0'
stages:
  a:
    cmd: go
    deps:
    - path: old.csv
      md5: 3e2b31c72181b87149ff995e7202c0e3
`
    assert.equal(parseLock(text).records.get('a')!.dependencies.get('old.csv')!.isLegacy, true)
  })

  for (const [what, text, message] of [
    ['an empty file', '', /dvc\.lock:1:1: it is empty/],
    ['another schema', "schema: '1.0'", /dvc\.lock:1:9: its 'schema' is '1\.0', expected '2\.0'/],
    ['a schema that is a number', 'schema: 2.0', /its 'schema' is 2\.0, expected '2\.0'/],
    ['a lock of DVC 1', 'a: {cmd: b}', /dvc\.lock:1:1: it has no 'schema', expected '2\.0'/],
    [
      'a conflict of git',
      '<<<<<<< a\nschema: 1\n=======\n>>>>>>> b',
      /^dvc\.lock:1:1: a merge conflict is not settled: '<<<<<<< a'$/,
    ],
    [
      'a stage without cmd',
      "schema: '2.0'\nstages:\n  a:\n    deps: []\n",
      /3|4:\d+: stage 'a' has no 'cmd'/,
    ],
    [
      'an entry without path',
      "schema: '2.0'\nstages: {a: {cmd: x, outs: [{md5: a}]}}",
      /has no 'path'/,
    ],
  ] as const) {
    test(`${what} is refused`, () => {
      assert.throws(() => parseLock(text), { code: 'PIPELINE_INVALID', message })
    })
  }
})

describe('writing', () => {
  test('a stage that is there keeps its place, a new one comes last, the rest stays', () => {
    const text = formatLockWith(parseLock(golden), stageNamed('zed'), result)
    const names = [...parseLock(text).records.keys()]
    assert.deepEqual(names, ['zed', 'all', 'block'])
    assert.equal(text.slice(text.indexOf('  all:')), golden.slice(golden.indexOf('  all:')))
    const more = formatLockWith(parseLock(text), stageNamed('new'), result)
    assert.deepEqual([...parseLock(more).records.keys()], ['zed', 'all', 'block', 'new'])
  })

  test('a first stage gives the whole file, sorted as DVC sorts', () => {
    assert.equal(
      formatLockWith(parseLock(undefined), stageNamed('a'), result),
      `schema: '2.0'
stages:
  a:
    cmd: go
    deps:
    - path: B
      hash: md5
      md5: bbb
      size: 2
    - path: a
      hash: md5
      md5: a.dir
      size: 3
      nfiles: 2
    params:
      params.yaml:
        x: 1
        y: 1.0
      another.yaml:
        k:
    outs:
    - path: tool
      hash: md5
      md5: ccc
      size: 0
      isexec: true
`,
    )
  })

  test('new stages stand in the order in which they would run one by one, whichever ended first', () => {
    const added = new Set<string>()
    const ranks = ranksOf('a', 'b')
    const first = formatLockWith(parseLock(golden), stageNamed('b'), result, { ranks, added })
    const second = formatLockWith(parseLock(first), stageNamed('a'), result, { ranks, added })
    assert.deepEqual([...parseLock(second).records.keys()], ['zed', 'all', 'block', 'a', 'b'])
  })

  test('a map that two stages ask for is no anchor, one that a stage asks for twice is', () => {
    const shared = new Map<string, YamlValue>([['k', 1n]])
    const asked = new Map([['a', shared]])
    const twice = new Map([...asked, ['b', shared]])
    const withParameters = (values: ReadonlyMap<string, YamlValue>): StageResult => ({
      ...result,
      parameters: new Map([['params.yaml', values]]),
    })
    const first = formatLockWith(parseLock(undefined), stageNamed('x'), withParameters(asked))
    const { document } = parseLock(first)
    const entries = ['y', 'z'].map((name) => ({
      name,
      entry: toEntry(stageNamed(name), withParameters(asked)),
    }))
    const run = { ranks: ranksOf(), added: new Set<string>() }
    assert.doesNotMatch(formatYaml(updateLock(document, entries, run)), /&id/)
    const text = formatLockWith(parseLock(undefined), stageNamed('x'), withParameters(twice))
    assert.match(text, /a: &id001\n[^]*b: \*id001/)
  })

  test('what else is in the file is kept', () => {
    const lock = parseLock("schema: '2.0'\ndatasets:\n- name: x\n")
    assert.match(
      formatLockWith(lock, stageNamed('a'), result),
      /^schema: '2\.0'\ndatasets:\n- name: x\nstages:\n/,
    )
  })
})

test('a command whose blanks DVC loses when it folds is compared as it reads back', () => {
  const long = `echo  ${'x'.repeat(90)}`
  assert.equal(commandAsRecorded(long), `echo ${'x'.repeat(90)}`)
  assert.equal(commandAsRecorded('echo  short'), 'echo  short')
})

function ranksOf(...names: readonly string[]): Map<string, number> {
  return new Map(names.map((name, rank) => [name, rank]))
}

/** @param run - places of stages, as they would run one by one, and those added before */
function formatLockWith(
  lock: PipelineLock,
  stage: Stage,
  stageResult: StageResult,
  run = { ranks: ranksOf(), added: new Set<string>() },
): string {
  const updates = [{ name: stage.name, entry: toEntry(stage, stageResult) }]
  return formatYaml(updateLock(lock.document, updates, run))
}

function stageNamed(name: string): Stage {
  return {
    name,
    group: undefined,
    file: 'dvc.yaml',
    address: name,
    command: 'go',
    workingFolder: '/',
    dependencies: [],
    parameters: [],
    outputs: [],
    isFrozen: false,
    description: undefined,
    isAlwaysChanged: false,
    settings: defaultSettings,
    data: undefined,
    place: { file: 'dvc.yaml', line: 1, column: 1 },
  }
}

const plain = { sizeBytes: 2, fileCount: undefined, isExecutable: false }

function md5Of(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

const result: StageResult = {
  dependencies: new Map([
    ['a', { md5: 'a.dir', sizeBytes: 3, fileCount: 2, isExecutable: false }],
    ['B', { ...plain, md5: 'bbb' }],
  ]),
  parameters: new Map<string, ReadonlyMap<string, YamlValue>>([
    ['another.yaml', new Map([['k', null]])],
    [
      'params.yaml',
      new Map<string, YamlValue>([
        ['y', 1],
        ['x', 1n],
      ]),
    ],
  ]),
  outputs: new Map([
    ['tool', { md5: 'ccc', sizeBytes: 0, fileCount: undefined, isExecutable: true }],
  ]),
}
