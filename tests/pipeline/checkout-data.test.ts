import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { test } from 'node:test'
import fc from 'fast-check'
import { checkoutError } from '../../src/pipeline/versioning/checkout-data.ts'
import { compareListings } from '../../src/pipeline/versioning/compare-listings.ts'
import { makeDataRepository, type DataRepository } from './data-repository.ts'
import { mlpt } from './folder.ts'
import { failureOf } from '../failure-of.ts'

test('what is missing comes back, and what is right is not touched', async () => {
  using world = await makeAdded()
  const untouched = lstatSync(join(world.directory, 'raw/a'))
  rmSync(join(world.directory, 'raw/sub'), { recursive: true })
  rmSync(join(world.directory, 'tool.sh'))
  const result = await world.checkout()
  assert.deepEqual(result, {
    added: ['tool.sh'],
    modified: ['raw/'],
    deleted: [],
    files: { added: 2, modified: 0, deleted: 0 },
    failed: [],
  })
  assert.equal(world.read('raw/sub/b'), 'b\n')
  assert.equal(lstatSync(join(world.directory, 'tool.sh')).mode & 0o100, 0o100)
  const kept = lstatSync(join(world.directory, 'raw/a'))
  assert.deepEqual([kept.ino, kept.mtimeMs], [untouched.ino, untouched.mtimeMs])
})

test('everything that would be lost is named for all targets, and nothing is touched before', async () => {
  using world = await makeAdded()
  world.write({ 'raw/a': 'edited\n', 'raw/extra': 'extra\n', 'f.txt': 'edited too\n' })
  rmSync(join(world.directory, 'tool.sh'))
  const error = await failureOf(world.checkout())
  assert.equal(error.code, 'DATA_UNSAVED')
  assert.deepEqual(error.details['paths'], ['f.txt', 'raw/extra', 'raw/a'])
  assert.equal(world.has('tool.sh'), false)
  const result = await world.checkout({ isForced: true })
  assert.deepEqual(result.files, { added: 1, modified: 2, deleted: 1 })
  assert.deepEqual([world.read('raw/a'), world.has('raw/extra')], ['a\n', false])
})

test('what is in the cache under another name is not lost', async () => {
  using world = await makeAdded()
  world.write({ 'raw/copied': 'b\n', 'raw/a': 'f\n' })
  assert.deepEqual((await world.checkout()).modified, ['raw/'])
  assert.deepEqual([world.read('raw/a'), world.has('raw/copied')], ['a\n', false])
})

test('a part of a folder is checked out alone', async () => {
  using world = await makeAdded()
  rmSync(join(world.directory, 'raw'), { recursive: true })
  assert.deepEqual((await world.checkout({ targets: ['raw/sub'] })).added, ['raw/'])
  assert.deepEqual([world.has('raw/a'), world.has('raw/sub/b')], [false, true])
  const error = await failureOf(world.checkout({ targets: ['raw/never'] }))
  assert.equal(error.code, 'PATH_UNTRACKED')
  assert.equal((await failureOf(world.checkout({ targets: ['nothing'] }))).code, 'PATH_UNTRACKED')
})

test('what does not belong to a part goes with the folders that it empties', async () => {
  using world = await makeAdded()
  world.write({ 'raw/sub/deep/er/x': 'b\n', 'raw/other': 'left alone\n' })
  await world.checkout({ targets: ['raw/sub'] })
  assert.deepEqual([world.has('raw/sub/deep'), world.has('raw/other')], [false, true])
})

test('missing and damaged objects are named, and all others restored', async () => {
  using world = await makeAdded()
  for (const path of ['raw', 'f.txt', 'tool.sh']) {
    rmSync(join(world.directory, path), { recursive: true })
  }
  rmSync(world.objectPath(hashOf('f\n')))
  damage(world, hashOf('a\n'))
  const result = await world.checkout()
  assert.deepEqual(result.failed, [
    { path: 'f.txt', md5: hashOf('f\n'), code: 'CACHE_OBJECT_MISSING' },
    { path: 'raw/a', md5: hashOf('a\n'), code: 'CACHE_OBJECT_DAMAGED' },
  ])
  assert.equal(world.read('raw/sub/b'), 'b\n')
  assert.equal(world.has('tool.sh'), true)
  assert.equal(world.has('raw/a'), false)
  assert.equal(world.objects().includes(hashOf('a\n')), false)
  const error = checkoutError(result)
  assert.match(
    error?.message ?? '',
    /^2 files could not be restored:\n {2}f\.txt: \w+ is not in the/,
  )
})

