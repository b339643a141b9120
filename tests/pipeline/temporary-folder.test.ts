import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { addToCache } from '../../src/pipeline/cache/cache-store.ts'
import { openObjectBatch } from '../../src/pipeline/cache/object-batch-store.ts'
import { openTemporaryFolder } from '../../src/pipeline/cache/temporary-folder-store.ts'
import { makeCacheFolder, type CacheFolder } from './cache-folder.ts'

test('batches share one folder, and what they put into the cache is all that stays', async () => {
  using data = makeCacheFolder({ a: 'a', b: 'b' })
  {
    using shared = openTemporaryFolder(data.home)
    await addToCache(data.home, data.path('a'), { shared })
    const [folder] = temporaryFolders(data)
    await addToCache(data.home, data.path('b'), { shared })
    assert.deepEqual(temporaryFolders(data), [folder])
  }
  assert.deepEqual(temporaryFolders(data), [])
  assert.equal(data.objects().length, 2)
})

test('nothing is made before the first path', () => {
  using data = makeCacheFolder({})
  using shared = openTemporaryFolder(data.home)
  using _use = shared.use()
  assert.equal(existsSync(data.home.cacheFolder), false)
})

test('a batch that is given up leaves nothing in the folder, and others their files', () => {
  using data = makeCacheFolder({})
  using shared = openTemporaryFolder(data.home)
  using other = openObjectBatch(data.home, shared)
  const kept = other.temporaryPath()
  writeFileSync(kept, 'kept')
  {
    using batch = openObjectBatch(data.home, shared)
    batch.addBytes({ md5: '0'.repeat(32) }, Buffer.from('x'))
    writeFileSync(batch.temporaryPath(), 'y')
  }
  assert.deepEqual(data.objects(), [kept.slice(data.home.cacheFolder.length + 1)])
})

test('it is removed when nobody has used it for a second, not while somebody does', async () => {
  using data = makeCacheFolder({ a: 'a' })
  using shared = openTemporaryFolder(data.home)
  {
    using use = shared.use()
    use.path()
    await addToCache(data.home, data.path('a'), { shared })
    await sleep(1200)
    assert.equal(temporaryFolders(data).length, 1)
  }
  await sleep(1200)
  assert.deepEqual(temporaryFolders(data), [])
  await addToCache(data.home, data.path('a'), { shared })
  assert.equal(data.objects().length, 1)
})

test('it is made again after somebody has removed the cache', async () => {
  using data = makeCacheFolder({ a: 'a' })
  using shared = openTemporaryFolder(data.home)
  await addToCache(data.home, data.path('a'), { shared })
  rmSync(data.home.cacheFolder, { recursive: true })
  await addToCache(data.home, data.path('a'), { shared })
  assert.equal(data.objects().length, 1)
})

test('what a killed process left goes at once, and what others may still use stays', async () => {
  using data = makeCacheFolder({ a: 'a' })
  using shared = openTemporaryFolder(data.home)
  await addToCache(data.home, data.path('a'), { shared })
  const [own = ''] = temporaryFolders(data)
  const [, machine = ''] = own.split('-')
  const { pid: dead } = spawnSync('true')
  const hourAgo = Date.now() / 1000 - 3700
  const folders = {
    [`mlpt-${machine}-${dead}-killed`]: undefined,
    [`mlpt-${machine}-${process.pid}-alive`]: hourAgo,
    [`mlpt-ffffffff-${dead}-elsewhere`]: undefined,
    [`mlpt-ffffffff-${dead}-old`]: hourAgo,
    [`mlpt-${dead}-unknown`]: undefined,
    [`mlpt-${dead}-unknownold`]: hourAgo,
    [`mlpt-notes`]: hourAgo,
  }
  for (const [name, seconds] of Object.entries(folders)) {
    const folder = join(data.home.cacheFolder, name)
    mkdirSync(folder)
    writeFileSync(join(folder, '0'), 'x')
    if (seconds !== undefined) utimesSync(folder, seconds, seconds)
  }
  using other = openTemporaryFolder(data.home)
  using use = other.use()
  const made = basename(dirname(use.path()))
  const kept = temporaryFolders(data).filter((name) => name !== own && name !== made)
  assert.deepEqual(
    kept.toSorted(),
    [
      `mlpt-${machine}-${process.pid}-alive`,
      `mlpt-ffffffff-${dead}-elsewhere`,
      `mlpt-${dead}-unknown`,
      'mlpt-notes',
    ].toSorted(),
  )
})

function temporaryFolders({ home }: CacheFolder): string[] {
  return readdirSync(home.cacheFolder).filter((name) => name.startsWith('mlpt-'))
}
