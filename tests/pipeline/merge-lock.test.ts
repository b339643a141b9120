import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { mergeLocks } from '../../src/pipeline/automation/merge-lock.ts'
import { parseLock } from '../../src/pipeline/stages/dvc-lock.ts'
import { mlptArguments } from '../mlpt-program.ts'
import { makeFolder, mlpt, runIn, type Folder } from './folder.ts'

describe('merging dvc.lock', () => {
  test('takes each stage from the side that changed it', () => {
    const base = lock({ a: 'a0', b: 'b0', c: 'c0', d: 'd0' })
    const ours = lock({ a: 'a1', b: 'b0', c: 'c0', x: 'x' })
    const theirs = lock({ a: 'a0', b: 'b1', d: 'd0', y: 'y' })
    assert.deepEqual(mergeLocks({ base, ours, theirs }), {
      text: lock({ a: 'a1', b: 'b1', x: 'x', y: 'y' }),
      conflicts: [],
    })
  })

  test('leaves out a stage that both sides changed differently, and says so', () => {
    const base = lock({ a: 'a0', b: 'b0' })
    const ours = lock({ a: 'a1', b: 'b0', new: 'n1' })
    const theirs = lock({ a: 'a2', b: 'b0', new: 'n2' })
    const { text, conflicts } = mergeLocks({ base, ours, theirs })
    assert.deepEqual(conflicts, ['a', 'new'])
    assert.equal(text, lock({ b: 'b0' }))
  })

  test('a stage that one side took away and the other ran again is a conflict', () => {
    const versions = { base: lock({ a: 'a0' }), ours: lock({}), theirs: lock({ a: 'a1' }) }
    assert.deepEqual(mergeLocks(versions), { text: lock({}), conflicts: ['a'] })
  })

  test('an equal change on both sides is none, even of NaN and shared values', () => {
    const entry = `schema: '2.0'
stages:
  a:
    cmd: x
    params:
      params.yaml:
        n: &id001
          o: .nan
        p: *id001
`
    assert.deepEqual(mergeLocks({ base: '', ours: entry, theirs: entry }), {
      text: entry,
      conflicts: [],
    })
    const spelled = entry
      .replace('&id001\n          o', '\n          o')
      .replace('*id001', '\n          o: .nan')
      .replaceAll(/: \n/g, ':\n')
    assert.deepEqual(mergeLocks({ base: '', ours: entry, theirs: spelled }).conflicts, [])
  })

  test('a file that one side has not got yet counts as empty, and bytes of a winner are kept', () => {
    const theirs = `# kept\n${lock({ a: 'a0' })}`
    assert.deepEqual(mergeLocks({ base: '', ours: '', theirs }), { text: theirs, conflicts: [] })
    assert.deepEqual(mergeLocks({ base: '', ours: lock({ b: 'b' }), theirs }), {
      text: lock({ b: 'b', a: 'a0' }),
      conflicts: [],
    })
  })

  test('datasets are merged by name', () => {
    const data = (...names: string[]): string =>
      `schema: '2.0'\nstages: {}\ndatasets:\n${names.map((name) => `- name: ${name[0]}\n  url: ${name}\n`).join('')}`
    assert.deepEqual(
      mergeLocks({ base: data('a1', 'b1'), ours: data('a2', 'b1'), theirs: data('a1', 'b2', 'c') }),
      { text: data('a2', 'b2', 'c'), conflicts: [] },
    )
    assert.deepEqual(mergeLocks({ base: '', ours: data('a1'), theirs: data('a2') }).conflicts, [
      'a',
    ])
  })

  test('what is no lock is refused', () => {
    const good = lock({ a: 'a' })
    for (const bad of [`<<<<<<< ours\n${good}`, "schema: '1.0'\n", '[]\n', 'a: b\n']) {
      assert.throws(
        () => mergeLocks({ base: good, ours: bad, theirs: good }),
        /PIPELINE_INVALID|lock/,
      )
    }
  })

  test('either order gives the same stages and conflicts, and merging with the base changes nothing', () => {
    fc.assert(
      fc.property(locks, locks, locks, (base, ours, theirs) => {
        const one = mergeLocks({ base, ours, theirs })
        const other = mergeLocks({ base, ours: theirs, theirs: ours })
        assert.deepEqual(new Set(one.conflicts), new Set(other.conflicts))
        assert.deepEqual(parseLock(one.text).records, parseLock(other.text).records)
        assert.deepEqual(mergeLocks({ base, ours, theirs: base }), { text: ours, conflicts: [] })
        for (const name of one.conflicts) assert.ok(!parseLock(one.text).records.has(name))
      }),
    )
  })
})

