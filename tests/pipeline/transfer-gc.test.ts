import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, rmSync, writeFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, test } from 'node:test'
import fc from 'fast-check'
import { openTemporaryFolder } from '../../src/pipeline/cache/temporary-folder-store.ts'
import { collectGarbage } from '../../src/pipeline/remote/collect-garbage.ts'
import {
  isManifest,
  isRunKey,
  objectKey,
  parseObjectKey,
} from '../../src/pipeline/remote/object-key.ts'
import { planCollection } from '../../src/pipeline/remote/plan-collection.ts'
import { keyOf, listFiles, makeWorld, put } from './transfer-world.ts'

describe('the plan', () => {
  test('removes what is not used, manifests before files, and nothing that is no object', () => {
    fc.assert(
      fc.property(fc.array(entry), fc.infiniteStream(fc.boolean()), (entries, isUsed) => {
        const used = new Set(entries.map(({ key }) => key).filter(() => isUsed.next().value))
        const { removed, keptCount, removedBytes } = planCollection(entries, used)
        const objects = entries.filter(({ key }) => parseObjectKey(key) !== undefined)
        assert.equal(removed.length + keptCount, objects.length)
        assert.ok(removed.every(({ key }) => !used.has(key) && !isRunKey(key)))
        assert.equal(removedBytes, removed.length * 3)
        const kinds = removed.map(({ key }) => isManifest({ md5: key }))
        assert.ok(!kinds.slice(kinds.indexOf(false)).includes(true) || !kinds.includes(false))
      }),
    )
  })

  test('a key is an object only in its exact form', () => {
    const id = { md5: `${'a'.repeat(32)}.dir`, isLegacy: false }
    assert.deepEqual(parseObjectKey(objectKey(id)), id)
    const old = { md5: 'b'.repeat(32), isLegacy: true }
    assert.deepEqual(parseObjectKey(objectKey(old)), old)
    for (const key of [
      '',
      'aa/bb',
      `files/md5/aa/${'b'.repeat(31)}`,
      `x/files/md5/aa/${'b'.repeat(30)}`,
      `files/md5/AA/${'b'.repeat(30)}`,
      `files/md5/aa/${'b'.repeat(30)}.unpacked`,
    ]) {
      assert.equal(parseObjectKey(key), undefined, key)
    }
  })
})

describe('collecting', () => {
  test('keeps what is used with all files of its folders, in cache and remote, and the run cache', async () => {
    await using world = makeWorld()
    const run = `runs/ab/ab${'0'.repeat(62)}/${'1'.repeat(64)}`
    const used = [world.file('a'), world.folder({ 'x/1': 'one' })]
    const unused = [world.file('b'), world.folder({ 'y/2': 'two' })]
    await world.push([...used, ...unused])
    put(join(world.cacheRoot, run), 'cmd: x\n')
    using temporary = openTemporaryFolder(world.cache)
    const live = temporary.use().path()
    const { pid: dead } = spawnSync('true')
    const killed = dirname(live).replace(`-${process.pid}-`, `-${dead}-`)
    put(join(killed, '0'), 'what a killed transfer left')
    writeFileSync(live, '')
    const collected = await collectGarbage([{ ...used[1]!, within: 'nothing' }, used[0]!], {
      cache: world.cache,
      remotes: [world.remote],
      isDry: false,
    })
    assert.deepEqual(
      collected.map(({ name, removed, keptCount }) => [name, removed.length, keptCount]),
      [
        ['cache', 3, 3],
        ['store', 3, 3],
      ],
    )
    const kept = [...used.map(objectKey), keyOf('one')]
    assert.deepEqual(listFiles(world.store), kept.toSorted())
    const inUse = relative(world.cacheRoot, live)
    assert.deepEqual(listFiles(world.cacheRoot), [...kept, run, inUse].toSorted())
  })

  test('a dry one says the same and removes nothing', async () => {
    await using world = makeWorld()
    world.file('b')
    const before = listFiles(world.cacheRoot)
    const [cache] = await collectGarbage([], { cache: world.cache, remotes: [], isDry: true })
    assert.deepEqual(
      cache?.removed.map(({ key }) => key),
      [keyOf('b')],
    )
    assert.deepEqual(listFiles(world.cacheRoot), before)
  })

  test('a manifest that only the remote has is read there', async () => {
    await using world = makeWorld()
    const data = world.folder({ 1: 'one' })
    await world.push([data])
    rmSync(join(world.cacheRoot, objectKey(data)))
    const options = { cache: world.cache, remotes: [], sources: [world.remote], isDry: false }
    await collectGarbage([data], options)
    assert.ok(existsSync(join(world.cacheRoot, keyOf('one'))))
  })

  test('removes nothing at all when a used manifest is nowhere', async () => {
    await using world = makeWorld()
    const data = world.folder({ 1: 'one' })
    world.file('b')
    rmSync(join(world.cacheRoot, objectKey(data)))
    const before = listFiles(world.cacheRoot)
    await assert.rejects(
      collectGarbage([data], { cache: world.cache, remotes: [world.remote], isDry: false }),
      { code: 'CACHE_OBJECT_MISSING', message: /of 'data'/ },
    )
    assert.deepEqual(listFiles(world.cacheRoot), before)
  })
})

const digits = (count: number): fc.Arbitrary<string> =>
  fc.string({
    unit: fc.constantFrom(...'0123456789abcdef'.split('')),
    minLength: count,
    maxLength: count,
  })
const entry = fc
  .oneof(
    fc
      .tuple(fc.constantFrom('files/md5/', ''), digits(2), digits(30), fc.constantFrom('', '.dir'))
      .map(([prefix, folder, name, end]) => `${prefix}${folder}/${name}${end}`),
    digits(64).map((value) => `runs/${value.slice(0, 2)}/${value}/${value}`),
    fc.string(),
  )
  .map((key) => ({ key, sizeBytes: 3 }))
