import assert from 'node:assert/strict'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'
import { applicationId, migrations } from '../../src/tracking/store/database/database-schema.ts'
import { openTrackingStore } from '../../src/tracking/store/sqlite-store.ts'
import { openFreshStore, startRunIn } from './open-store.ts'
import { openTemporaryFolder } from './temporary-folder.ts'

test('processes that log to one run at once lose nothing and mix nothing up', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  const writers = [1, 2, 3].map((name) => startWriter(store.directory, runId, name, 100))
  await Promise.all(writers.map(untilExit))
  const run = await store.getRun(runId)
  assert.equal(run.metrics.length, 3 * 49 + 1)
  assert.ok(run.metrics.every(({ step, value }) => step === 99 && value === 99))
  // The later time wins where the steps are the same.
  assert.equal(run.metrics.find(({ key }) => key === 'shared')?.timestamp, 3)
  const { items } = await store.readMetricHistory({ runId, key: 'shared', maxResults: 1000 })
  assert.equal(items.length, 300)
  assert.match(run.params['p'] ?? '', /^[123]$/)
})

test('a killed process leaves every batch that it acknowledged, and none by half', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  const writer = startWriter(store.directory, runId, 7, 1_000_000)
  let acknowledged = -1
  for await (const line of createInterface({ input: writer.stdout! })) {
    acknowledged = Number(line)
    if (acknowledged === 200) writer.kill('SIGKILL')
  }
  const { metrics } = await store.getRun(runId)
  assert.equal(metrics.length, 50)
  const steps = new Set(metrics.map(({ step }) => step))
  assert.equal(steps.size, 1, 'all metrics of a batch are there or none')
  assert.ok([...steps][0]! >= acknowledged)
})

test('a store of the first version opens with its histories as they were', async () => {
  await using folder = await openTemporaryFolder()
  const old = new DatabaseSync(join(folder.path, 'tracking.sqlite'))
  old.exec(`${migrations[0]}; PRAGMA application_id = ${applicationId}; PRAGMA user_version = 1;
    INSERT INTO runs (run_id, run_name, experiment_id, status, start_time, artifact_uri)
      VALUES ('a', 'first', 0, 'FINISHED', 1, ''), ('b', 'second', 0, 'RUNNING', 2, '');
    INSERT INTO metrics VALUES ('a', 'm', 1, 0, 0.5, 0), ('a', 'm', 2, 1, 0, 1),
      ('a', 'n', 1, 0, -9e999, 0), ('b', 'm', 5, 5, 5, 0);
    INSERT INTO latest_metrics VALUES ('a', 'm', 2, 1, 0, 1), ('a', 'n', 1, 0, -9e999, 0), ('b', 'm', 5, 5, 5, 0);`)
  old.close()
  await using store = await openTrackingStore({ directory: folder.path })
  const history = async (runId: string, key: string): Promise<readonly unknown[]> => {
    const { items } = await store.readMetricHistory({ runId, key, maxResults: 9 })
    return items.map(({ timestamp, step, value }) => [timestamp, step, value])
  }
  assert.deepEqual(await history('a', 'm'), [
    [1, 0, 0.5],
    [2, 1, NaN],
  ])
  assert.deepEqual(await history('a', 'n'), [[1, 0, -Infinity]])
  assert.deepEqual(await history('b', 'm'), [[5, 5, 5]])
  await store.logMetrics('b', [{ key: 'm', value: 6, timestamp: 6, step: 6 }])
  assert.deepEqual((await store.getRun('b')).metrics, [
    { key: 'm', value: 6, timestamp: 6, step: 6 },
  ])
  const { runIds } = await store.collectGarbage({ olderThan: 1e15, isDryRun: true })
  assert.deepEqual(runIds, [])
})

function startWriter(directory: string, runId: string, name: number, count: number): ChildProcess {
  const script = fileURLToPath(import.meta.resolve('./metric-writer.ts'))
  return spawn(process.execPath, [script, directory, runId, String(name), String(count)], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

async function untilExit(writer: ChildProcess): Promise<void> {
  writer.stdout?.resume()
  const [code] = await once(writer, 'exit')
  assert.equal(code, 0)
}