describe('mlpt merge-lock', () => {
  test('lets git merge two branches that ran different stages', () => {
    using folder = makeFolder({ 'dvc.lock': lock({ a: 'a0', b: 'b0' }), '.dvc/config': '' })
    prepareRepository(folder)
    commit(folder, 'left', { 'dvc.lock': lock({ a: 'a1', b: 'b0' }) })
    git(folder, 'checkout', '-q', '-b', 'right', 'main')
    commit(folder, 'right', { 'dvc.lock': lock({ a: 'a0', b: 'b1' }) })
    const merge = git(folder, 'merge', '--no-edit', 'left')
    assert.equal(merge.exitCode, 0, merge.output + merge.errors)
    assert.equal(folder.read('dvc.lock'), lock({ a: 'a1', b: 'b1' }))
  })

  test('leaves git with a conflict that names the stages', () => {
    using folder = makeFolder({ 'dvc.lock': lock({ a: 'a0', b: 'b0' }), '.dvc/config': '' })
    prepareRepository(folder)
    commit(folder, 'left', { 'dvc.lock': lock({ a: 'a1', b: 'b0' }) })
    git(folder, 'checkout', '-q', '-b', 'right', 'main')
    commit(folder, 'right', { 'dvc.lock': lock({ a: 'a2', b: 'b0' }) })
    const merge = git(folder, 'merge', '--no-edit', 'left')
    assert.equal(merge.exitCode, 1)
    assert.match(merge.output + merge.errors, /conflict in dvc\.lock: both sides changed 'a'/)
    assert.equal(folder.read('dvc.lock'), lock({ b: 'b0' }))
    assert.match(git(folder, 'status', '--short').output, /^(?:UU|AA) dvc\.lock/m)
  })

  test('leaves our file alone when a version is broken, and tells git that it failed', () => {
    using folder = makeFolder({ base: '', ours: lock({ a: 'a' }), theirs: 'stages: [\n' })
    const answer = mlpt(folder, 'merge-lock', 'base', 'ours', 'theirs')
    assert.equal(answer.exitCode, 2)
    assert.match(answer.errors, /PIPELINE_INVALID: [^]*their dvc\.lock:/)
    assert.equal(folder.read('ours'), lock({ a: 'a' }))
    assert.equal(mlpt(folder, 'merge-lock', 'base', 'ours').exitCode, 2)
    assert.equal(mlpt(folder, 'merge-lock', 'gone', 'ours', 'theirs').exitCode, 1)
  })

  test('--install keeps what .gitattributes says, twice is once, and needs git', () => {
    using folder = makeFolder({ '.gitattributes': '*.csv text', '.dvc/config': '' })
    assert.equal(mlpt(folder, 'merge-lock', '--install').exitCode, 1)
    assert.ok(!existsSync(join(folder.directory, '.git')))
    git(folder, 'init', '-q')
    mlpt(folder, 'merge-lock', '--install')
    const second = mlpt(folder, 'merge-lock', '--install')
    assert.equal(second.exitCode, 0, second.errors)
    assert.equal(folder.read('.gitattributes'), '*.csv text\ndvc.lock merge=mlpt-lock\n')
    assert.equal(
      git(folder, 'config', 'merge.mlpt-lock.driver').output,
      'mlpt merge-lock %O %A %B\n',
    )
  })
})

/** A repository with the driver installed, from the sources, and a first commit. */
function prepareRepository(folder: Folder): void {
  git(folder, 'init', '-q', '-b', 'main')
  mlpt(folder, 'merge-lock', '--install')
  const program = [process.execPath, ...mlptArguments].map((word) => `'${word}'`).join(' ')
  git(folder, 'config', 'merge.mlpt-lock.driver', `${program} merge-lock %O %A %B`)
  git(folder, 'add', '.')
  commit(folder, 'main', {})
  git(folder, 'checkout', '-q', '-b', 'left')
}

function commit(folder: Folder, message: string, files: Readonly<Record<string, string>>): void {
  folder.write(files)
  const { exitCode, errors, output } = git(folder, 'commit', '-q', '-a', '-m', message)
  assert.equal(exitCode, 0, errors + output)
}

function git(folder: Folder, ...args: readonly string[]): ReturnType<typeof runIn> {
  const identity = ['-c', 'user.name=Test', '-c', 'user.email=test@example.org']
  return runIn(folder.directory, 'git', ...identity, ...args)
}

function lock(stages: Readonly<Record<string, string>>): string {
  const entries = Object.entries(stages).map(
    ([name, hash]) =>
      `  ${name}:\n    cmd: run ${name}\n    outs:\n    - path: ${name}.txt\n      hash: md5\n      md5: of${hash}\n      size: 1\n`,
  )
  return `schema: '2.0'\nstages:${entries.length === 0 ? ' {}' : ''}\n${entries.join('')}`
}

const locks = fc
  .dictionary(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom('x0', 'x1', 'x2'))
  .map(lock)
