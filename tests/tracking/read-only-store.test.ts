import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { chmodSync, readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openTrackingStore } from '../../src/tracking/index.ts'
import { migrations } from '../../src/tracking/store/database/database-schema.ts'
import { openReadOnlyDatabase } from '../../src/tracking/store/database/read-only-store.ts'
import { openRegistry, type OpenRegistry } from './open-registry.ts'
import { openTemporaryFolder } from './temporary-folder.ts'

const script = fileURLToPath(import.meta.resolve('./read-as-other.ts'))

/** A process of a user who may not write the store. */
function startReader(directory: string) {
  const arguments_ = ['--conditions=mlpt-source', script, directory]
  const child = spawn(process.execPath, arguments_, { stdio: ['pipe', 'pipe', 'inherit'] })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return {
    look: async (): Promise<unknown> => {
      child.stdin.write('look\n')
      const { value } = await lines.next()
      return JSON.parse(String(value))
    },
    [Symbol.asyncDispose]: async () => {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.stdin.end()
      await ended
    },
  }
}

async function addChampion({ directory }: OpenRegistry, runId: string) {
  const store = await openTrackingStore({ directory })
  const version = { name: 'credit', runId, artifactPath: 'model', description: '', tags: {} }
  await store.createModelVersion({ ...version, aliases: ['champion'], reason: '', timestamp: 9 })
  return store
}

test('a store of another user is read, also while that user changes it, and no change is taken', async () => {
  await using registry = await openRegistry()
  const { directory, runId, store } = registry
  await registry.addVersion('credit', ['champion'])
  await store[Symbol.asyncDispose]()
  assert.deepEqual(readdirSync(directory).sort(), ['artifacts', 'tracking.sqlite'])
  const file = join(directory, 'tracking.sqlite')
  const before = readFileSync(file)
  chmodSync(directory, 0o555)
  chmodSync(file, 0o444)
  await using reader = startReader(directory)
  const refusal = 'TRACKING_FORBIDDEN'
  assert.deepEqual(await reader.look(), { version: '1', refusal })
  assert.deepEqual(readFileSync(file), before)
  assert.deepEqual(readdirSync(directory).sort(), ['artifacts', 'tracking.sqlite'])
  chmodSync(directory, 0o755)
  chmodSync(file, 0o644)
  // Somebody came, wrote and went.
  await (await addChampion(registry, runId))[Symbol.asyncDispose]()
  assert.deepEqual(await reader.look(), { version: '2', refusal })
  // Somebody is there, and what was written lies in the log beside the file.
  const other = await addChampion(registry, runId)
  assert.deepEqual(await reader.look(), { version: '3', refusal })
  await other[Symbol.asyncDispose]()
  assert.deepEqual(await reader.look(), { version: '3', refusal })
})

test('several questions of one view have one answer', async () => {
  await using folder = await openTemporaryFolder()
  await using _ = await openTrackingStore({ directory: folder.path })
  const path = join(folder.path, 'tracking.sqlite')
  using database = openReadOnlyDatabase(path, new Error('no'))
  const count = (): unknown => database.row('SELECT count(*) AS n FROM experiments')?.['n']
  const before = count()
  const counts = database.read(() => {
    const first = count()
    using writer = new DatabaseSync(path)
    writer.exec('DELETE FROM experiments')
    return [first, count()]
  })
  assert.deepEqual(counts, [before, before])
  assert.equal(count(), 0)
  assert.throws(() => database.read(() => database.row('SELECT nothing')))
  assert.equal(count(), 0)
  for (const change of [
    () => database.change('DELETE FROM runs'),
    () => database.write(() => 1),
    () => database.writeSoon(() => 1),
  ]) {
    await assert.rejects(async () => change(), { code: 'TRACKING_FORBIDDEN', hint: /permission/ })
  }
})

test('a store of an older version is not read without the newest tables', async () => {
  await using folder = await openTemporaryFolder()
  await (await openTrackingStore({ directory: folder.path }))[Symbol.asyncDispose]()
  const path = join(folder.path, 'tracking.sqlite')
  {
    using database = new DatabaseSync(path)
    database.exec(`PRAGMA user_version = ${migrations.length - 1}`)
  }
  assert.throws(() => openReadOnlyDatabase(path, new Error('no')), {
    code: 'TRACKING_STORE_INVALID',
    message: /has schema \d+, .*may not write it/,
  })
})
