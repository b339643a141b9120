import assert from 'node:assert/strict'
import { execFileSync } from 'node:child_process'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createHash } from 'node:crypto'
import { resolve } from 'node:path'
import { describe, test } from 'node:test'
import {
  addToCache,
  isInCache,
  restoreFromCache,
  saveToCache,
} from '../../src/pipeline/cache/cache-store.ts'
import { hashPath, type PathContent } from '../../src/pipeline/cache/hash-file.ts'
import type { BrokenObject } from '../../src/pipeline/cache/object-store.ts'
import { readIgnoreRules } from '../../src/pipeline/repository/ignore-file.ts'
import { makeCacheFolder, type CacheFolder, damage } from './cache-folder.ts'

const large = Buffer.alloc((1 << 20) + 5, 'large')

describe('restoring', () => {
  test('gives back what was saved, with the mode of an executable', async () => {
    using data = makeCacheFolder({
      'd/a': 'a',
      'd/sub/b': large,
      'd/empty': '',
      'tool.sh': '#!/bin/sh',
    })
    chmodSync(data.path('tool.sh'), 0o755)
    for (const name of ['d', 'tool.sh', 'd/a']) {
      const content = await addToCache(data.home, data.path(name))
      const { md5: hashed, isExecutable } = content!.fingerprint
      rmSync(data.path(name), { recursive: true })
      const target = { location: data.path(name), isExecutable }
      assert.equal(await restoreFromCache(data.home, hashed, target), true)
      assert.deepEqual(await hash(data, name), content)
    }
    assert.equal(statSync(data.path('d/a')).mode & 0o200, 0o200)
  })

  test('replaces in a folder only what differs, and leaves what is ignored', async () => {
    using data = makeCacheFolder({ '.dvcignore': '*.tmp', 'd/a': 'a', 'd/b': 'b', 'd/sub/c': 'c' })
    const ignore = readIgnoreRules(data.root)
    const content = await addToCache(data.home, data.path('d'), { ignore })
    data.write({ 'd/b': 'edited', 'd/new/x': 'x', 'd/mine.tmp': 'mine' })
    rmSync(data.path('d/sub'), { recursive: true })
    const before = statSync(data.path('d/a')).ino
    assert.equal(await restore(data, 'd', content!, { ignore }), true)
    assert.deepEqual((await hashPath(data.path('d'), undefined, { ignore }))!, content)
    assert.equal(statSync(data.path('d/a')).ino, before)
    assert.equal(readFileSync(data.path('d/mine.tmp'), 'utf8'), 'mine')
    assert.equal(existsSync(data.path('d/new')), false)
  })

  test('puts a file where a folder was, a folder where a file was, in a folder too', async () => {
    using data = makeCacheFolder({ 'd/a': 'a', 'd/b/c': 'c', file: 'x' })
    const folder = await addToCache(data.home, data.path('d'))
    const file = await addToCache(data.home, data.path('file'))
    rmSync(data.path('d'), { recursive: true })
    data.write({ 'd/a/deep/x': 'x', 'd/b': 'b' })
    mkdirSync(data.path('d/a/empty'))
    assert.equal(await restore(data, 'd', folder!), true)
    assert.deepEqual(await hash(data, 'd'), folder)
    assert.equal(await restore(data, 'd', file!), true)
    assert.equal(readFileSync(data.path('d'), 'utf8'), 'x')
    assert.equal(await restore(data, 'd', folder!), true)
    assert.deepEqual(await hash(data, 'd'), folder)
  })

  test('from damaged and missing objects says no, names each, and leaves the path as it was', async () => {
    using data = makeCacheFolder({ 'd/a': 'a', 'd/b': 'b', 'd/large': large, 'd/whole': 'whole' })
    const content = await addToCache(data.home, data.path('d'))
    damage(data, md5('a'))
    damage(data, md5(large))
    rmSync(data.object(md5('b')))
    data.write({ 'd/a': 'mine', 'd/b': 'mine', 'd/large': 'mine' })
    const broken: BrokenObject[] = []
    assert.equal(
      await restore(data, 'd', content!, { onBroken: (object) => broken.push(object) }),
      false,
    )
    assert.deepEqual(
      broken.map(({ md5: name, problem, path }) => [path, problem, name]),
      [
        ['a', 'damaged', md5('a')],
        ['b', 'missing', md5('b')],
        ['large', 'damaged', md5(large)],
      ],
    )
    assert.equal(readFileSync(data.path('d/a'), 'utf8'), 'mine')
    assert.equal(existsSync(data.object(md5('a'))), false)
    assert.equal(existsSync(data.object(md5('whole'))), true)
    assert.deepEqual(
      execFileSync('ls', ['-A', data.root], { encoding: 'utf8' }).trim().split('\n').sort(),
      ['.dvc', 'd'],
    )
  })

  test('from a damaged or missing manifest says so', async () => {
    using data = makeCacheFolder({ 'd/a': 'a' })
    const content = await addToCache(data.home, data.path('d'))
    const broken: BrokenObject[] = []
    const onBroken = (object: BrokenObject): number => broken.push(object)
    damage(data, content!.fingerprint.md5)
    assert.equal(await isInCache(data.home, content!.fingerprint.md5), false)
    assert.equal(await restore(data, 'd', content!, { onBroken }), false)
    assert.equal(await restore(data, 'd', content!, { onBroken }), false)
    assert.deepEqual(
      broken.map(({ problem }) => problem),
      ['damaged', 'missing'],
    )
    assert.equal(readFileSync(data.path('d/a'), 'utf8'), 'a')
  })

  test('a folder that lost a member is not in the cache', async () => {
    using data = makeCacheFolder({ 'd/a': 'a', 'd/b': 'b' })
    const content = await addToCache(data.home, data.path('d'))
    rmSync(data.object(md5('b')))
    assert.equal(await isInCache(data.home, content!.fingerprint.md5), false)
    await saveToCache(data.home, data.path('d'), content!)
    assert.equal(await isInCache(data.home, content!.fingerprint.md5), true)
  })

  test('a manifest that leads out of its folder is refused and nothing is written', async () => {
    using data = makeCacheFolder({ file: 'evil' })
    await addToCache(data.home, data.path('file'))
    const text = `[{"md5": "${md5('evil')}", "relpath": "../escaped"}]`
    const name = `${md5(text)}.dir`
    putObject(data, name, text)
    const target = { location: data.path('d'), isExecutable: false }
    await assert.rejects(restoreFromCache(data.home, name, target), { code: 'PATH_FORBIDDEN' })
    await assert.rejects(isInCache(data.home, name), { code: 'PATH_FORBIDDEN' })
    assert.equal(existsSync(data.path('escaped')), false)
    assert.equal(existsSync(data.path('d')), false)
  })

  test('over a link replaces the link, not what it leads to', async () => {
    using data = makeCacheFolder({ file: 'right', elsewhere: 'precious' })
    const content = await addToCache(data.home, data.path('file'))
    rmSync(data.path('file'))
    symlinkSync('elsewhere', data.path('file'))
    assert.equal(await restore(data, 'file', content!), true)
    assert.equal(readFileSync(data.path('elsewhere'), 'utf8'), 'precious')
    assert.equal(readFileSync(data.path('file'), 'utf8'), 'right')
  })

  test('where a part of the path is a file is an error with the path', async () => {
    using data = makeCacheFolder({ file: 'x' })
    const content = await addToCache(data.home, data.path('file'))
    await assert.rejects(restore(data, 'file/below', content!), {
      code: 'FILE_WRITE_FAILED',
      message: /file\/below/,
    })
  })
})

