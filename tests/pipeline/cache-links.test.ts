import assert from 'node:assert/strict'
import {
  chmodSync,
  lstatSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createHash } from 'node:crypto'
import { describe, test } from 'node:test'
import { addToCache, restoreFromCache } from '../../src/pipeline/cache/cache-store.ts'
import { hashPath } from '../../src/pipeline/cache/hash-file.ts'
import { linkToCache, unprotect } from '../../src/pipeline/cache/link-store.ts'
import { linkTypesOf } from '../../src/pipeline/cache/object-path.ts'
import { makeCacheFolder, type CacheFolder } from './cache-folder.ts'

const files = {
  'd/a': 'a',
  'd/sub/large': Buffer.alloc(1 << 21, 'x'),
  'd/empty': '',
  tool: '#!/bin/sh',
}

describe('hard links', () => {
  test('are made of all but empty files when content is restored', async () => {
    using data = await restored('hardlink')
    for (const name of ['d/a', 'd/sub/large']) {
      assert.equal(statSync(data.path(name)).ino, statSync(objectOf(data, name)).ino)
      assert.equal(statSync(data.path(name)).mode & 0o777, 0o444)
    }
    assert.equal(statSync(data.path('d/empty')).nlink, 1)
    assert.notEqual(statSync(data.path('d/empty')).mode & 0o200, 0)
  })

  test('are made of what was saved, and a second time nothing happens', async () => {
    using data = makeCacheFolder(files, { type: 'hardlink' })
    const content = await addToCache(data.home, data.path('d'))
    for (let i = 0; i < 2; i++) {
      await linkToCache(data.home, data.path('d'), content!)
      assert.equal(statSync(data.path('d/a')).ino, statSync(objectOf(data, 'd/a')).ino)
      assert.equal(statSync(data.path('d/empty')).nlink, 1)
    }
    assert.deepEqual(await hashPath(data.path('d'), undefined), content)
  })

  test('are not made of a file that has changed since it was saved', async () => {
    using data = makeCacheFolder(files, { type: 'hardlink' })
    const content = await addToCache(data.home, data.path('d'))
    data.write({ 'd/a': 'my edit' })
    await assert.rejects(linkToCache(data.home, data.path('d'), content!), {
      code: 'PIPELINE_STAGE_FAILED',
    })
    assert.equal(readFileSync(data.path('d/a'), 'utf8'), 'my edit')
  })

  test('are not made of executables, whose mode would become the object’s', async () => {
    using data = makeCacheFolder(files, { type: 'hardlink' })
    chmodSync(data.path('tool'), 0o755)
    const content = await addToCache(data.home, data.path('tool'))
    await linkToCache(data.home, data.path('tool'), content!)
    rmSync(data.path('tool'))
    const target = { location: data.path('tool'), isExecutable: true }
    assert.equal(await restoreFromCache(data.home, content!.fingerprint.md5, target), true)
    assert.equal(statSync(data.path('tool')).nlink, 1)
    assert.equal(statSync(data.path('tool')).mode & 0o111, 0o111)
    assert.equal(statSync(objectOf(data, 'tool')).mode & 0o777, 0o444)
  })
})

describe('symbolic links', () => {
  test('lead to the object by an absolute path, and are hashed as what they lead to', async () => {
    using data = await restored('symlink')
    assert.equal(readlinkSync(data.path('d/a')), objectOf(data, 'd/a'))
    const content = await hashPath(data.path('d'), undefined)
    assert.equal(content!.fingerprint.fileCount, 3)
    assert.equal(content!.fingerprint.sizeBytes, 1 + (1 << 21))
  })
})

