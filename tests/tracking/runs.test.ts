import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Batch, MetricPoint, RunStatus } from '../../src/core/tracking.ts'
import { missingRunId, notFound, openFreshStore, refused, startRunIn } from './open-store.ts'

test('a created run has an id, a made-up name that is its tag too, and what it was given', async () => {
  await using store = await openFreshStore()
  const run = await store.createRun({
    experimentId: '0',
    userId: 'ada',
    startTime: 17,
    tags: { 'mlflow.user': 'bob', k: 'v' },
  })
  assert.match(run.runId, /^[0-9a-f]{32}$/)
  assert.match(run.runName, /^[a-z]+-[a-z]+-\d{1,3}$/)
  assert.deepEqual(run.tags, { 'mlflow.runName': run.runName, 'mlflow.user': 'bob', k: 'v' })
  assert.deepEqual(
    [run.userId, run.status, run.startTime, run.endTime, run.lifecycleStage],
    ['ada', 'RUNNING', 17, undefined, 'active'],
  )
  assert.deepEqual(await store.getRun(run.runId), run)
})

test('the name of a run comes from its name, its tag, or both when they agree', async () => {
  await using store = await openFreshStore()
  const create = async (runName?: string, tag?: string): Promise<readonly unknown[]> => {
    const tags: Record<string, string> = tag === undefined ? {} : { 'mlflow.runName': tag }
    const run = await store.createRun({ experimentId: '0', runName, startTime: 1, tags })
    return [run.runName, run.tags['mlflow.runName']]
  }
  assert.deepEqual(await create('a'), ['a', 'a'])
  assert.deepEqual(await create(undefined, 'b'), ['b', 'b'])
  assert.deepEqual(await create('', 'b'), ['b', 'b'])
  assert.deepEqual(await create('c', 'c'), ['c', 'c'])
  assert.deepEqual(await create('c', ''), ['c', 'c'])
  await assert.rejects(
    () => create('c', 'd'),
    refused(/Both 'run_name' argument and 'mlflow.runName' tag are specified/),
  )
})

test('a change of status, time or name changes only that; an empty name is none', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  await store.updateRun(runId, { status: 'FINISHED', endTime: 9 })
  await store.updateRun(runId, { runName: '' })
  const run = await store.updateRun(runId, { runName: 'new' })
  assert.deepEqual(
    [run.status, run.endTime, run.runName, run.tags['mlflow.runName']],
    ['FINISHED', 9, 'new', 'new'],
  )
  // A resumed run is sent RUNNING together with its old end time.
  const resumed = await store.updateRun(runId, { status: 'RUNNING', endTime: 9 })
  assert.deepEqual([resumed.status, resumed.endTime], ['RUNNING', 9])
})

test('every status of MLflow is kept', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  const statuses: readonly RunStatus[] = ['SCHEDULED', 'FINISHED', 'FAILED', 'KILLED', 'RUNNING']
  for (const status of statuses) {
    assert.equal((await store.updateRun(runId, { status })).status, status)
    assert.equal((await store.getRun(runId)).status, status)
  }
})

test('end and start times that are no milliseconds are refused', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  for (const time of [-1, 0.5, NaN, Infinity, 2 ** 60]) {
    await assert.rejects(() => store.updateRun(runId, { endTime: time }), refused(/end_time/))
    await assert.rejects(
      () => store.createRun({ experimentId: '0', startTime: time }),
      refused(/start_time/),
    )
  }
})

test('deleting and restoring twice is the same as once; of an unknown run it is an error', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  await store.restoreRun(runId)
  await store.deleteRun(runId)
  await store.deleteRun(runId)
  assert.equal((await store.getRun(runId)).lifecycleStage, 'deleted')
  await store.restoreRun(runId)
  assert.equal((await store.getRun(runId)).lifecycleStage, 'active')
  const missing = notFound(/Run with id=0+ not found/)
  await assert.rejects(() => store.deleteRun(missingRunId), missing)
  await assert.rejects(() => store.restoreRun(missingRunId), missing)
})

test('a deleted or unknown run takes nothing', async () => {
  await using store = await openFreshStore()
  const deleted = await startRunIn(store)
  await store.setTags(deleted, { t: '1' })
  const before = await store.getRun(deleted)
  await store.deleteRun(deleted)
  const writes = [
    (id: string) => store.logParams(id, { a: '1' }),
    (id: string) => store.logMetrics(id, [{ key: 'm', value: 1, timestamp: 1, step: 0 }]),
    (id: string) => store.setTags(id, { a: '1' }),
    (id: string) => store.deleteTag(id, 't'),
    (id: string) => store.logBatch(id, { params: { a: '1' } }),
    (id: string) => store.logBatch(id, {}),
    (id: string) => store.updateRun(id, { status: 'FAILED' }),
    (id: string) => store.endRun(id, 'FAILED', 1),
    (id: string) => store.logInputs(id, { datasets: [], modelIds: ['m-1'] }),
    (id: string) => store.logOutputs(id, [{ modelId: 'm-1', step: 0 }]),
    (id: string) => store.logModelHistory(id, { run_id: id }),
  ]
  for (const write of writes) {
    await assert.rejects(
      () => write(deleted),
      refused(/The run \w+ must be in the 'active' state. Current state is deleted./),
    )
    await assert.rejects(() => write(missingRunId), notFound(/Run with id=0+ not found/))
  }
  assert.deepEqual(await store.getRun(deleted), { ...before, lifecycleStage: 'deleted' })
})

