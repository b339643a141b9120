/** Large files are hashed and copied on several threads; what comes out is what one would give. */

import assert from 'node:assert/strict'
import { createHash } from 'node:crypto'
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { after, beforeEach, describe, test } from 'node:test'
import type { Worker } from 'node:worker_threads'
import { addToCache, restoreFromCache, saveToCache } from '../../src/pipeline/cache/cache-store.ts'
import { openFileThreads } from '../../src/pipeline/cache/file-threads-process.ts'
import { hashPath } from '../../src/pipeline/cache/hash-file.ts'
import type { BrokenObject } from '../../src/pipeline/cache/object-store.ts'
import type { Config } from '../../src/pipeline/config/config.ts'
import { makeScratchFolder } from '../scratch-folder.ts'

const started: Worker[] = []
let onStart = (_thread: Worker): void => undefined
const listen = (thread: Worker): void => {
  started.push(thread)
  onStart(thread)
}
process.on('worker', listen)

describe('threads for large files', () => {
  const folder = makeScratchFolder()
  after(() => {
    process.off('worker', listen)
  })
  const data = join(folder, 'data')
  mkdirSync(join(data, 'b'), { recursive: true })
  const names = ['a.bin', 'b/c.bin', 'b/d.txt', 'e.txt', 'f.bin', 'g.bin', 'z.txt']
  for (const [i, name] of names.entries()) {
    const sizeBytes = name.endsWith('.bin') ? (1 << 20) + 1000 * i : i
    writeFileSync(join(data, name), Buffer.alloc(sizeBytes, `${name}\r\n`))
  }
  beforeEach(() => {
    started.length = 0
    onStart = () => undefined
  })

  for (const isLegacy of [false, true]) {
    test(`a folder has one hash, by however many${isLegacy ? ', as DVC 2 made it' : ''}`, async () => {
      const alone = await hashPath(data, undefined, { isLegacy })
      using team = openFileThreads(3)
      assert.deepEqual(await hashPath(data, undefined, { isLegacy, team }), alone)
      assert.ok(started.length > 0)
      for (let i = 0; i < 3; i++) await hashPath(data, undefined, { isLegacy, team })
      assert.ok(started.length <= 2)
    })
  }

  test('a width of one starts none, and one file needs none', async () => {
    using one = openFileThreads(1)
    await hashPath(data, undefined, { team: one })
    using several = openFileThreads(4)
    await hashPath(join(data, 'a.bin'), undefined, { team: several })
    assert.equal(started.length, 0)
  })

  test('what is added and saved lies in the cache byte for byte', async () => {
    using team = openFileThreads(3)
    const content = await hashPath(data, undefined, {})
    const added = join(folder, 'added')
    assert.deepEqual(await addToCache({ cacheFolder: added }, data, { team }), content)
    const saved = join(folder, 'saved')
    await saveToCache({ cacheFolder: saved }, data, content!, { team })
    for (const name of names) {
      const bytes = readFileSync(join(data, name))
      const md5 = createHash('md5').update(bytes).digest('hex')
      for (const cache of [added, saved]) {
        const object = join(cache, 'files/md5', md5.slice(0, 2), md5.slice(2))
        assert.ok(readFileSync(object).equals(bytes), name)
      }
    }
    assert.ok(started.length > 0)
  })

  test('what is put back is what was saved, by links too; all damaged objects are told, in order', async () => {
    using team = openFileThreads(3)
    const content = await hashPath(data, undefined, {})
    const { md5 } = content!.fingerprint
    for (const type of ['copy', 'reflink,hardlink', 'symlink']) {
      const home = { cacheFolder: join(folder, `cache ${type}`), config: configOf(type) }
      await addToCache(home, data, { team })
      const location = join(folder, `back ${type}`)
      const target = { location, isExecutable: false, team }
      assert.equal(await restoreFromCache(home, md5, target), true)
      assert.deepEqual(await hashPath(location, undefined, {}), content)
      const broken = ['b/c.bin', 'g.bin'].map((name) => {
        const object = content!.members!.find(({ path }) => path === name)!.md5
        const path = join(home.cacheFolder, 'files/md5', object.slice(0, 2), object.slice(2))
        chmodSync(path, 0o644)
        writeFileSync(path, Buffer.alloc(1 << 20))
        return name
      })
      const told: (string | undefined)[] = []
      rmSync(location, { recursive: true })
      const onBroken = ({ path }: { readonly path: string | undefined }): void =>
        void told.push(path)
      assert.equal(await restoreFromCache(home, md5, { ...target, onBroken }), false)
      assert.deepEqual(told, broken)
      assert.equal(existsSync(location), false)
    }
  })

  test('small files go to other threads by the dozen, and what comes of them is the same', async () => {
    const many = join(folder, 'many')
    mkdirSync(many)
    for (let i = 0; i < 300; i++) writeFileSync(join(many, `${i}`), `${i % 290}\n`)
    writeFileSync(join(many, '17 large'), Buffer.alloc(1 << 20))
    using team = openFileThreads(3)
    const home = { cacheFolder: join(folder, 'dozens'), config: configOf('copy') }
    const content = await hashPath(many, undefined, {})
    await addToCache(home, join(many, '5'))
    assert.deepEqual(await addToCache(home, many, { team }), content)
    assert.ok(started.length > 0)
    const objects = readdirSync(home.cacheFolder, { recursive: true, withFileTypes: true })
    // 290 different ones, the large one and the manifest; nothing that waits for a name.
    assert.equal(objects.filter((entry) => entry.isFile()).length, 292)

    const location = join(folder, 'again')
    const told: string[] = []
    const onBroken = ({ path, problem }: BrokenObject): void =>
      void told.push(`${path ?? ''} ${problem}`)
    const restore = { location, isExecutable: false, team, onBroken }
    const { md5 } = content!.fingerprint
    assert.equal(await restoreFromCache(home, md5, restore), true)
    assert.deepEqual(await hashPath(location, undefined, {}), content)
    rmSync(location, { recursive: true })
    const objectOf = (name: string): string => {
      const object = content!.members!.find(({ path }) => path === name)!.md5
      return join(home.cacheFolder, 'files/md5', object.slice(0, 2), object.slice(2))
    }
    rmSync(objectOf('11'))
    chmodSync(objectOf('200'), 0o644)
    writeFileSync(objectOf('200'), 'something else')
    assert.equal(await restoreFromCache(home, md5, restore), false)
    assert.deepEqual(told, ['11 missing', '200 damaged'])
    assert.deepEqual([existsSync(location), existsSync(objectOf('200'))], [false, false])

    const gone = { ...content!, members: [{ path: 'none', md5: 'a'.repeat(32) }] }
    await assert.rejects(saveToCache(home, many, gone, { team }), { code: 'FILE_READ_FAILED' })
  })

  test('a file that changed since it was hashed fails them all, and leaves no temporary', async () => {
    using team = openFileThreads(2)
    const content = await hashPath(data, undefined, {})
    const changed = content!.members!.map((member) =>
      member.path === 'f.bin' ? { ...member, md5: '0'.repeat(32) } : member,
    )
    const cacheFolder = join(folder, 'changed')
    await assert.rejects(
      saveToCache({ cacheFolder }, data, { ...content!, members: changed }, { team }),
      { code: 'PIPELINE_STAGE_FAILED', message: /f\.bin' changed while it was saved/ },
    )
    const left = readdirSync(cacheFolder, { recursive: true, encoding: 'utf8' })
    assert.deepEqual(
      left.filter((name) => /\/\d+$/.test(name)),
      [],
    )
  })

  test('an error of another thread keeps code, path and hint', async () => {
    using team = openFileThreads(2)
    const gone = { source: join(folder, 'gone'), isLegacy: false }
    const here = await team.begin({ source: join(data, 'g.bin'), isLegacy: false }, undefined)
    const there = await team.begin(gone, undefined)
    await assert.rejects(there.done, { code: 'FILE_READ_FAILED', message: /gone': ENOENT/ })
    const full = { source: join(data, 'a.bin'), target: '/dev/full/x', isLegacy: false }
    await assert.rejects((await team.begin(full, undefined)).done, { code: 'FILE_WRITE_FAILED' })
    await here.done
  })

  test('a thread that dies leaves its file to this one', async () => {
    onStart = (thread) => void thread.terminate()
    using team = openFileThreads(3)
    const cacheFolder = join(folder, 'died')
    assert.deepEqual(
      await addToCache({ cacheFolder }, data, { team }),
      await hashPath(data, undefined),
    )
    assert.ok(started.length > 0)
  })

  test('a signal ends what is under way with its reason', async () => {
    const reason = new Error('no more')
    const controller = new AbortController()
    onStart = () => controller.abort(reason)
    using team = openFileThreads(3)
    const cacheFolder = join(folder, 'ended')
    const options = { team, signal: controller.signal }
    await assert.rejects(addToCache({ cacheFolder }, data, options), reason)
    rmSync(cacheFolder, { recursive: true })
    const next = { team, signal: new AbortController().signal }
    await addToCache({ cacheFolder }, data, next)
  })
})

function configOf(type: string): Config {
  return { sections: new Map([['cache', new Map([['type', type]])]]), remotes: new Map() }
}
