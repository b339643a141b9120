import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { test } from 'node:test'
import { commitData, type CommitOptions } from '../../src/pipeline/versioning/commit-data.ts'
import { freezeStages } from '../../src/pipeline/versioning/freeze-stages.ts'
import { moveData } from '../../src/pipeline/versioning/move-data.ts'
import { removeTracked } from '../../src/pipeline/versioning/remove-tracked.ts'
import { makeDataRepository, type DataRepository } from './data-repository.ts'
import { mlpt } from './folder.ts'
import { failureOf } from '../failure-of.ts'

test('data moves with its .dvc file, its line in .gitignore and its comments', async () => {
  using world = await makeDataRepository({ a: 'a\n', 'sub/x': 'x\n' })
  await world.add('a')
  world.write({ 'a.dvc': `# from the lab\n${world.read('a.dvc')}` })
  const { path, dataFile } = await move(world, 'a', 'sub')
  assert.deepEqual([path, dataFile], ['sub/a', 'sub/a.dvc'])
  assert.match(world.read('sub/a.dvc'), /^# from the lab\nouts:\n- md5: .*\n.*\n.*\n {2}path: a\n$/)
  assert.equal(world.read('sub/.gitignore'), '/a\n')
  assert.deepEqual(
    ['a', 'a.dvc', '.gitignore'].map((name) => world.has(name)),
    [false, false, false],
  )
})

test('a move never overwrites, and refuses what is not data', async () => {
  using world = await makeDataRepository({
    a: 'a\n',
    b: 'precious\n',
    'd/x': 'x\n',
    'dvc.yaml': 'stages:\n  s: {cmd: echo > out.txt, outs: [out.txt]}\n',
    'out.txt': 'o\n',
  })
  await world.add('a', 'd')
  const codes = [
    [['a', 'b'], 'DATA_UNSAVED'],
    [['a', 'd'], 'PATH_FORBIDDEN'],
    [['d', 'd/inner'], 'PATH_FORBIDDEN'],
    [['a', '../out'], 'PATH_FORBIDDEN'],
    [['a', 'none/at/all'], 'FILE_MISSING'],
    [['a', 'a'], 'PATH_FORBIDDEN'],
    [['out.txt', 'c'], 'PATH_FORBIDDEN'],
    [['d/x', 'c'], 'PATH_UNTRACKED'],
    [['zz', 'c'], 'PATH_UNTRACKED'],
  ] as const
  for (const [[from, to], code] of codes) {
    const error = await failureOf(move(world, from, to))
    assert.equal(error.code, code, `${from} to ${to}: ${error.message}`)
  }
  assert.deepEqual([world.read('a'), world.read('b')], ['a\n', 'precious\n'])
})

test('removing the last stage removes dvc.yaml, unless it says something else too', async () => {
  using world = await makeDataRepository({ 'dvc.yaml': twoStages })
  await remove(world, 'first')
  assert.equal(
    world.read('dvc.yaml'),
    'stages:\n  # about the second\n  second: {cmd: echo > two, outs: [two]} # kept\nplots: [p.csv]\n',
  )
  await remove(world, 'second')
  assert.equal(world.read('dvc.yaml'), 'plots: [p.csv]\n')
  world.write({ 'dvc.yaml': twoStages.replace('plots: [p.csv]\n', '') })
  await remove(world, 'dvc.yaml')
  assert.equal(world.has('dvc.yaml'), false)
})

test('removing keeps the data, and with --outs deletes it', async () => {
  using world = await makeDataRepository({ a: 'a\n', b: 'b\n' })
  await world.add('a', 'b')
  await remove(world, 'a.dvc')
  await removeTracked(world.repository, { targets: ['b.dvc'], withOutputs: true })
  assert.deepEqual(
    ['a', 'a.dvc', 'b', 'b.dvc', '.gitignore'].map((name) => world.has(name)),
    [true, false, false, false, false],
  )
})

test('what cannot be removed is refused with a hint, and nothing is removed', async () => {
  using world = await makeDataRepository({
    a: 'a\n',
    'dvc.yaml': 'stages:\n  m:\n    foreach: [1, 2]\n    do: {cmd: echo, outs: ["m${item}"]}\n',
  })
  await world.add('a')
  assert.equal((await failureOf(remove(world, 'a'))).hint, 'name the file that tracks it: a.dvc')
  const member = await failureOf(remove(world, 'a.dvc', 'm@1'))
  assert.match(member.message, /dvc\.yaml:2:3: 'm@1' is one of those that 'm' makes/)
  assert.equal(world.has('a.dvc'), true)
  assert.equal((await failureOf(remove(world, 'none'))).code, 'PIPELINE_STAGE_UNKNOWN')
})

test('freezing changes one line of dvc.yaml, and no other', async () => {
  const text = `stages:\n  a:   # first\n    cmd: "echo"\n    outs: [ x,   y ]\n\n  b: {cmd: echo}\n`
  using world = await makeDataRepository({ 'dvc.yaml': text })
  await freezeStages(world.repository, { targets: ['a', 'b'], isFrozen: true })
  assert.equal(
    world.read('dvc.yaml'),
    `stages:\n  a:   # first\n    cmd: "echo"\n    outs: [ x,   y ]\n    frozen: true\n\n  b: {cmd: echo, frozen: true}\n`,
  )
  await freezeStages(world.repository, { targets: ['a', 'b'], isFrozen: false })
  assert.equal(world.read('dvc.yaml'), text)
  const whole = { targets: ['dvc.yaml'], isFrozen: true }
  assert.equal(
    (await failureOf(freezeStages(world.repository, whole))).code,
    'PIPELINE_STAGE_UNKNOWN',
  )
})

test('a commit refuses what differs, and with force records it', async () => {
  using world = await makeDataRepository({
    a: 'a\n',
    in: 'in\n',
    out: 'out\n',
    'params.yaml': 'rate: 1\n',
    'dvc.yaml': 'stages:\n  s: {cmd: cp in out, deps: [in], params: [rate], outs: [out]}\n',
  })
  await world.add('a')
  world.write({ a: 'changed\n' })
  const error = await failureOf(commit(world, {}))
  assert.match(error.message, /'s', 'a\.dvc' differ from their records/)
  const { changed } = await commit(world, { isForced: true })
  assert.deepEqual(changed, ['s', 'a.dvc'])
  assert.match(world.read('dvc.lock'), /params:\n {6}params\.yaml:\n {8}rate: 1\n/)
  assert.equal(mlpt(world, 'status').exitCode, 0)
  assert.deepEqual((await commit(world, {})).changed, [])
})

test('a commit names everything that is missing or tracked by git', async () => {
  using world = await makeDataRepository({
    one: '1\n',
    'dvc.yaml': 'stages:\n  s: {cmd: "true", deps: [gone], outs: [one, two]}\n',
  })
  world.git('add', 'one')
  const error = await failureOf(commit(world, { isForced: true }))
  assert.deepEqual(error.details['paths'], ['two', 'gone', 'one'])
  assert.equal(world.has('dvc.lock'), false)
})

test('a commit fills the cache again with what is as recorded', async () => {
  using world = await makeDataRepository({ 'raw/a': 'a\n' })
  await world.add('raw')
  const before = world.read('raw.dvc')
  rmSync(join(world.directory, '.dvc/cache'), { recursive: true })
  assert.deepEqual((await commit(world, {})).changed, [])
  assert.equal(world.objects().length, 2)
  assert.equal(world.read('raw.dvc'), before)
})

test('commands wait for none, and say who holds the repository', async () => {
  using world = await makeDataRepository({ a: 'a\n' })
  const { takeLock } = await import('../../src/pipeline/repository/lock-store.ts')
  await using lock = await takeLock(world.repository, {
    waitMs: 0,
    clock: Date.now,
    signal: undefined,
    onWait: () => undefined,
  })
  assert.ok(lock)
  const answer = mlpt(world, 'add', 'a')
  assert.equal(answer.exitCode, 1)
  assert.match(answer.errors, /PIPELINE_LOCKED/)
  assert.equal(world.has('a.dvc'), false)
})

test('outside of a repository every command says so', async () => {
  using world = await makeDataRepository({})
  rmSync(join(world.directory, '.dvc'), { recursive: true })
  for (const args of [['add', 'a'], ['checkout'], ['move', 'a', 'b'], ['import-url', 'a']]) {
    assert.match(mlpt(world, ...args).errors, /REPOSITORY_MISSING/)
  }
  assert.equal(existsSync(join(world.directory, '.dvc')), false)
})

test('a broken .dvc file stops every command before it changes anything', async () => {
  using world = await makeDataRepository({ a: 'a\n', 'b.dvc': 'outs:\n- path: [b]\n' })
  mkdirSync(join(world.directory, 'sub'))
  assert.equal((await failureOf(world.add('a'))).code, 'PIPELINE_INVALID')
  assert.match((await failureOf(world.checkout())).message, /b\.dvc:2:9/)
  assert.equal(world.has('a.dvc'), false)
})

test('an executable keeps its bit through add, checkout and move', async () => {
  using world = await makeDataRepository({ 'tool.sh': 't\n' })
  chmodSync(join(world.directory, 'tool.sh'), 0o755)
  await world.add('tool.sh')
  await move(world, 'tool.sh', 'other.sh')
  assert.match(world.read('other.sh.dvc'), /isexec: true/)
  rmSync(join(world.directory, 'other.sh'))
  await world.checkout()
  assert.equal(statSync(join(world.directory, 'other.sh')).mode & 0o100, 0o100)
})

const twoStages = `stages:
  first: {cmd: echo > one, outs: [one]}
  # about the second
  second: {cmd: echo > two, outs: [two]} # kept
plots: [p.csv]
`

async function move(world: DataRepository, from: string, to: string): ReturnType<typeof moveData> {
  return moveData(world.repository, world.cache, { from, to })
}

async function remove(
  world: DataRepository,
  ...targets: readonly string[]
): ReturnType<typeof removeTracked> {
  return removeTracked(world.repository, { targets })
}

async function commit(
  world: DataRepository,
  options: CommitOptions,
): ReturnType<typeof commitData> {
  return commitData(world.repository, world.cache, options)
}