test('the command exits with 1 for what it could not restore, unless that is allowed', async () => {
  using world = await makeAdded()
  rmSync(join(world.directory, 'f.txt'))
  rmSync(world.objectPath(hashOf('f\n')))
  const refused = mlpt(world, 'checkout')
  assert.equal(refused.exitCode, 1)
  assert.match(refused.errors, /CACHE_OBJECT_MISSING.*\n.*f\.txt/)
  assert.equal(mlpt(world, 'checkout', '--allow-missing').exitCode, 0)
})

test('a damaged manifest leaves the folder as it is', async () => {
  using world = await makeAdded()
  const md5 = /md5: (\S+)/.exec(world.read('raw.dvc'))?.[1] ?? ''
  damage(world, md5)
  world.write({ 'raw/a': 'edited\n' })
  const { failed } = await world.checkout({ isForced: true })
  assert.deepEqual(failed, [{ path: 'raw', md5, code: 'CACHE_OBJECT_DAMAGED' }])
  assert.equal(world.read('raw/a'), 'edited\n')
})

test('a file that became a folder, and the reverse, are put right with force', async () => {
  using world = await makeAdded()
  rmSync(join(world.directory, 'raw'), { recursive: true })
  rmSync(join(world.directory, 'f.txt'))
  world.write({ raw: 'a file\n', 'f.txt/in/x': 'x\n', '.dvcignore': 'ignored\n' })
  world.write({ 'f.txt/ignored': 'nobody hashes this\n' })
  const error = await failureOf(world.checkout())
  assert.deepEqual(error.details['paths'], ['f.txt/ignored', 'f.txt/in/x', 'raw'])
  const { modified } = await world.checkout({ isForced: true })
  assert.deepEqual(modified, ['raw/', 'f.txt'])
  assert.deepEqual([world.read('f.txt'), world.read('raw/sub/b')], ['f\n', 'b\n'])
})

test('a file in a folder that became a folder is put right', async () => {
  using world = await makeAdded()
  rmSync(join(world.directory, 'raw/a'))
  rmSync(join(world.directory, 'raw/sub'), { recursive: true })
  world.write({ 'raw/a/deep': 'f\n', 'raw/sub': 'f\n' })
  await world.checkout()
  assert.deepEqual([world.read('raw/a'), world.read('raw/sub/b')], ['a\n', 'b\n'])
})

test('nothing is written through a link that leads out of the repository', async () => {
  using world = await makeAdded()
  const outside = join(world.directory, '../elsewhere')
  mkdirSync(outside, { recursive: true })
  try {
    rmSync(join(world.directory, 'raw/sub'), { recursive: true })
    symlinkSync(outside, join(world.directory, 'raw/sub'))
    const error = await failureOf(world.checkout())
    assert.deepEqual(error.details['paths'], ['raw/sub'])
    await world.checkout({ isForced: true })
    assert.equal(lstatSync(join(world.directory, 'raw/sub')).isDirectory(), true)
    world.write({ 'inner/x': 'x\n' })
    await world.add('inner/x')
    renameSync(join(world.directory, 'inner'), join(world.directory, 'inner-before'))
    symlinkSync(outside, join(world.directory, 'inner'))
    world.write({ 'x.dvc': world.read('inner-before/x.dvc').replace('path: x', 'path: inner/x') })
    rmSync(join(world.directory, 'inner-before'), { recursive: true })
    assert.equal((await failureOf(world.checkout())).code, 'PATH_FORBIDDEN')
    assert.deepEqual(readdirSync(outside), [])
  } finally {
    rmSync(outside, { recursive: true })
  }
})

test('a manifest that leads out of its folder is refused', async () => {
  for (const path of [
    '../evil',
    '/tmp/evil',
    'a/../../evil',
    '.git/hooks/evil',
    '.gI\u200dT/evil',
    'a//b',
    '',
  ]) {
    using world = await makeDataRepository()
    writeObject(world, hashOf('1\n'), '1\n')
    const text = JSON.stringify([{ md5: hashOf('1\n'), relpath: path }])
    writeObject(world, `${hashOf(text)}.dir`, text)
    world.write({ 'd.dvc': `outs:\n- md5: ${hashOf(text)}.dir\n  hash: md5\n  path: d\n` })
    assert.equal((await failureOf(world.checkout({ isForced: true }))).code, 'PATH_FORBIDDEN', path)
    assert.equal(world.has('d'), false)
  }
})

