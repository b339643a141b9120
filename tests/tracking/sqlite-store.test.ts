import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFile, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { createInterface } from 'node:readline'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { openTrackingStore } from '../../src/tracking/store/sqlite-store.ts'
import { testTrackingContract } from '../contracts/tracking/contract.ts'
import { ourTraits } from '../contracts/tracking/trackers.ts'
import { openFreshStore } from './open-store.ts'
import { openTemporaryFolder } from './temporary-folder.ts'

testTrackingContract('the embedded store', { open: openFreshStore, traits: ourTraits })

test('what was written is there after closing and opening again', async () => {
  await using folder = await openTemporaryFolder()
  const runId = await startRunIn(folder.path)
  await using store = await openTrackingStore({ directory: folder.path })
  assert.equal((await store.getRun(runId)).runName, 'a run')
  const { items } = await store.searchExperiments({ ...everything, viewType: 'ALL' })
  assert.deepEqual(
    items.map(({ experimentId, name }) => [experimentId, name]),
    [
      ['1', 'e'],
      ['0', 'Default'],
    ],
  )
})

test('a chosen id names the run; the same id twice is an error, not a second run', async () => {
  await using folder = await openTemporaryFolder()
  const createRunId = (): string => 'ab'.repeat(16)
  await using store = await openTrackingStore({ directory: folder.path, createRunId })
  assert.equal(await store.startRun(newRun), 'ab'.repeat(16))
  await assert.rejects(() => store.startRun(newRun))
  assert.equal((await store.findRuns('e', {})).length, 1)
})

test('a version number is not used again after its version is gone', async () => {
  await using folder = await openTemporaryFolder()
  await using store = await openTrackingStore({ directory: folder.path })
  const runId = await store.startRun(newRun)
  await store.logArtifacts(runId, 'model', new Map([['MLmodel', Buffer.from('{}')]]))
  const version = {
    name: 'm',
    runId,
    artifactPath: 'model',
    description: '',
    tags: {},
    aliases: [],
    reason: '',
    timestamp: 1,
  }
  await store.createModelVersion(version)
  await store.createModelVersion(version)
  using database = new DatabaseSync(join(folder.path, 'tracking.sqlite'))
  database.exec('DELETE FROM model_versions WHERE version = 2')
  assert.equal((await store.createModelVersion(version)).version, '3')
})

test('a link inside the artifacts leads nowhere', async () => {
  await using folder = await openTemporaryFolder()
  await using store = await openTrackingStore({ directory: folder.path })
  const runId = await store.startRun(newRun)
  await store.logArtifacts(runId, 'a', new Map([['fine', Buffer.from('x')]]))
  const root = join(folder.path, 'artifacts/1', runId, 'artifacts')
  await symlink('/etc', join(root, 'a/link'))
  assert.deepEqual([...(await store.readArtifacts(runId, 'a')).keys()], ['fine'])
  const refused = { code: 'TRACKING_INVALID' }
  await assert.rejects(() => store.openArtifact({ runId }, 'a/link/hostname'), refused)
  await assert.rejects(
    () => store.logArtifacts(runId, 'a/link', new Map([['x', Buffer.from('')]])),
    refused,
  )
})

for (const [what, content] of [
  ['a text', Buffer.from('this is not a database, but long enough to look like a header of one')],
  ['a short file', Buffer.from('x')],
  [
    'a header with nothing behind it',
    Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(84)]),
  ],
] as const) {
  test(`${what} in the place of the database is refused and left untouched`, async () => {
    await using folder = await openTemporaryFolder()
    const path = join(folder.path, 'tracking.sqlite')
    await writeFile(path, content)
    await assert.rejects(() => openTrackingStore({ directory: folder.path }), {
      code: 'TRACKING_STORE_INVALID',
    })
    assert.deepEqual(await readFile(path), content)
  })
}

test('a truncated database is refused and left untouched', async () => {
  await using folder = await openTemporaryFolder()
  await startRunIn(folder.path)
  const path = join(folder.path, 'tracking.sqlite')
  const half = (await readFile(path)).subarray(0, 8192)
  await writeFile(path, half)
  await assert.rejects(() => openTrackingStore({ directory: folder.path }), {
    code: 'TRACKING_STORE_INVALID',
    message: /damaged/,
  })
  assert.deepEqual(await readFile(path), half)
})