describe('a link type', () => {
  test('that does not work here gives way to the next, without one the copy is DVC’s default', async () => {
    using data = await restored('reflink, hardlink')
    // Where the file system can clone, a clone it is.
    assert.ok([1, 2].includes(statSync(data.path('d/a')).nlink))
    assert.deepEqual(linkTypesOf({ cacheFolder: '/' }), ['reflink', 'copy'])
    assert.deepEqual(linkTypesOf(data.home), ['reflink', 'hardlink'])
  })

  test('of which none works is an error that says what to set', async (t) => {
    using data = makeCacheFolder(files, { type: 'hardlink' })
    using elsewhere = onOtherFileSystem()
    if (elsewhere === undefined) return t.skip('skipped: no second file system')
    const content = await addToCache(data.home, data.path('d'))
    const target = { location: elsewhere.path, isExecutable: false }
    await assert.rejects(restoreFromCache(data.home, content!.fingerprint.md5, target), {
      code: 'FILE_WRITE_FAILED',
      hint: /cache\.type/,
    })
  })

  for (const type of ['hardlink', 'symlink', 'copy']) {
    test(`${type} does not bring back a damaged object`, async () => {
      using data = makeCacheFolder(files, { type })
      const content = await addToCache(data.home, data.path('d/a'))
      const object = objectOf(data, 'd/a')
      chmodSync(object, 0o644)
      writeFileSync(object, 'b')
      chmodSync(object, 0o444)
      rmSync(data.path('d/a'))
      const target = { location: data.path('d/a'), isExecutable: false }
      assert.equal(await restoreFromCache(data.home, content!.fingerprint.md5, target), false)
      assert.throws(() => lstatSync(data.path('d/a')), { code: 'ENOENT' })
      assert.throws(() => statSync(object), { code: 'ENOENT' })
    })
  }
})

describe('unprotecting', () => {
  for (const type of ['hardlink', 'symlink']) {
    test(`makes each ${type} a file of its own that may be written`, async () => {
      using data = await restored(type)
      unprotect(data.path('d'))
      for (const name of ['d/a', 'd/sub/large', 'd/empty']) {
        const stats = lstatSync(data.path(name))
        assert.ok(stats.isFile())
        assert.equal(stats.nlink, 1)
        assert.notEqual(stats.mode & 0o200, 0)
      }
      writeFileSync(data.path('d/a'), 'edited')
      assert.equal(readFileSync(objectOf(data, 'd/a'), 'utf8'), 'a')
    })
  }

  test('leaves a file alone that may be written, and makes one writable that is not', () => {
    using data = makeCacheFolder({ a: 'a', b: 'b' })
    chmodSync(data.path('b'), 0o444)
    const before = statSync(data.path('a')).ino
    unprotect(data.path('a'))
    unprotect(data.path('b'))
    assert.equal(statSync(data.path('a')).ino, before)
    assert.notEqual(statSync(data.path('b')).mode & 0o200, 0)
  })

  test('what is not there, or a link to nothing, is an error', () => {
    using data = makeCacheFolder({ 'd/a': 'a' })
    symlinkSync('nowhere', data.path('d/broken'))
    assert.throws(() => unprotect(data.path('none')), { code: 'FILE_MISSING' })
    assert.throws(() => unprotect(data.path('d')), { code: 'FILE_READ_FAILED' })
  })
})

/** The files after they were added, removed and restored. */
async function restored(type: string): Promise<CacheFolder> {
  const data = makeCacheFolder(files, { type })
  const content = await addToCache(data.home, data.path('d'))
  rmSync(data.path('d'), { recursive: true })
  const target = { location: data.path('d'), isExecutable: false }
  assert.equal(await restoreFromCache(data.home, content!.fingerprint.md5, target), true)
  return data
}

function objectOf(data: CacheFolder, name: string): string {
  const content = Object.entries(files).find(([path]) => path === name)?.[1] ?? assert.fail(name)
  return data.object(createHash('md5').update(content).digest('hex'))
}

function onOtherFileSystem(): ({ readonly path: string } & Disposable) | undefined {
  try {
    const path = `/dev/shm/mlpt-links-${process.pid}`
    const isOther = statSync('/dev/shm').dev !== statSync(import.meta.dirname).dev
    if (!isOther) return undefined
    return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
  } catch {
    return undefined
  }
}
