import assert from 'node:assert/strict'
import { existsSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { openTrackingStore } from '../../src/tracking/index.ts'
import { probeStore } from '../../src/tracking/store/probe-store.ts'
import { openTemporaryFolder } from './temporary-folder.ts'

test('a store is probed without waiting for it, and without making one', async () => {
  await using folder = await openTemporaryFolder()
  const path = join(folder.path, 'tracking.sqlite')
  assert.throws(() => probeStore(folder.path), { code: 'FILE_MISSING' })
  assert.ok(!existsSync(path))
  await using store = await openTrackingStore({ directory: folder.path })
  await store.searchRegisteredModels({ maxResults: 1 })
  probeStore(folder.path)
  await store[Symbol.asyncDispose]()
  using owner = new DatabaseSync(path)
  owner.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE')
  const startedAt = performance.now()
  assert.throws(() => probeStore(folder.path), { code: 'TRACKING_STORE_BUSY', message: /locked/ })
  assert.ok(performance.now() - startedAt < 10_000, 'opening it waits for ten seconds')
  owner.exec('ROLLBACK')
})

test('what is no database is said', async () => {
  await using folder = await openTemporaryFolder()
  await writeFile(join(folder.path, 'tracking.sqlite'), 'no database at all, only text '.repeat(20))
  assert.throws(() => probeStore(folder.path), { code: 'TRACKING_STORE_BUSY', hint: /./ })
})