test('a database of another program is refused and left untouched', async () => {
  await using folder = await openTemporaryFolder()
  const path = join(folder.path, 'tracking.sqlite')
  const other = new DatabaseSync(path)
  other.exec('CREATE TABLE runs (id INTEGER); PRAGMA user_version = 1')
  other.close()
  const before = await readFile(path)
  await assert.rejects(() => openTrackingStore({ directory: folder.path }), {
    code: 'TRACKING_STORE_INVALID',
    message: /another program/,
  })
  assert.deepEqual(await readFile(path), before)
})

test('a database with a newer schema is refused and left untouched', async () => {
  await using folder = await openTemporaryFolder()
  await startRunIn(folder.path)
  const path = join(folder.path, 'tracking.sqlite')
  const newer = new DatabaseSync(path)
  newer.exec('PRAGMA user_version = 1000')
  newer.close()
  const before = await readFile(path)
  await assert.rejects(() => openTrackingStore({ directory: folder.path }), {
    code: 'TRACKING_STORE_INVALID',
    message: /schema 1000/,
  })
  assert.deepEqual(await readFile(path), before)
})

test('a folder that cannot be made says why', async () => {
  await using folder = await openTemporaryFolder()
  await writeFile(join(folder.path, 'file'), '')
  await assert.rejects(() => openTrackingStore({ directory: join(folder.path, 'file/store') }), {
    code: 'FILE_WRITE_FAILED',
  })
})

test('processes that open a new store at once and write together lose nothing', async () => {
  await using folder = await openTemporaryFolder()
  const writers = [1, 2, 3].map((name) => startWriter(folder.path, String(name), 40))
  await Promise.all(writers.map(untilExit))
  await using store = await openTrackingStore({ directory: folder.path })
  const { items } = await store.searchRuns({ ...everything, experimentIds: ['1'], viewType: 'ALL' })
  assert.equal(items.length, 120)
  assert.ok(items.every((run) => run.params['p'] === '1' && run.metrics.length === 1))
  const versions = await store.listModelVersions('m')
  assert.deepEqual(
    versions.map(({ version }) => Number(version)),
    Array.from({ length: 120 }, (_, i) => 120 - i),
  )
  assert.equal(
    (await store.readAudit('m')).filter(({ action }) => action === 'version-created').length,
    120,
  )
})

test('a killed writer leaves every write it acknowledged and no half one', async () => {
  await using folder = await openTemporaryFolder()
  const writer = startWriter(folder.path, 'victim', 100_000)
  const acknowledged: string[] = []
  for await (const line of createInterface({ input: writer.stdout! })) {
    acknowledged.push(line)
    if (acknowledged.length === 25) writer.kill('SIGKILL')
  }
  await using store = await openTrackingStore({ directory: folder.path })
  const versions = await store.listModelVersions('m')
  assert.ok(acknowledged.every((version) => versions.some((found) => found.version === version)))
  for (const { tags, runId, version } of versions) {
    // A version is whole: its tag, its audit entry, its run and the run's model folder.
    assert.deepEqual(tags, { writer: 'victim' })
    const files = await store.readArtifacts(runId ?? '', 'model')
    assert.equal(files.get('model.onnx')?.byteLength, 50_000)
    assert.ok((await store.readAudit('m')).some((entry) => entry.toVersion === version))
  }
  assert.equal((await store.findModelVersion('m', 'champion'))?.version, versions[0]?.version)
})

test('an unfinished artifact of a killed writer is not listed', async () => {
  await using folder = await openTemporaryFolder()
  await using store = await openTrackingStore({ directory: folder.path })
  const runId = await store.startRun(newRun)
  await store.logArtifacts(runId, 'model', new Map([['MLmodel', Buffer.from('{}')]]))
  const model = join(folder.path, 'artifacts/1', runId, 'artifacts/model')
  await writeFile(join(model, '.model.onnx.999999.tmp'), 'half')
  assert.deepEqual([...(await store.readArtifacts(runId, 'model')).keys()], ['MLmodel'])
  assert.equal((await readdir(model)).length, 2)
})

const newRun = { experimentName: 'e', runName: 'a run', startTime: 1, tags: {} }
const everything = { maxResults: 1000 }

async function startRunIn(directory: string): Promise<string> {
  await using store = await openTrackingStore({ directory })
  return await store.startRun(newRun)
}

function startWriter(directory: string, name: string, count: number): ChildProcess {
  const script = fileURLToPath(import.meta.resolve('./writer.ts'))
  return spawn(process.execPath, [script, directory, name, String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function untilExit(writer: ChildProcess): Promise<void> {
  writer.stdout?.resume()
  const [code] = await once(writer, 'exit')
  assert.equal(code, 0)
}