test('a batch is all or nothing', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  await store.logParams(runId, { depth: '4' })
  const before = await store.getRun(runId)
  const fine: Batch = {
    metrics: [{ key: 'm', value: 1, timestamp: 1, step: 0 }],
    params: { new: '1' },
    tags: { t: '1' },
  }
  const unfit: readonly Batch[] = [
    { ...fine, params: { new: '1', depth: '5' } },
    { ...fine, params: { 'a//b': '1' } },
    { ...fine, tags: { '../t': '1' } },
    { ...fine, metrics: [...fine.metrics!, { key: 'm', value: 1, timestamp: -1, step: 0 }] },
    {
      ...fine,
      metrics: [...fine.metrics!, { key: 'm', value: 1, timestamp: 1, step: 0, modelId: 'm-x' }],
    },
  ]
  for (const batch of unfit) {
    await assert.rejects(() => store.logBatch(runId, batch))
    assert.deepEqual(await store.getRun(runId), before)
  }
  await store.logBatch(runId, fine)
  const after = await store.getRun(runId)
  assert.deepEqual(after.params, { depth: '4', new: '1' })
  assert.equal(after.tags['t'], '1')
  assert.equal(after.metrics.length, 1)
})

test('problems of a batch are named all at once, each with its place', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  await assert.rejects(
    () =>
      store.logBatch(runId, {
        metrics: [
          { key: 'fine', value: 1, timestamp: 1, step: 0 },
          { key: 'a//b', value: 1, timestamp: 0.5, step: 1.5 },
        ],
        params: { fine: '1', '<p>': '1' },
        tags: { ['t'.repeat(251)]: '1' },
      }),
    refused(
      /metrics\[1\]\.name.*metrics\[1\]\.timestamp.*metrics\[1\]\.step.*params\[1\]\.key.*'tags\[0\]\.key' exceeds the maximum length of 250/s,
    ),
  )
})

test('a batch takes what MLflow takes at once, and no more', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  const pairs = (count: number): Record<string, string> =>
    Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, '']))
  const metrics = (count: number): MetricPoint[] =>
    Array.from({ length: count }, (_, step) => ({ key: 'm', value: 1, timestamp: 1, step }))
  for (const [batch, message] of [
    [{ metrics: metrics(1001) }, /at most 1000 metrics. Got 1001 metrics/],
    [{ params: pairs(101) }, /at most 100 params. Got 101 params/],
    [{ tags: pairs(101) }, /at most 100 tags. Got 101 tags/],
    [
      { metrics: metrics(901), params: pairs(50), tags: pairs(50) },
      /at most 1000 metrics, params, and tags. Got 1001/,
    ],
  ] as const) {
    await assert.rejects(() => store.logBatch(runId, batch), refused(message))
  }
  await store.logBatch(runId, { metrics: metrics(800), params: pairs(100), tags: pairs(100) })
  const run = await store.getRun(runId)
  assert.equal(Object.keys(run.params).length, 100)
  // Alone, metrics come in any number.
  await store.logMetrics(runId, metrics(2500))
  const { items } = await store.readMetricHistory({ runId, key: 'm', maxResults: 9999 })
  assert.equal(items.length, 2500)
})

test('the same batch again changes nothing: a client may ask twice', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  const batch: Batch = {
    metrics: [
      { key: 'm', value: 0.1, timestamp: 1, step: 0 },
      { key: 'm', value: NaN, timestamp: 1, step: 0 },
    ],
    params: { p: 'x'.repeat(7000) },
    tags: { t: '1' },
  }
  await store.logBatch(runId, batch)
  const before = await store.getRun(runId)
  await store.logBatch(runId, batch)
  assert.deepEqual(await store.getRun(runId), before)
  const { items } = await store.readMetricHistory({ runId, key: 'm', maxResults: 10 })
  assert.equal(items.length, 2)
})

test('a long param is cut to 6,000 characters and a long tag to 8,000, counted as characters', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  await store.logParams(runId, { p: '😀'.repeat(6001), fits: '😀'.repeat(6000) })
  await store.setTags(runId, { t: 'é'.repeat(8001), 'mlflow.runName': 'n'.repeat(8001) })
  const run = await store.getRun(runId)
  assert.equal(run.params['p'], '😀'.repeat(6000))
  assert.equal(run.params['fits'], '😀'.repeat(6000))
  assert.equal(run.tags['t'], 'é'.repeat(8000))
  assert.equal(run.runName, 'n'.repeat(8000))
  assert.equal(run.tags['mlflow.runName'], run.runName)
})

test('a tag is removed, and cannot be removed twice', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  await store.setTags(runId, { t: '1' })
  await store.deleteTag(runId, 't')
  assert.equal((await store.getRun(runId)).tags['t'], undefined)
  await assert.rejects(() => store.deleteTag(runId, 't'), notFound(/No tag with name: t in run/))
})

test('models of old clients gather in a tag, and the same one asked for twice is there once', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  const long = { run_id: runId, flavors: { sklearn: { note: 'x'.repeat(9000) } } }
  await store.logModelHistory(runId, { run_id: runId, artifact_path: 'a' })
  await store.logModelHistory(runId, long)
  await store.logModelHistory(runId, long)
  const history = (await store.getRun(runId)).tags['mlflow.log-model.history'] ?? ''
  assert.deepEqual(JSON.parse(history), [{ run_id: runId, artifact_path: 'a' }, long])
  await store.setTags(runId, { 'mlflow.log-model.history': 'no JSON' })
  await assert.rejects(() => store.logModelHistory(runId, long), refused(/is no JSON list/))
})