test('a .dvc file that leads out of the repository is refused, and nothing written', async () => {
  using world = await makeDataRepository()
  writeObject(world, hashOf('1\n'), '1\n')
  world.write({
    'e.dvc': `outs:\n- md5: ${hashOf('1\n')}\n  hash: md5\n  path: ../evil-${process.pid}\n`,
  })
  const error = await failureOf(world.checkout({ isForced: true }))
  assert.match(error.message, /outside/)
  assert.equal(world.has(`../evil-${process.pid}`), false)
})

test('what nothing tracks any more goes, unless it was edited, is tracked by git or was let go', async () => {
  using world = await makeDataRepository({ a: 'a\n', b: 'b\n', c: 'c\n', d: 'd\n' })
  await world.add('a', 'b', 'c', 'd')
  for (const name of ['a', 'b', 'c']) rmSync(join(world.directory, `${name}.dvc`))
  world.write({ b: 'edited\n' })
  rmSync(join(world.directory, '.gitignore'))
  world.git('add', 'c')
  assert.equal(mlpt(world, 'remove', 'd.dvc').exitCode, 0)
  const { deleted } = await world.checkout()
  assert.deepEqual(deleted, ['a'])
  assert.deepEqual(
    ['a', 'b', 'c', 'd'].map((path) => world.has(path)),
    [false, true, true, true],
  )
})

test('relinking makes files anew as cache.type says', async () => {
  using world = await makeAdded()
  world.write({ '.dvc/config': '[cache]\n    type = symlink\n' })
  const result = await world.checkout({ isRelinking: true })
  assert.deepEqual([result.added, result.modified], [[], []])
  for (const path of ['raw/a', 'f.txt']) {
    assert.equal(lstatSync(join(world.directory, path)).isSymbolicLink(), true)
  }
  assert.equal(mlpt(world, 'unprotect', 'raw', 'f.txt').exitCode, 0)
  assert.equal(lstatSync(join(world.directory, 'raw/a')).isSymbolicLink(), false)
  assert.equal(mlpt(world, 'unprotect', 'missing').exitCode, 1)
  assert.deepEqual((await world.checkout()).modified, [])
})

test('objects of DVC 2 are found, and text with other line ends counts as the same', async () => {
  using world = await makeDataRepository()
  const legacy = join(world.directory, '.dvc/cache', hashOf('a\nb\n').slice(0, 2))
  mkdirSync(legacy, { recursive: true })
  writeFileSync(join(legacy, hashOf('a\nb\n').slice(2)), 'a\nb\n', { mode: 0o444 })
  world.write({ 'old.txt.dvc': `outs:\n- md5: ${hashOf('a\nb\n')}\n  path: old.txt\n` })
  assert.deepEqual((await world.checkout()).added, ['old.txt'])
  world.write({ 'old.txt': 'a\r\nb\r\n' })
  assert.deepEqual((await world.checkout()).modified, [])
})

test('an empty folder comes back', async () => {
  using world = await makeDataRepository()
  mkdirSync(join(world.directory, 'none'))
  await world.add('none')
  rmSync(join(world.directory, 'none'), { recursive: true })
  assert.deepEqual((await world.checkout()).added, ['none/'])
  assert.equal(statSync(join(world.directory, 'none')).isDirectory(), true)
})

test('the changes between two listings lead from the one to the other', () => {
  const listing = fc.dictionary(fc.constantFrom('a', 'b', 'c/d', 'c/e'), fc.constantFrom('1', '2'))
  fc.assert(
    fc.property(listing, listing, (from, to) => {
      const result = new Map<string, string>(Object.entries(from))
      const wanted = new Map<string, string>(Object.entries(to))
      for (const { path, before, after } of compareListings(result, wanted, {
        isRelinking: false,
      })) {
        assert.equal(result.get(path), before)
        if (after === undefined) result.delete(path)
        else result.set(path, after)
      }
      assert.deepEqual(new Map([...result].sort()), new Map([...wanted].sort()))
    }),
  )
})

async function makeAdded(): Promise<DataRepository> {
  const world = await makeDataRepository({
    'raw/a': 'a\n',
    'raw/sub/b': 'b\n',
    'f.txt': 'f\n',
    'tool.sh': 't\n',
  })
  chmodSync(join(world.directory, 'tool.sh'), 0o755)
  await world.add('raw', 'f.txt', 'tool.sh')
  return world
}

function hashOf(text: string): string {
  return createHash('md5').update(text).digest('hex')
}

function writeObject(world: DataRepository, md5: string, text: string): void {
  const path = world.objectPath(md5)
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(path, text, { mode: 0o444 })
}

function damage(world: DataRepository, md5: string): void {
  const path = world.objectPath(md5)
  chmodSync(path, 0o644)
  writeFileSync(path, 'damaged\n')
  chmodSync(path, 0o444)
}
