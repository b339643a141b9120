/** The real dvc and our engine on the same repository must agree, whichever ran first. */

import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import { chmodSync, existsSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { createRandom, type Random } from '../../src/core/random.ts'
import { formatYaml } from '../../src/pipeline/yaml/format-yaml.ts'
import {
  isYamlList,
  isYamlMap,
  type YamlMap,
  type YamlValue,
} from '../../src/pipeline/yaml/yaml-value.ts'
import { readStatus } from '../../src/pipeline/index.ts'
import { makeProject, type Project } from '../pipeline/project.ts'
import { findPeer } from './python.ts'
import { startDvc } from './dvc-program.ts'

const peer = findPeer('.venv', 'dvc')
const dvc = startDvc()

describe('dvc', { skip: peer.skip }, () => {
  function makeRepository(): Project {
    const project = makeProject(pipeline)
    chmodSync(join(project.directory, 'tool.sh'), 0o755)
    execFileSync('git', ['init', '-q'], { cwd: project.directory })
    dvc(project, 'init', '-q')
    return project
  }

  test('finds nothing to do after our run, and the reverse, with equal files', async () => {
    using ours = makeRepository()
    using theirs = makeRepository()
    await ours.run()
    dvc(theirs, 'repro', '-q')
    assert.equal(ours.read('dvc.lock'), theirs.read('dvc.lock'))
    assert.equal(ours.read('.gitignore'), theirs.read('.gitignore'))
    assert.deepEqual(listCache(ours), listCache(theirs))
    await assertBothClean(ours)
    await assertBothClean(theirs)
  })

  test('agrees after changes, when the two take turns', async () => {
    using turns = makeRepository()
    using theirs = makeRepository()
    const steps: Readonly<Record<string, string>>[] = [
      {},
      { 'params.yaml': pipeline['params.yaml'].replace('rate: 1e-3', 'rate: 2.50') },
      { 'data/new file é.txt': 'more\n' },
      { 'data/a.txt': 'other\n' },
      { 'dvc.yaml': pipeline['dvc.yaml'].replace('echo prepared', 'echo  newly   prepared') },
    ]
    for (const [i, files] of steps.entries()) {
      turns.write(files)
      theirs.write(files)
      if (i % 2 === 0) await turns.run()
      else dvc(turns, 'repro', '-q')
      dvc(theirs, 'repro', '-q')
      assert.equal(turns.read('dvc.lock'), theirs.read('dvc.lock'), `after step ${i}`)
    }
    await assertBothClean(turns)
  })

  test('restores from the cache what we put there, and we what it put there', async () => {
    using ours = makeRepository()
    await ours.run()
    const outputs = ['prepared', 'model-cnn-1.txt']
    for (const path of outputs) rmSync(join(ours.directory, path), { recursive: true })
    dvc(ours, 'checkout', '-q')
    for (const path of outputs) assert.ok(existsSync(join(ours.directory, path)))
    await assertBothClean(ours)

    using theirs = makeRepository()
    dvc(theirs, 'repro', '-q')
    for (const path of outputs) rmSync(join(theirs.directory, path), { recursive: true })
    const summary = await theirs.run()
    assert.deepEqual(
      summary.stages.filter(({ outcome }) => outcome === 'ran'),
      [],
    )
    await assertBothClean(theirs)
  })

  test('says the same of what changed as we do', async () => {
    using project = makeRepository()
    await project.run()
    project.write({ 'data/a.txt': 'other\n' })
    rmSync(join(project.directory, 'model-cnn-1.txt'))
    const theirs = Object.keys(JSON.parse(dvc(project, 'status', '--json')) as object)
    assert.deepEqual(theirs, ['prepare', 'train@cnn-1'])
    const { stages } = await readStatus({
      directory: project.directory,
      env: process.env,
      clock: Date.now,
    })
    const own = stages.filter(({ reasons }) => reasons.some(({ kind }) => kind !== 'upstream-runs'))
    assert.deepEqual(
      own.map(({ name }) => name),
      theirs,
    )
  })

  test('writes any document in the very text we write', () => {
    const random = createRandom(5)
    const documents = Array.from({ length: 1500 }, () => randomDocument(random))
    const input = JSON.stringify(documents.map((document) => encode(document, new Map())))
    const options = { encoding: 'utf8', input, maxBuffer: 1 << 28 } as const
    const texts = JSON.parse(execFileSync(peer.python, ['-c', dumpScript], options)) as string[]
    for (const [i, document] of documents.entries()) assert.equal(formatYaml(document), texts[i])
  })

  async function assertBothClean(project: Project): Promise<void> {
    const lock = project.read('dvc.lock')
    const time = statSync(join(project.directory, 'dvc.lock')).mtimeMs
    const summary = await project.run()
    assert.deepEqual(
      summary.stages.filter(({ outcome }) => outcome !== 'unchanged'),
      [],
    )
    assert.equal(statSync(join(project.directory, 'dvc.lock')).mtimeMs, time)
    assert.deepEqual(JSON.parse(dvc(project, 'status', '--json')), {})
    assert.match(dvc(project, 'repro'), /Data and pipelines are up to date/)
    assert.equal(project.read('dvc.lock'), lock)
  }
})

/** Reads tagged JSON (below), prints the YAML texts that dvc makes of it; equal ids are one object. */
const dumpScript = `
import json, sys
from dvc.utils.serialize._yaml import dumps_yaml
def decode(node, known):
    tag, value, *rest = node
    if tag == 'i': return int(value)
    if tag == 'f': return float(value)
    if tag == 's': return value
    if rest[0] in known: return known[rest[0]]
    made = [decode(x, known) for x in value] if tag == 'l' else {decode(k, known): decode(v, known) for k, v in value}
    known[rest[0]] = made
    return made
print(json.dumps([dumps_yaml(decode(document, {})) for document in json.load(sys.stdin)]))
`

type Tagged = readonly [tag: string, value: unknown, id?: number]

function encode(value: YamlValue, ids: Map<YamlValue, number>): Tagged {
  if (typeof value === 'bigint') return ['i', String(value)]
  if (typeof value === 'number') return ['f', String(value).replace('Infinity', 'inf')]
  if (!isYamlMap(value) && !isYamlList(value)) return ['s', value]
  const id = ids.get(value) ?? ids.size
  ids.set(value, id)
  if (isYamlList(value)) return ['l', value.map((item) => encode(item, ids)), id]
  return ['m', Array.from(value, ([key, item]) => [encode(key, ids), encode(item, ids)]), id]
}

function randomDocument(random: Random): YamlMap {
  const shared: YamlValue[] = []
  const pick = <T>(from: readonly T[]): T => from[random.nextInteger(from.length)]!
  const text = (): string => {
    const words = Array.from({ length: pick([1, 1, 2, 3, 8, 20, 40]) }, () => pick(oddWords))
    return words.join(pick([' ', ' ', ' ', '  ', '', '\n']))
  }
  const value = (depth: number): YamlValue => {
    const kind = random.nextInteger(10)
    if (depth > 3 || kind < 4) return text()
    if (kind < 6) return pick(oddScalars)
    if (kind === 6 && shared.length > 0) return pick(shared)
    const size = random.nextInteger(4)
    const made: YamlValue =
      kind === 7
        ? new Map(Array.from({ length: size }, () => [text().slice(0, 150), value(depth + 1)]))
        : Array.from({ length: size }, () => value(depth + 1))
    shared.push(made)
    return made
  }
  return new Map([1, 2, 3].map((i) => [`${pick(oddWords)}${i}`, value(0)]))
}

const oddScalars: readonly YamlValue[] = [
  null,
  true,
  false,
  0n,
  -5n,
  10n ** 25n,
  1,
  0.1,
  1e-5,
  1e16,
  1.5e300,
  -0.5,
  Infinity,
  -Infinity,
  NaN,
  5e-324,
]

const oddWords =
  `a foo --flag x=1 'q' "dq" #c a: && \\ $HOME a'b é 😀 true 10 1e3 ~ - ? | > * &a % @
\` 0o7 2020-01-01 1.2.3 \t \r \u0007 [x] {y} !z --- ... = /a/long/path/to/some/file/that/is/long.parquet`
    .split(/[ \n]/)
    .concat('k: v', 'python train.py', 'w'.repeat(90))

/** Objects by hash, those that are read-only. */
function listCache(project: Project): string[] {
  const options = {
    cwd: join(project.directory, '.dvc/cache/files/md5'),
    encoding: 'utf8',
  } as const
  const files = execFileSync('find', ['.', '-type', 'f', '-perm', '444'], options)
  return files
    .split('\n')
    .map((path) => path.replaceAll(/[./]/g, ''))
    .sort()
}

const pipeline = {
  'data/a.txt': 'a\n',
  'data/deep/b.txt': 'b\n',
  'tool.sh': '#!/bin/sh\ncat "$@"\n',
  'other.json': '{"x": {"y": 1.0}, "z": 2}',
  'whole.yaml': 'q: 1\nb: {c: [1, 2.0, "3"]}\n',
  'params.yaml': `int: 1
float: 1.0
rate: 1e-3
big: 123456789012345678901234567890
quoted: '10'
word: yes
none:
flag: true
list: [1, 1.0, '1', [a, b], {k: v}, []]
nested: {b: {c: [1, 2]}, a: é ü}
models: [cnn, it's]
`,
  'dvc.yaml': `vars: [{suffix: txt}]
stages:
  prepare:
    cmd: mkdir -p prepared/sub && echo prepared > prepared/x.\${suffix} && cat data/a.txt data/deep/b.txt > prepared/sub/y.txt
    deps: [data, tool.sh]
    params: [int, float, rate, big, quoted, word, none, flag, list, nested, nested.b, nested.b.c.1, {other.json: [x.y]}, {whole.yaml: null}]
    outs: [prepared]
  train:
    matrix: {model: [cnn, rnn], size: [1, 2.5]}
    cmd:
    - ./tool.sh prepared/x.txt > model-\${key}.txt
    - 'echo "{\\"accuracy\\": \${rate}, \\"model\\": \\"\${item.model}\\"}" > metrics-\${key}.json'
    deps: [./prepared/x.txt, tool.sh]
    params: [rate]
    outs: ['model-\${key}.txt']
    metrics: [{'metrics-\${key}.json': {cache: false}}]
  each:
    foreach: \${models}
    do:
      cmd: |
        echo "first line for \${item}, which is long enough that it has to be folded when it is quoted" > "\${item}.log"
        echo second >> "\${item}.log"
      deps: [prepared/sub]
      outs: ["\${item}.log"]
  copy:
    wdir: sub
    cmd: cp ../tool.sh copied.sh
    deps: [../tool.sh]
    outs: [copied.sh]
`,
  'sub/.keep': '',
}
