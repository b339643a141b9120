import assert from 'node:assert/strict'
import { mkdir, readdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { test } from 'node:test'
import type { MetricPoint } from '../../src/core/tracking.ts'
import { notFound, openFreshStore, startRunIn, type FreshStore } from './open-store.ts'

const everything = { olderThan: Number.MAX_SAFE_INTEGER, isDryRun: false }

test('what was deleted goes for good, with its artifacts and points; what is active stays', async () => {
  await using store = await openFreshStore()
  const [gone, kept] = [await startFilledRun(store), await startFilledRun(store)]
  await store.deleteRun(gone)
  assert.deepEqual(await store.collectGarbage(everything), {
    runIds: [gone],
    experimentIds: [],
    keptRunIds: [],
  })
  await assert.rejects(() => store.getRun(gone), notFound(/not found/))
  assert.deepEqual(await readdir(join(store.directory, 'artifacts/1')), [kept])
  assert.equal((await store.getRun(kept)).params['p'], '1')
  using database = new DatabaseSync(join(store.directory, 'tracking.sqlite'))
  const left = Object.fromEntries(
    ['metric_points', 'metric_series', 'latest_metrics', 'params', 'run_datasets', 'garbage'].map(
      (table) => [table, database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n']],
    ),
  )
  assert.deepEqual(left, {
    metric_points: 3,
    metric_series: 1,
    latest_metrics: 1,
    params: 1,
    run_datasets: 1,
    garbage: 0,
  })
})

test('a dry run tells the same and removes nothing', async () => {
  await using store = await openFreshStore()
  const runId = await startFilledRun(store)
  await store.deleteExperiment('1')
  const planned = await store.collectGarbage({ ...everything, isDryRun: true })
  assert.deepEqual(planned, { runIds: [runId], experimentIds: ['1'], keptRunIds: [] })
  assert.equal((await store.getRun(runId)).lifecycleStage, 'deleted')
  assert.deepEqual(await readdir(join(store.directory, 'artifacts/1')), [runId])
  assert.deepEqual(await store.collectGarbage(everything), planned)
})

test('only what was deleted before the given time goes', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  await store.deleteRun(runId) // at 1,000, which is what the clock says first
  const collect = async (olderThan: number): Promise<readonly string[]> =>
    (await store.collectGarbage({ olderThan, isDryRun: true })).runIds
  assert.deepEqual(await collect(1000), [])
  assert.deepEqual(await collect(1001), [runId])
  await store.deleteRun(runId)
  assert.deepEqual(await collect(1001), [runId])
  await store.restoreRun(runId)
  assert.deepEqual(await collect(9999), [])
})

test('a deleted experiment goes when the last of its runs goes, and its name is free', async () => {
  await using store = await openFreshStore()
  const [early, late] = [await startRunIn(store), await startRunIn(store)]
  await store.deleteRun(early)
  await store.deleteExperiment('1')
  await store.restoreRun(late)
  assert.deepEqual(await store.collectGarbage(everything), {
    runIds: [early],
    experimentIds: [],
    keptRunIds: [],
  })
  await store.deleteRun(late)
  assert.deepEqual((await store.collectGarbage(everything)).experimentIds, ['1'])
  await assert.rejects(() => store.getExperiment('1'), notFound(/No Experiment with id=1/))
  assert.equal(await store.createExperiment({ name: 'e' }), '2')
})

test('a run whose model is registered stays, and so does its experiment', async () => {
  await using store = await openFreshStore()
  const runId = await startFilledRun(store)
  await store.createModelVersion({
    name: 'm',
    runId,
    artifactPath: 'model',
    description: '',
    tags: {},
    aliases: [],
    reason: '',
    timestamp: 1,
  })
  await store.deleteExperiment('1')
  assert.deepEqual(await store.collectGarbage(everything), {
    runIds: [],
    experimentIds: [],
    keptRunIds: [runId],
  })
  assert.equal((await store.readArtifacts(runId, 'model')).size, 1)
})

test('logged models go with their experiment', async () => {
  await using store = await openFreshStore()
  await startRunIn(store)
  const { modelId } = await store.createLoggedModel({ experimentId: '1' })
  await store.writeArtifact({ modelId }, 'MLmodel', Buffer.from('{}'))
  await store.deleteExperiment('1')
  await store.collectGarbage(everything)
  await assert.rejects(() => store.getLoggedModel(modelId), notFound(/./))
  assert.deepEqual(await readdir(join(store.directory, 'artifacts/1/models')), [])
})

test('artifacts outside of the own folder are left alone', async () => {
  await using store = await openFreshStore()
  const outside = join(store.directory, 'outside')
  await mkdir(outside)
  await writeFile(join(outside, 'file'), 'x')
  for (const [name, artifactLocation] of [
    ['file', `file://${outside}`],
    ['path', outside],
    ['host', `mlflow-artifacts://other.host/${outside}`],
    ['s3', 's3://bucket'],
  ] as const) {
    const experimentId = await store.createExperiment({ name, artifactLocation })
    const { runId } = await store.createRun({ experimentId, startTime: 1 })
    await mkdir(join(outside, runId, 'artifacts'), { recursive: true })
    await store.deleteExperiment(experimentId)
  }
  assert.equal((await store.collectGarbage(everything)).runIds.length, 4)
  assert.equal((await readdir(outside)).length, 5)
})

test('a link in the place of a folder is removed, not what it leads to', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  const outside = join(store.directory, 'outside')
  await mkdir(join(outside, 'artifacts'), { recursive: true })
  await mkdir(join(store.directory, 'artifacts/1'), { recursive: true })
  await symlink(outside, join(store.directory, 'artifacts/1', runId))
  await store.deleteRun(runId)
  await store.collectGarbage(everything)
  assert.deepEqual(await readdir(outside), ['artifacts'])
  assert.deepEqual(await readdir(join(store.directory, 'artifacts/1')), [])
})

test('what a killed collection left is finished by the next', async () => {
  await using store = await openFreshStore()
  const runId = await startFilledRun(store)
  // The state after its transaction: rows gone, notes written, artifacts and points still there.
  using database = new DatabaseSync(join(store.directory, 'tracking.sqlite'))
  database.exec(`PRAGMA foreign_keys = ON;
    INSERT INTO garbage (kind, place) SELECT 'series', series_id FROM metric_series;
    INSERT INTO garbage (kind, place) VALUES ('artifacts', '1/${runId}');
    DELETE FROM runs`)
  assert.deepEqual(await store.collectGarbage(everything), {
    runIds: [],
    experimentIds: [],
    keptRunIds: [],
  })
  assert.deepEqual(await readdir(join(store.directory, 'artifacts/1')), [])
  for (const table of ['metric_points', 'garbage']) {
    assert.equal(database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.['n'], 0)
  }
})

async function startFilledRun(store: FreshStore): Promise<string> {
  const runId = await startRunIn(store)
  const points = [1, 2, 3].map((step): MetricPoint => ({
    key: 'm',
    value: step,
    timestamp: step,
    step,
  }))
  await store.logBatch(runId, { params: { p: '1' }, tags: { t: '1' }, metrics: points })
  await store.logInputs(runId, {
    datasets: [
      {
        dataset: {
          name: 'd',
          digest: 'x',
          sourceType: 's',
          source: '{}',
          schema: undefined,
          profile: undefined,
        },
        tags: {},
      },
    ],
    modelIds: [],
  })
  await store.logArtifacts(runId, 'model', new Map([['MLmodel', Buffer.from('{}')]]))
  return runId
}
