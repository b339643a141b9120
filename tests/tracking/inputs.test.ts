import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { Dataset, DatasetInput } from '../../src/core/tracking.ts'
import { openFreshStore, refused, startRunIn } from './open-store.ts'

test('datasets, models read and models made come back with the run', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  const full = input({ schema: '{"columns":[]}', profile: '{"rows":1}' }, 'training')
  const bare = input({ name: 'bare' })
  await store.logInputs(runId, { datasets: [full, bare], modelIds: ['m-2', 'm-1'] })
  await store.logOutputs(runId, [
    { modelId: 'm-9', step: 2 },
    { modelId: 'm-3', step: 1 },
  ])
  const run = await store.getRun(runId)
  assert.deepEqual(run.inputs, { datasets: [full, bare], modelIds: ['m-1', 'm-2'] })
  assert.deepEqual(run.outputs, [
    { modelId: 'm-3', step: 1 },
    { modelId: 'm-9', step: 2 },
  ])
})

test('the same dataset again changes nothing, not even its tags', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  await store.logInputs(runId, { datasets: [input({}, 'training')], modelIds: ['m-1'] })
  await store.logInputs(runId, { datasets: [input({}, 'testing')], modelIds: ['m-1'] })
  await store.logInputs(runId, {
    datasets: [input({ source: 'elsewhere' }, 'other'), input({}, 'x')],
    modelIds: [],
  })
  assert.deepEqual((await store.getRun(runId)).inputs, {
    datasets: [input({}, 'training')],
    modelIds: ['m-1'],
  })
})

test('a dataset is one per experiment, name and digest', async () => {
  await using store = await openFreshStore()
  const log = async (experiment: string, datasets: readonly DatasetInput[]): Promise<void> =>
    store.logInputs(await startRunIn(store, experiment), { datasets, modelIds: [] })
  await log('e', [input({}, 'training'), input({ digest: 'other' }, 'training')])
  await log('e', [input({}, 'training'), input({ name: 'b' })])
  await log('e', [input({}, 'testing')])
  await log('f', [input({}, 'training')])
  const summary = { name: 'data', digest: 'abc' }
  assert.deepEqual(await store.searchDatasets(['1']), [
    { experimentId: '1', name: 'b', digest: 'abc', context: undefined },
    { experimentId: '1', ...summary, context: 'testing' },
    { experimentId: '1', ...summary, context: 'training' },
    { experimentId: '1', name: 'data', digest: 'other', context: 'training' },
  ])
  assert.deepEqual(await store.searchDatasets(['2', '99']), [
    { experimentId: '2', ...summary, context: 'training' },
  ])
  assert.deepEqual(await store.searchDatasets([]), [])
  await assert.rejects(() => store.searchDatasets(['x']), refused(/Invalid experiment ID/))
})

test('a model that was made is there once, with its last step', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  await store.logOutputs(runId, [{ modelId: 'm-1', step: 1 }])
  await store.logOutputs(runId, [{ modelId: 'm-1', step: 5 }])
  assert.deepEqual((await store.getRun(runId)).outputs, [{ modelId: 'm-1', step: 5 }])
  for (const step of [0.5, NaN, Infinity, 2 ** 60]) {
    await assert.rejects(
      () =>
        store.logOutputs(runId, [
          { modelId: 'm-2', step: 0 },
          { modelId: 'm-1', step },
        ]),
      refused(/models.step/),
    )
  }
  assert.deepEqual((await store.getRun(runId)).outputs, [{ modelId: 'm-1', step: 5 }])
})

for (const [what, bad, message] of [
  ['no name', { name: '' }, /datasets\[1\]\.dataset\.name/],
  ['no digest', { digest: '' }, /datasets\[1\]\.dataset\.digest/],
  ['a long name', { name: 'x'.repeat(501) }, /length of 500/],
  ['a long digest', { digest: 'x'.repeat(37) }, /length of 36/],
  ['a long source', { source: 'x'.repeat(65_536) }, /length of 65535/],
  ['a long schema', { schema: 'x'.repeat(1_048_576) }, /length of 1048575/],
  ['a long profile', { profile: 'x'.repeat(16_777_216) }, /length of 16777215/],
  ['a NUL', { source: 'a\0' }, /no text/],
] as const) {
  test(`a dataset with ${what} is refused, with those beside it`, async () => {
    await using store = await openFreshStore()
    const runId = await startRunIn(store)
    await assert.rejects(
      () => store.logInputs(runId, { datasets: [input({}), input(bad)], modelIds: ['m-1'] }),
      refused(message),
    )
    assert.deepEqual((await store.getRun(runId)).inputs, { datasets: [], modelIds: [] })
  })
}

test('tags of inputs have their own limits', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  const log = (tags: Readonly<Record<string, string>>): Promise<void> =>
    store.logInputs(runId, { datasets: [{ ...input({}), tags }], modelIds: [] })
  await assert.rejects(() => log({ ['k'.repeat(256)]: 'v' }), refused(/'key' exceeds.*255/))
  await assert.rejects(() => log({ k: 'v'.repeat(501) }), refused(/'value' exceeds.*500/))
  const odd = JSON.parse('{"__proto__": "1", "a\\"b\'": "2"}') as Record<string, string>
  await log(odd)
  const [found] = (await store.getRun(runId)).inputs.datasets
  assert.deepEqual(Object.entries(found?.tags ?? {}), Object.entries(odd))
})

test('at most 1,000 datasets come at once', async () => {
  await using store = await openFreshStore()
  const runId = await startRunIn(store)
  const many = Array.from({ length: 1001 }, (_, i) => input({ name: `d${i}` }))
  await assert.rejects(
    () => store.logInputs(runId, { datasets: many, modelIds: [] }),
    refused(/at most 1000 datasets at once, got 1001/),
  )
  await store.logInputs(runId, { datasets: many.slice(1), modelIds: [] })
  assert.equal((await store.getRun(runId)).inputs.datasets.length, 1000)
})

function input(dataset: Partial<Dataset>, context?: string): DatasetInput {
  return {
    dataset: {
      name: 'data',
      digest: 'abc',
      sourceType: 'local',
      source: '{"uri":"data.csv"}',
      schema: undefined,
      profile: undefined,
      ...dataset,
    },
    tags: context === undefined ? {} : { 'mlflow.data.context': context },
  }
}