describe('objects of DVC 2', () => {
  test('lie elsewhere, are verified by their own hash and restored as they are', async () => {
    using data = makeCacheFolder({ 'd/text': 'a\r\nb\n' })
    const content = await addToCache(data.home, data.path('d'), { isLegacy: true })
    const text = md5('a\nb\n')
    assert.deepEqual(content!.members, [{ path: 'text', md5: text }])
    const folder = content!.fingerprint.md5
    assert.deepEqual(
      data.objects(),
      [text, folder].map((name) => `${name.slice(0, 2)}/${name.slice(2)}`).sort(),
    )
    assert.equal(await isInCache(data.home, folder, { isLegacy: true }), true)
    assert.equal(await isInCache(data.home, folder), false)
    rmSync(data.path('d'), { recursive: true })
    assert.equal(await restore(data, 'd', content!, { isLegacy: true }), true)
    assert.equal(readFileSync(data.path('d/text'), 'utf8'), 'a\r\nb\n')
    chmodSync(`${data.home.cacheFolder}/${text.slice(0, 2)}/${text.slice(2)}`, 0o644)
    assert.equal(await isInCache(data.home, text, { isLegacy: true }), true)
  })
})

async function hash(data: CacheFolder, name: string): Promise<PathContent> {
  return (await hashPath(data.path(name), undefined))!
}

async function restore(
  data: CacheFolder,
  name: string,
  { fingerprint }: PathContent,
  options: Partial<Parameters<typeof restoreFromCache>[2]> = {},
): Promise<boolean> {
  const target = { location: data.path(name), isExecutable: false, ...options }
  return restoreFromCache(data.home, fingerprint.md5, target)
}

function putObject(data: CacheFolder, name: string, text: string): void {
  mkdirSync(resolve(data.object(name), '..'), { recursive: true })
  writeFileSync(data.object(name), text, { mode: 0o444 })
}

function md5(content: string | Buffer): string {
  return createHash('md5').update(content).digest('hex')
}
