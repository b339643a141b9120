import assert from 'node:assert/strict'
import { test } from 'node:test'
import { ask, openServedStore, post, type Answer } from './serve-store.ts'

const api = '/api/2.0/mlflow'

test('an experiment goes through its life', async () => {
  await using served = await openServedStore()
  const send = (path: string, body: unknown) => post(served.address, `${api}/${path}`, body)
  const get = async (): Promise<Answer['json']> =>
    (await ask(served.address, `${api}/experiments/get?experiment_id=1`)).json.experiment
  const created = await send('experiments/create', {
    name: 'a',
    tags: [{ key: 'k', value: 'old' }, { key: 'k', value: 'v' }, { key: 'none' }],
  })
  assert.deepEqual([created.status, created.json], [200, { experiment_id: '1' }])
  const { creation_time: creation, last_update_time: update, ...rest } = await get()
  assert.deepEqual(rest, {
    experiment_id: '1',
    name: 'a',
    artifact_location: 'mlflow-artifacts:/1',
    lifecycle_stage: 'active',
    tags: [
      { key: 'k', value: 'v' },
      { key: 'none', value: '' },
    ],
  })
  assert.equal(creation, update)
  for (const [path, body] of [
    ['experiments/set-experiment-tag', { experiment_id: '1', key: 'k', value: 'w' }],
    ['experiments/delete-experiment-tag', { experiment_id: '1', key: 'none' }],
    ['experiments/update', { experimentId: '1', newName: 'b' }],
    ['experiments/delete', { experiment_id: '1' }],
  ] as const) {
    const { status, json } = await send(path, body)
    assert.deepEqual([path, status, json], [path, 200, {}])
  }
  const deleted = await get()
  assert.deepEqual(
    [deleted.name, deleted.lifecycle_stage, deleted.tags],
    ['b', 'deleted', [{ key: 'k', value: 'w' }]],
  )
  assert.deepEqual((await send('experiments/restore', { experiment_id: '1' })).json, {})
  const byName = await ask(served.address, `${api}/experiments/get-by-name?experiment_name=b`)
  assert.deepEqual(byName.json.experiment, await get())
})

test('experiments are found by GET and by POST, page by page', async () => {
  await using served = await openServedStore()
  for (const name of ['a', 'b', 'c']) await served.store.createExperiment({ name })
  const names = ({ json }: Answer): string[] =>
    (json.experiments ?? []).map(({ name }: { name: string }) => name)
  const query = 'max_results=2&order_by=name+ASC&filter=name+LIKE+%27_%27'
  const first = await ask(served.address, `${api}/experiments/search?${query}`)
  assert.deepEqual(names(first), ['a', 'b'])
  const second = await post(served.address, `${api}/experiments/search`, {
    max_results: 2,
    order_by: ['name ASC'],
    filter: "name LIKE '_'",
    page_token: first.json.next_page_token,
  })
  assert.deepEqual([names(second), second.json.next_page_token], [['c'], undefined])
  const none = await post(served.address, `${api}/experiments/search`, {
    max_results: '5',
    view_type: 2,
  })
  assert.deepEqual(none.json, {})
})

test('datasets of experiments are listed', async () => {
  await using served = await openServedStore()
  const runId = await served.store.startRun({
    experimentName: 'e',
    runName: 'r',
    startTime: 1,
    tags: {},
  })
  await post(served.address, `${api}/runs/log-inputs`, {
    run_id: runId,
    datasets: [
      {
        tags: [{ key: 'mlflow.data.context', value: 'training' }],
        dataset: { name: 'd', digest: 'x', source_type: 'local', source: '{}' },
      },
    ],
  })
  const search = (ids: unknown) =>
    post(served.address, '/ajax-api/2.0/mlflow/experiments/search-datasets', {
      experiment_ids: ids,
    })
  assert.deepEqual((await search(['1'])).json, {
    dataset_summaries: [{ experiment_id: '1', name: 'd', digest: 'x', context: 'training' }],
  })
  assert.deepEqual((await search(['0'])).json, {})
  for (const ids of [undefined, [], Array.from({ length: 21 }, String)]) {
    assert.equal((await search(ids)).status, 400)
  }
})

for (const [path, body, code, message] of [
  ['create', {}, 'INVALID_PARAMETER_VALUE', "Missing value for required parameter 'name'"],
  ['create', { name: '' }, 'INVALID_PARAMETER_VALUE', 'Missing value for required'],
  ['create', { name: 5 }, 'INVALID_PARAMETER_VALUE', "Invalid value 5 for parameter 'name'"],
  ['create', { name: 'a', tags: 'x' }, 'INVALID_PARAMETER_VALUE', `"x" for parameter 'tags'`],
  ['create', { name: 'a', tags: [{}] }, 'INVALID_PARAMETER_VALUE', 'tags[0].key'],
  ['create', { name: 'Default' }, 'RESOURCE_ALREADY_EXISTS', 'already exists'],
  [
    'create',
    { name: 'x'.repeat(501) },
    'INVALID_PARAMETER_VALUE',
    "'name' exceeds the maximum length of 500 characters",
  ],
  ['delete', { experiment_id: '9' }, 'RESOURCE_DOES_NOT_EXIST', 'No Experiment with id=9 exists'],
  ['delete', { experiment_id: 1 }, 'INVALID_PARAMETER_VALUE', "for parameter 'experiment_id'"],
  ['restore', { experiment_id: '0' }, 'RESOURCE_DOES_NOT_EXIST', 'No Experiment with id=0'],
  ['update', { experiment_id: '0' }, 'INVALID_PARAMETER_VALUE', "'new_name'"],
  ['search', {}, 'INVALID_PARAMETER_VALUE', "'max_results'"],
  ['search', { max_results: 0 }, 'INVALID_PARAMETER_VALUE', "'max_results'"],
  ['search', { max_results: 50_001 }, 'INVALID_PARAMETER_VALUE', "'max_results'"],
  ['search', { max_results: 5, view_type: 4 }, 'INVALID_PARAMETER_VALUE', "'view_type'"],
  ['search', { max_results: 5, order_by: [5] }, 'INVALID_PARAMETER_VALUE', "'order_by[0]'"],
  ['search', { max_results: 5, page_token: 'x' }, 'INVALID_PARAMETER_VALUE', 'page token'],
  ['set-experiment-tag', { experiment_id: '0' }, 'INVALID_PARAMETER_VALUE', "'key'"],
  [
    'delete-experiment-tag',
    { experiment_id: '0', key: 'k' },
    'RESOURCE_DOES_NOT_EXIST',
    'No tag with name: k',
  ],
] as const) {
  test(`experiments/${path} refuses ${JSON.stringify(body).slice(0, 60)}`, async () => {
    await using served = await openServedStore()
    const answer = await post(served.address, `${api}/experiments/${path}`, body)
    assert.equal(answer.json.error_code, code)
    assert.equal(answer.status, code === 'RESOURCE_DOES_NOT_EXIST' ? 404 : 400)
    assert.ok(answer.json.message.includes(message), answer.json.message)
    assert.deepEqual(served.failures, [])
  })
}
